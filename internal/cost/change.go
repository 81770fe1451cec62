package cost

import (
	"math"
	"slices"

	"github.com/engardehq/bulkhead/internal/result"
)

// sensitivity changes one thing at a time: each price wherever it is paid, then each line by itself.
func (m *Model) sensitivity(c *result.Cost) {
	c.Sensitivity = []result.CostChange{}
	for _, p := range m.Prices {
		net, paid := 0.0, false // units of it that the first plan buys beyond the second
		for i, plan := range m.Plans {
			for _, item := range plan.Items {
				if item.Price == p.Name {
					net, paid = net+sign(i)*item.Count/p.Per, true
				}
			}
		}
		if paid {
			c.Sensitivity = append(c.Sensitivity, m.change(c.Saved, p.Name, "", p.Amount, net))
		}
	}
	for i, plan := range c.Plans {
		for _, line := range plan.Items {
			c.Sensitivity = append(c.Sensitivity, m.change(c.Saved, line.Name, plan.Name, line.Amount, sign(i)))
		}
	}
}

// sign is how a line of a plan goes into the saving: what the first costs is saved, what the second costs is not.
func sign(plan int) float64 {
	if plan == 0 {
		return 1
	}
	return -1
}

// change tells what an amount does that goes into the saving so many times.
func (m *Model) change(saved float64, what, plan string, amount, times float64) result.CostChange {
	by := amount * m.ChangePct / 100
	x := result.CostChange{What: what, Plan: plan, Amount: amount, IfLess: cents(saved - times*by), IfMore: cents(saved + times*by)}
	if times != 0 {
		// Nothing costs less than nothing.
		if at := round(amount - saved/times); at > 0 {
			x.Vanishes = &at
		}
	}
	return x
}

// round keeps four digits behind the point: the price of a GB is some cents.
func round(v float64) float64 { return math.Round(1e4*v) / 1e4 }

// replaced are the plans with some lines otherwise.
func (m *Model) replaced(items []Item) []Plan {
	plans := clone(m.Plans)
	for _, x := range items {
		for i := range plans {
			for j, line := range plans[i].Items {
				if plans[i].Name == x.Plan && line.Name == x.Name {
					plans[i].Items[j] = x
				}
			}
		}
	}
	return plans
}

// scaled are the plans of a phase, and for what it doesn't name those of the model.
func (m *Model) scaled(own []Plan) []Plan {
	plans := clone(m.Plans)
	for _, p := range own {
		if i := slices.IndexFunc(plans, func(of Plan) bool { return of.Name == p.Name }); i >= 0 {
			plans[i].Items = p.Items
		}
	}
	return plans
}

func clone(plans []Plan) []Plan {
	out := slices.Clone(plans)
	for i := range out {
		out[i].Items = slices.Clone(out[i].Items)
	}
	return out
}
