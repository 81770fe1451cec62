package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// Cost writes a comparison of costs for a person at a terminal: what is saved first, then how far that can be relied on.
func Cost(w io.Writer, c *result.Cost) error {
	p := &printer{w: w}
	first, second := c.Plans[0], c.Plans[1]
	p.line("")
	p.line("%s a %s: %s %s, %s %s; saved %s (%s)", c.Currency, c.Period, first.Name, money(first.Total), second.Name, money(second.Total), money(c.Saved), pct(c.SavedPct))
	p.line("  computed from the prices in %s; source: %s", c.File, c.Source)
	for _, plan := range c.Plans {
		bill(p, plan)
	}
	claims(p, c)
	changes(p, c)
	cases(p, "Where an assumption doesn't hold:", c.WhatIfs)
	cases(p, "At the design's scales:", c.Phases)
	p.line("")
	p.line("Capacity, %s: %s", c.Capacity.Status, c.Capacity.What)
	return p.err
}

func bill(p *printer, plan result.CostPlan) {
	var rows [][]string
	for _, i := range plan.Items {
		rows = append(rows, []string{i.Name, i.Price, count(i), money(i.Amount)})
	}
	p.line("")
	p.line("%s:", plan.Name)
	p.table([]string{"component", "price", "count", "amount"}, append(rows, []string{"total", "", "", money(plan.Total)}), 2, 3)
}

func count(i result.CostItem) string { return strings.TrimSpace(fmt.Sprintf("%g %s", i.Count, i.Unit)) }

func claims(p *printer, c *result.Cost) {
	if len(c.Claims) == 0 {
		p.line("")
		p.line("%s claims nothing to hold the sums against (claimed)", c.File)
		return
	}
	var rows [][]string
	for _, x := range c.Claims {
		rows = append(rows, []string{x.What, figure(x.Claimed, x.Unit), figure(x.Computed, x.Unit), string(x.Status), x.Why})
	}
	p.line("")
	p.line("What is claimed, and what the components come to:")
	p.table([]string{"figure", "claimed", "computed", "status", ""}, rows, 1, 2)
}

func changes(p *printer, c *result.Cost) {
	var rows [][]string
	for _, x := range c.Sensitivity {
		vanishes := "never"
		if x.Vanishes != nil {
			vanishes = money(*x.Vanishes)
			if x.Amount > 0 {
				vanishes += fmt.Sprintf(" (%+.0f %%)", 100*(*x.Vanishes-x.Amount)/x.Amount)
			}
		}
		where := x.Plan
		if where == "" {
			where = "wherever it is paid"
		}
		rows = append(rows, []string{x.What, where, money(x.Amount), money(x.IfLess), money(x.IfMore), vanishes})
	}
	if len(rows) > 0 {
		p.line("")
		p.line("One price at a time: what is saved if it is %g %% less and more, and at which nothing is saved", c.ChangePct)
		p.table([]string{"price or line", "paid in", "amount", "saved if less", "saved if more", "nothing saved at"}, rows, 2, 3, 4, 5)
	}
}

func cases(p *printer, title string, all []result.CostCase) {
	if len(all) == 0 {
		return
	}
	var rows [][]string
	for _, x := range all {
		rows = append(rows, []string{x.Name, money(x.Plans[0].Total), money(x.Plans[1].Total), money(x.Saved), pct(x.SavedPct)})
	}
	p.line("")
	p.line("%s", title)
	p.table([]string{"case", all[0].Plans[0].Name, all[0].Plans[1].Name, "saved", "share"}, rows, 1, 2, 3, 4)
	for _, x := range all {
		p.line("  %s: assumed: %s", x.Name, strings.Join(x.Assumes, "; "))
	}
}

// money shows cents where there are some; a price of less than a unit has as many digits as it needs.
func money(v float64) string {
	switch {
	case v == float64(int64(v)):
		return whole(int64(v))
	case v > -1 && v < 1:
		return fmt.Sprintf("%.4g", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

func pct(v float64) string { return fmt.Sprintf("%.1f %%", v) }

func figure(v float64, unit string) string {
	if unit == "%" {
		return fmt.Sprintf("%.4g %%", v)
	}
	return money(v)
}
