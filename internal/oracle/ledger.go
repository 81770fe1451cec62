package oracle

import (
	"sync"
	"sync/atomic"

	"github.com/engardehq/bulkhead/internal/tenant"
)

// Ledger knows what the load has asked the database to write and what of that was acknowledged, so that reads beside writes can be
// judged: what was acknowledged before a read began must be there, what nobody has asked for may not be, and a write whose answer was
// lost may be either. It is safe for concurrent use.
type Ledger struct {
	epoch int
	next  atomic.Int64
	clock atomic.Uint64 // ticks once for each acknowledgement

	mu   sync.Mutex
	rows map[place][]entry
}

type place struct{ table, tenant int }

type entry struct {
	row   tenant.Row
	acked uint64 // tick of the acknowledgement, 0 while there is none
	void  bool   // the database said that it was not written
}

// Mark is a moment in the ledger's life.
type Mark uint64

// NewLedger returns an empty ledger. The epoch marks its rows; each run against a stack that lives on takes a higher one.
func NewLedger(epoch int) *Ledger { return &Ledger{epoch: epoch, rows: map[place][]entry{}} }

// Epoch is the one given to NewLedger.
func (l *Ledger) Epoch() int { return l.epoch }

// Ask allots the number of a new row and notes that it is about to be written. Numbers grow within a tenant and table.
func (l *Ledger) Ask(table, tenantNo int) tenant.Ref {
	l.mu.Lock()
	defer l.mu.Unlock()
	ref := tenant.Ref{Tenant: tenantNo, Table: table, Row: tenant.Written(l.epoch, l.next.Add(1))}
	at := place{table, tenantNo}
	l.rows[at] = append(l.rows[at], entry{row: ref.Row})
	return ref
}

// Acknowledge notes that the database has confirmed the commit of a row.
func (l *Ledger) Acknowledge(ref tenant.Ref) {
	l.change(ref, func(e *entry) { e.acked = l.clock.Add(1) })
}

// Void notes that the database has said that a row was not written. A write with no answer is neither acknowledged nor void.
func (l *Ledger) Void(ref tenant.Ref) {
	l.change(ref, func(e *entry) { e.void = true })
}

// Adopt notes a row that an earlier run against the same stack has written, found there before this run's load began: it is as good as
// acknowledged. Rows must be adopted in ascending order within a tenant and table, before any is asked for.
func (l *Ledger) Adopt(ref tenant.Ref) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := place{ref.Table, ref.Tenant}
	l.rows[at] = append(l.rows[at], entry{row: ref.Row, acked: l.clock.Add(1)})
}

// Mark is now: all that is acknowledged up to here must be in what is read from here on.
func (l *Ledger) Mark() Mark { return Mark(l.clock.Load()) }

func (l *Ledger) change(ref tenant.Ref, how func(*entry)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.find(ref); e != nil {
		how(e)
	}
}

// find searches from the newest: what is looked for was mostly written just now. The caller holds the lock.
func (l *Ledger) find(ref tenant.Ref) *entry {
	rows := l.rows[place{ref.Table, ref.Tenant}]
	for i := len(rows) - 1; i >= 0 && rows[i].row >= ref.Row; i-- {
		if rows[i].row == ref.Row {
			return &rows[i]
		}
	}
	return nil
}

// asked tells whether a row may be there: it was asked for and not refused.
func (l *Ledger) asked(ref tenant.Ref) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.find(ref)
	return e != nil && !e.void
}

// newest calls yield with the rows of ref's tenant and table that are surely there for a read begun at the mark, newest first: those
// acknowledged by then, and ref itself, which the reader's own transaction wrote. It stops when yield returns false and tells whether it did.
func (l *Ledger) newest(ref tenant.Ref, at Mark, yield func(tenant.Row) bool) (stopped bool) {
	return l.each(ref, func(e entry) bool {
		sure := e.acked != 0 && e.acked <= uint64(at) || e.row == ref.Row
		return !sure || yield(e.row)
	})
}

// each calls yield with all that the ledger knows of ref's tenant and table, newest first, until yield returns false.
func (l *Ledger) each(ref tenant.Ref, yield func(entry) bool) (stopped bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rows := l.rows[place{ref.Table, ref.Tenant}]
	for i := len(rows) - 1; i >= 0; i-- {
		if !yield(rows[i]) {
			return true
		}
	}
	return false
}
