package reports

import "github.com/engardehq/bulkhead/internal/result"

// overHTTP tells of the load that went to the services over HTTP.
func overHTTP(p *printer, h *result.HTTP) {
	if h == nil {
		return
	}
	operations(p, "Over HTTP", &h.Load, &h.Scenario)
	p.line("  targets of their own: that of the operations above is for queries that cross the schemas, and a request is several of them and more")
	generator(p, &h.Load, &h.Scenario)
	tenants(p, &h.Load, &h.Scenario)
	iso := &h.Isolation
	p.line("  every body was read for marks, and its rows held against what was seeded and written:")
	p.table([]string{"bodies checked", "rows checked", "reaching requests", "foreign", "damaged", "missing", "verdict"},
		[][]string{{whole(iso.Bodies), whole(iso.RowsChecked), whole(iso.Reaching), whole(iso.Foreign), whole(iso.Damaged), whole(iso.Missing), string(iso.Verdict)}},
		0, 1, 2, 3, 4, 5)
	if iso.Foreign == 0 && iso.Reaching > 0 {
		p.line("  0 foreign canaries in %s requests for other tenants' objects; 95 %% upper bound of their share: %.2g", whole(iso.Reaching), iso.UpperBound)
	}
	if a := iso.Audit; a != nil && a.NotCounted == "" {
		p.line("  Audit trail: %s entries for %s requests that leave one; %s missing, %s too many", whole(a.Entries), whole(a.Operations), whole(a.Missing), whole(a.Extra))
	}
}
