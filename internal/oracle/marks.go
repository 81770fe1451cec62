package oracle

import (
	"slices"

	"github.com/engardehq/bulkhead/internal/tenant"
)

// Text judges a text, such as a cached or an HTTP body: every id and canary in it must be the tenant's own. named are ids that the
// question itself held: to be told them again tells nothing.
func (r *Reading) Text(body []byte, named ...tenant.UUID) {
	r.Rows++
	if r.mark1(body) {
		return
	}
	tenant.ScanUUIDs(body, func(id tenant.UUID) bool {
		ref, ours := r.o.World.Codec.Ref(id)
		if ours && ref.Tenant != r.want.Tenant && !slices.Contains(named, id) {
			r.fault(Foreign, ref, "an id of another tenant in a text")
		}
		return true
	})
}

// marksOf reads the values of a joined row that can't be told, and tells whether it faulted one.
func (r *Reading) marksOf(p *part, values [][]byte) bool {
	return slices.ContainsFunc(p.columns, func(c shown) bool { return r.mark1(values[c.index]) })
}

// marks reads every value of a row that can't be identified, and tells whether it faulted the row.
func (r *Reading) marks(values [][]byte) bool {
	return slices.ContainsFunc(values, r.mark1)
}

// mark1 looks for foreign and broken marks in one value and tells whether it found one.
func (r *Reading) mark1(value []byte) (faulted bool) {
	if len(value) == 16 {
		if ref, ok := r.o.World.Codec.Ref(tenant.UUID(value)); ok && ref.Tenant != r.want.Tenant {
			r.fault(Foreign, ref, "an id of another tenant in a row of its own")
			return true
		}
	}
	r.o.World.Codec.Scan(value, func(s tenant.Sighting) bool {
		switch {
		case !s.Whole:
			r.fault(Damaged, tenant.Ref{}, "a canary token is cut off or altered")
			faulted = true
		case s.Ref.Tenant != r.want.Tenant:
			r.fault(Foreign, s.Ref, "a canary token of another tenant")
			faulted = true
		}
		return !faulted
	})
	return faulted
}
