package reports

import (
	"bytes"
	"testing"

	"github.com/engardehq/bulkhead/internal/result"
)

func TestCost(t *testing.T) {
	at := 473.0
	plans := func(a, b float64) []result.CostPlan {
		return []result.CostPlan{
			{Name: "two", Total: a, Items: []result.CostItem{{Name: "server one", Price: "xl", Count: 1, Unit: "server", Amount: a - 92.5}, {Name: "disk", Price: "ssd", Count: 400, Unit: "GB", Amount: 92.5}}},
			{Name: "one", Total: b, Items: []result.CostItem{{Name: "server", Price: "xl", Count: 1, Unit: "server", Amount: b}}},
		}
	}
	c := &result.Cost{File: "cost.yaml", Source: "a bill", Currency: "USD", Period: "month", Plans: plans(613, 430.25), Saved: 182.75, SavedPct: 29.81, ChangePct: 20,
		Claims: []result.CostClaim{{What: "saving", Claimed: 183, Computed: 182.75, Unit: "USD", Status: result.Fail, Why: "the components don't bear it out"},
			{What: "share saved", Claimed: 29.5, Computed: 29.81, Unit: "%", Status: result.Pass}},
		Sensitivity: []result.CostChange{{What: "ssd", Amount: 0.23, IfLess: 164.25, IfMore: 201.25}, {What: "server", Plan: "one", Amount: 430.25, IfLess: 268.8, IfMore: 96.7, Vanishes: &at}},
		WhatIfs:     []result.CostCase{{Name: "a larger server", Assumes: []string{"it is needed", "it costs twice as much"}, Plans: plans(613, 860.5), Saved: -247.5, SavedPct: -40.38}},
		Capacity:    result.CostCapacity{Status: result.NotChecked, What: "not measured"}}
	var out bytes.Buffer
	if err := Cost(&out, c); err != nil {
		t.Fatal(err)
	}
	golden(t, "cost", out.String())
}
