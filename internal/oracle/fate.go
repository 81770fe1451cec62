package oracle

import (
	"iter"

	"github.com/engardehq/bulkhead/internal/tenant"
)

// Fate is what is known of a write at the end.
type Fate int

// The fates of a write.
const (
	Unanswered   Fate = iota // it may be there or not
	Acknowledged             // it must be there
	Refused                  // it may not be there
)

// All gives each row that was asked for, with its fate. It holds the ledger meanwhile: call it when the load is over.
func (l *Ledger) All() iter.Seq2[tenant.Ref, Fate] {
	return func(yield func(tenant.Ref, Fate) bool) {
		l.mu.Lock()
		defer l.mu.Unlock()
		for at, rows := range l.rows {
			for _, e := range rows {
				fate := Unanswered
				switch {
				case e.acked != 0:
					fate = Acknowledged
				case e.void:
					fate = Refused
				}
				if !yield(tenant.Ref{Tenant: at.tenant, Table: at.table, Row: e.row}, fate) {
					return
				}
			}
		}
	}
}
