// Package cost reads what the components of an infrastructure cost and computes what one way of buying it saves against another, how far
// that hangs on each price, and what it comes to at other scales. It is pure, and knows no price of its own. The command line and
// signoff call it.
package cost

import (
	"fmt"
	"math"

	"github.com/engardehq/bulkhead/internal/result"
)

// exitMissed is what a claim that its own figures don't bear out ends with.
const exitMissed = 3

// Model is a file of prices, checked: each line of a bill names a price that is there, and there are two plans.
type Model struct {
	File, Currency, Period, Source string

	Prices    []Price
	Plans     []Plan // two
	Claimed   Claim
	ChangePct float64
	WhatIfs   []WhatIf
	Phases    []Phase
}

// Price is what so much of something costs.
type Price struct {
	Name   string
	Amount float64
	Per    float64
	Unit   string
}

// Plan is one way of buying.
type Plan struct {
	Name    string
	Claimed *float64 // its total as somebody printed it
	Items   []Item
}

// Item is one line of a bill.
type Item struct {
	Plan  string // of what-ifs
	Name  string
	Price string
	Count float64
}

// Claim is what is said to be saved.
type Claim struct{ Saved, SavedPct *float64 }

// WhatIf replaces lines of the bills.
type WhatIf struct {
	Name    string
	Assumes []string
	Items   []Item
}

// Phase is another scale. Plans that it has stand for those of the model of the same name.
type Phase struct {
	Name    string
	Assumes []string
	Plans   []Plan
}

// Compute works the model out; measured is what is known of the capacity.
func Compute(m Model, version string, measured result.CostCapacity) *result.Cost {
	c := &result.Cost{SchemaVersion: result.SchemaVersion, Version: version, File: m.File, Source: m.Source, Currency: m.Currency, Period: m.Period,
		ChangePct: m.ChangePct, Capacity: measured, WhatIfs: []result.CostCase{}, Phases: []result.CostCase{}, Reasons: []result.Reason{}}
	c.Plans, c.Saved, c.SavedPct = m.compare(m.Plans)
	m.claims(c)
	m.sensitivity(c)
	for _, w := range m.WhatIfs {
		c.WhatIfs = append(c.WhatIfs, m.instance(w.Name, w.Assumes, m.replaced(w.Items)))
	}
	for _, p := range m.Phases {
		c.Phases = append(c.Phases, m.instance(p.Name, p.Assumes, m.scaled(p.Plans)))
	}
	return c
}

func (m *Model) instance(name string, assumes []string, plans []Plan) result.CostCase {
	out := result.CostCase{Name: name, Assumes: assumes}
	out.Plans, out.Saved, out.SavedPct = m.compare(plans)
	return out
}

// compare adds up two plans. Amounts are rounded to cents line by line, as on a bill.
func (m *Model) compare(plans []Plan) (bills []result.CostPlan, saved, savedPct float64) {
	for _, p := range plans {
		bill := result.CostPlan{Name: p.Name, Items: []result.CostItem{}}
		for _, i := range p.Items {
			price := m.price(i.Price)
			line := result.CostItem{Name: i.Name, Price: i.Price, Count: i.Count, Unit: price.Unit, Amount: cents(i.Count * price.Amount / price.Per)}
			bill.Items, bill.Total = append(bill.Items, line), cents(bill.Total+line.Amount)
		}
		bills = append(bills, bill)
	}
	saved = cents(bills[0].Total - bills[1].Total)
	if bills[0].Total > 0 {
		savedPct = math.Round(1e4*saved/bills[0].Total) / 100
	}
	return bills, saved, savedPct
}

func (m *Model) price(name string) Price {
	for _, p := range m.Prices {
		if p.Name == name {
			return p
		}
	}
	panic("cost: a model that was not checked: no price " + name)
}

// claims holds what was stated against what the components add up to. A percentage that is printed whole is held against the computed one
// rounded in the same way: 29.85 is printed as 30.
func (m *Model) claims(c *result.Cost) {
	claim := func(what string, claimed *float64, computed float64, unit string, holds bool, why string) {
		if claimed == nil {
			return
		}
		x := result.CostClaim{What: what, Claimed: *claimed, Computed: computed, Unit: unit, Status: result.Pass, Why: why}
		if !holds {
			x.Status = result.Fail
			x.Why = "the components don't bear it out"
			c.Reasons = append(c.Reasons, result.Reason{Status: result.Fail, ExitCode: exitMissed,
				What: fmt.Sprintf("%s: %.2f %s is claimed, and the components come to %.2f", what, *claimed, unit, computed)})
		}
		c.Claims = append(c.Claims, x)
	}
	c.Claims = []result.CostClaim{}
	for i, p := range m.Plans {
		total := c.Plans[i].Total
		claim("total of "+p.Name, p.Claimed, total, m.Currency, p.Claimed != nil && cents(*p.Claimed) == total, "")
	}
	if s := m.Claimed.Saved; s != nil {
		claim(result.ClaimSaved, s, c.Saved, m.Currency, c.Saved >= cents(*s), "")
	}
	if s := m.Claimed.SavedPct; s != nil {
		why := ""
		holds := c.SavedPct >= *s
		if !holds && whole(*s) && math.Round(c.SavedPct) >= *s {
			holds, why = true, fmt.Sprintf("%.2f %%, which is %.0f %% in whole per cent", c.SavedPct, *s)
		}
		claim(result.ClaimSavedPct, s, c.SavedPct, "%", holds, why)
	}
	c.Verdict, c.ExitCode = result.Pass, 0
	switch {
	case len(c.Reasons) > 0:
		c.Verdict, c.ExitCode = result.Fail, exitMissed
	case len(c.Claims) == 0:
		c.Verdict = result.NotChecked // prices of one's own that claim nothing
	}
}

func whole(v float64) bool { return v == math.Trunc(v) }

func cents(v float64) float64 { return math.Round(100*v) / 100 }
