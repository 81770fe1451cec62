package seed

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/world"
)

// raiseMinima gives every tenant a row in each table that others refer to.
func (p *planner) raiseMinima() {
	for i := range p.out.Tables {
		for _, c := range p.out.Tables[i].Columns {
			if c.Kind == world.Parent || c.Kind == world.Aligned {
				p.planned(c.Table).Min = 1
			}
		}
	}
	for i := range p.out.Tables {
		t := &p.out.Tables[i]
		// A table whose rows are aligned can't have more than the other; a cap by hint or by a unique key says so already.
		for _, c := range t.Columns {
			if c.Kind == world.Aligned && t.Capped == "" && t.Fixed == 0 {
				t.Capped = c.Table
			}
		}
	}
}

// deal gives every table its rows: those wanted exactly, those fixed by tenant, and the rest by weight so that the total is
// reached by the tables with the tenant column. The other tables get as much for each unit of weight, on top.
func (p *planner) deal() error {
	wanted := p.sizes.Rows
	for _, n := range p.sizes.Tables {
		wanted -= n // whether or not the table is there yet, or the sizes would depend on it
	}
	for range 20 {
		p.size(wanted)
		w, err := world.New(p.out)
		if err != nil {
			return err
		}
		var have int64
		for i := range p.out.Tables[:p.core] {
			if t := &p.out.Tables[i]; p.sizes.Tables[t.Name] == 0 {
				have += w.Total(t)
			}
		}
		short := p.sizes.Rows - have
		for _, n := range p.sizes.Tables {
			short -= n
		}
		if short <= 0 {
			return p.checkExact(w)
		}
		wanted += short + short/10
	}
	return fmt.Errorf("%d rows can't be reached: too many tables hold no more rows than the table they refer to", p.sizes.Rows)
}

// size finds the number of rows for a unit of weight that reaches the total, and sets every table's rows.
func (p *planner) size(wanted int64) {
	low, high := 0.0, float64(max(wanted, 1))
	for range 60 {
		if middle := (low + high) / 2; p.apply(middle) < wanted {
			low = middle
		} else {
			high = middle
		}
	}
	p.apply(high)
}

// apply sets every table's rows for so many rows for a unit of weight, and gives the sum of those that the unit decides in
// tables with the tenant column, fixed ones included.
func (p *planner) apply(unit float64) (sum int64) {
	rows := map[string]int64{}
	for i := range p.out.Tables {
		t := &p.out.Tables[i]
		exact, isExact := p.sizes.Tables[t.Name]
		switch {
		case t.Fixed > 0:
			t.Rows = t.Fixed * int64(p.sizes.Tenants)
		case isExact:
			t.Rows = exact
		default:
			t.Rows = int64(math.Ceil(unit * float64(max(p.target.Seed.Tables[t.Name].Weight, 1))))
		}
		if t.Capped != "" {
			t.Rows = min(t.Rows, rows[t.Capped])
		}
		rows[t.Name] = t.Rows
		if i < p.core && !isExact {
			sum += t.Rows
		}
	}
	return sum
}

// checkExact refuses totals that minima or caps don't allow.
func (p *planner) checkExact(w *world.World) error {
	var wrong []string
	for name, want := range p.sizes.Tables {
		t, ok := w.Table(name)
		if !ok {
			if reason := p.skipped[name]; reason != "" {
				wrong = append(wrong, fmt.Sprintf("%d rows are wanted in %s, which is not seeded: %s", want, name, reason))
			}
			continue
		}
		if have := w.Total(t); have != want {
			wrong = append(wrong, fmt.Sprintf("%d rows are wanted in %s; with %d tenants, of which the first %d have one each, it has %d",
				want, name, p.sizes.Tenants, p.out.Probed, have))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("%s", strings.Join(wrong, "\n"))
}
