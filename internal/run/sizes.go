package run

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/engardehq/bulkhead/internal/world"
	"github.com/engardehq/bulkhead/scenarios"
)

// tenantSizes is how much was seeded for each tenant, over all tables, and the class that follows from it. Sizes go by a Zipf law, so that
// half of the tenants are small, and what few large ones do is another matter than what all others do.
type tenantSizes struct {
	rows   []int64 // by tenant
	bySize []int   // tenants, the largest first
	class  []int   // by tenant: its place in classNames
}

// classNames: the smaller half of the tenants, the largest 5 % (at least one), and those between.
var classNames = []string{"small", "middle", "large"}

const (
	small = iota
	middle
	large
)

const largeShare = 20 // one in so many

func newTenantSizes(w *world.World) *tenantSizes {
	s := &tenantSizes{rows: make([]int64, w.Tenants), bySize: make([]int, w.Tenants), class: make([]int, w.Tenants)}
	for i := range s.bySize {
		s.bySize[i] = i
		for t := range w.Tables {
			s.rows[i] += w.Rows(&w.Tables[t], i)
		}
	}
	slices.SortFunc(s.bySize, func(a, b int) int { return cmp.Or(cmp.Compare(s.rows[b], s.rows[a]), cmp.Compare(a, b)) })
	for rank, tenant := range s.bySize {
		switch {
		case rank < (w.Tenants+largeShare-1)/largeShare:
			s.class[tenant] = large
		case rank < (w.Tenants+1)/2:
			s.class[tenant] = middle
		}
	}
	return s
}

// weights gives each tenant its part of the load, nil where all are alike.
func (s *tenantSizes) weights(c scenarios.TenantChoice) ([]float64, error) {
	out := make([]float64, len(s.rows))
	switch c.Spread {
	case scenarios.Zipf:
		for i, n := range s.rows {
			out[i] = float64(n)
		}
	case scenarios.Hot:
		// A stack that was up before may hold fewer tenants than the scenario names.
		if c.Count >= len(s.rows) {
			return nil, fmt.Errorf("load.tenants.hot: %d of the stack's %d tenants can't be hot: give fewer than there are", c.Count, len(s.rows))
		}
		for rank, tenant := range s.bySize {
			if out[tenant] = (1 - c.Share) / float64(len(s.rows)-c.Count); rank < c.Count {
				out[tenant] = c.Share / float64(c.Count)
			}
		}
	default:
		return nil, nil
	}
	return out, nil
}
