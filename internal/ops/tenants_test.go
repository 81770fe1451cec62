package ops

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestByWeight(t *testing.T) {
	const draws = 200_000
	weights := []float64{0, 5, 1, 0, 4}
	choose, rng := ByWeight(weights), rand.New(rand.NewPCG(1, 2))
	seen := make([]float64, len(weights))
	for range draws {
		seen[choose(rng)]++
	}
	for i, w := range weights {
		if want := w / 10; w == 0 && seen[i] > 0 || math.Abs(seen[i]/draws-want) > 0.005 {
			t.Errorf("tenant %d was chosen in %.4f of the draws, want %.4f", i, seen[i]/draws, want)
		}
	}
}

// The same plan with the choice that is made where nobody chooses, and another with weights: each the same every time.
func TestTheMixChoosesTenants(t *testing.T) {
	m, _ := shippedMix(t, 0.1)
	of := func(n int) Execution { return m.plan(n, rand.New(rand.NewPCG(7, uint64(n)))) }
	var before []Execution
	for n := range 200 {
		before = append(before, of(n))
	}
	weights := make([]float64, m.World.Tenants)
	weights[1] = 1
	m.Tenants = ByWeight(weights)
	others := 0
	for n := range 200 {
		x := of(n)
		if x.Tenant != 1 || x.Victim == 1 || x != of(n) {
			t.Fatalf("execution %d is for tenant %d, reaching for %d", n, x.Tenant, x.Victim)
		}
		if before[n].Tenant != 1 {
			others++
		}
	}
	if others < 100 {
		t.Errorf("without weights only %d of 200 executions were for another tenant", others)
	}
}
