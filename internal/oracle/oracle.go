// Package oracle decides, row by row, whose data a statement returned and whether it is what it must be, given the world that was
// seeded and the ledger of what the load has written since. It is pure but for the ledger's lock: it opens no connection and keeps
// no time. Package session feeds it each result; nothing else may hand rows to operations.
package oracle

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

// Verdict is what is wrong with a row or a result.
type Verdict string

// The faults that a result can have. Own rows have none.
const (
	Foreign Verdict = "foreign" // another tenant's row, id or canary: a leak
	Damaged Verdict = "damaged" // can't be what was seeded or written: unknown until explained
	Missing Verdict = "missing" // an own row that had to be there was not: a silent denial
)

// Fault is one thing wrong with a result.
type Fault struct {
	Verdict Verdict
	Ref     tenant.Ref // whose row it is; for Missing, which row; zero where the row can't be told
	Table   string     // of Ref, "" where unknown
	Detail  string     // what is wrong, for a person; holds no data of a row but its marks
}

// Shape is what a statement is expected to return.
type Shape int

// The shapes of results.
const (
	Nothing Shape = iota // no row at all: another tenant was asked for
	One                  // exactly the row Want.Row
	Newest               // the Want.Limit rows with the highest numbers
)

// Want is what one statement of one tenant must return.
type Want struct {
	Table  *world.Table
	Tenant int
	Shape  Shape
	Row    tenant.Row // of One; of Newest, a row that the same transaction has just written, or 0
	Limit  int        // of Newest
}

// Oracle judges results. It is safe for concurrent use; its Readings are not.
type Oracle struct {
	World  *world.World
	Ledger *Ledger
	// TenantColumn is the name under which views show the tenant beside tables that have no such column.
	TenantColumn string
}

// Layout ties a result's columns to those of a table, worked out once for a statement.
type Layout struct {
	columns []*world.Column // nil where the table has no such column: then only its marks are read
	key     int             // index of the row's id, -1 where the result doesn't carry it
}

var tenantColumn = world.Column{Type: "uuid", Kind: world.Tenant}

// Layout finds the columns of a result in its table.
func (o *Oracle) Layout(t *world.Table, names []string) *Layout {
	l := &Layout{key: -1}
	for i, name := range names {
		c, ok := t.Column(name)
		if !ok && name == o.TenantColumn {
			c = &tenantColumn
		}
		l.columns = append(l.columns, c)
		if ok && c.Kind == world.ID && c.Type == "uuid" && l.key < 0 {
			l.key = i
		}
	}
	return l
}

// Reading judges the rows of one statement's result. It is reused: Begin starts the next one.
type Reading struct {
	Rows   int     // rows returned
	Faults []Fault // the first few of them
	Counts [3]int  // rows or results at fault: foreign, damaged, missing

	o      *Oracle
	want   Want
	mark   Mark
	layout *Layout
	seen   []tenant.Row
	buf    []byte
}

const maxFaults = 8 // of one result: more evidence tells nothing more

// Begin must be called before the statement is sent: what was acknowledged by then has to be in the result.
func (r *Reading) Begin(o *Oracle, want Want) {
	*r = Reading{o: o, want: want, Faults: r.Faults[:0], seen: r.seen[:0], buf: r.buf, mark: o.Ledger.Mark()}
}

// SetLayout must be called before the first Row.
func (r *Reading) SetLayout(l *Layout) { r.layout = l }

// Row judges one row, whose values are in binary format, nil for NULL. They are not kept.
func (r *Reading) Row(values [][]byte) {
	r.Rows++
	if r.layout.key < 0 || values[r.layout.key] == nil {
		r.marks(values)
		return
	}
	w := r.o.World
	ref, ours := w.Codec.Ref(tenant.UUID(values[r.layout.key]))
	switch {
	case !ours:
		if !r.marks(values) {
			r.fault(Damaged, tenant.Ref{}, "the row's id was neither seeded nor written")
		}
	case ref.Tenant != r.want.Tenant:
		r.fault(Foreign, ref, "")
	case w.Numbered(ref.Table) != r.want.Table:
		r.fault(Damaged, ref, "the row's id belongs to another table")
	case !r.exists(ref):
		r.fault(Damaged, ref, "the row was never written")
	default:
		r.seen = append(r.seen, ref.Row)
		r.compare(ref, values)
	}
}

// End judges the result as a whole.
func (r *Reading) End() {
	// Among foreign rows an own one may have been pushed off the page: the leak is told, not its consequence.
	if r.Counts[0] > 0 {
		return
	}
	switch r.want.Shape {
	case One:
		if !slices.Contains(r.seen, r.want.Row) {
			r.missing(r.want.Row)
		}
		if len(r.seen) > 1 {
			r.fault(Damaged, r.ref(r.want.Row), fmt.Sprintf("%d rows for one id", len(r.seen)))
		}
	case Nothing:
		if len(r.seen) > 0 {
			r.fault(Damaged, r.ref(r.seen[0]), "an own row where another tenant's was asked for")
		}
	case Newest:
		r.endPage()
	}
}

// endPage holds a page against all rows that were surely there: each must be on it unless the page is full of newer ones.
func (r *Reading) endPage() {
	if !slices.IsSortedFunc(r.seen, func(a, b tenant.Row) int { return int(b - a) }) {
		r.fault(Damaged, tenant.Ref{}, "the page is not in the order asked for")
		return
	}
	full := r.Rows >= r.want.Limit
	i := 0
	present := func(row tenant.Row) (done bool) {
		for i < len(r.seen) && r.seen[i] > row {
			i++
		}
		switch {
		case i < len(r.seen) && r.seen[i] == row:
			i++
			return false
		case i >= len(r.seen) && full:
			return true // older than the whole page
		default:
			r.missing(row)
			return true // one row tells it; the rest may follow from it
		}
	}
	if r.o.Ledger.newest(r.ref(r.want.Row), r.mark, func(row tenant.Row) bool { return !present(row) }) {
		return
	}
	for row := r.o.World.Rows(r.want.Table, r.want.Tenant) - 1; row >= 0; row-- {
		if present(tenant.Row(row)) {
			return
		}
	}
}

func (r *Reading) exists(ref tenant.Ref) bool {
	if !ref.Row.IsWritten() {
		return int64(ref.Row) < r.o.World.Rows(r.want.Table, ref.Tenant)
	}
	return ref.Row.Epoch() < r.o.Ledger.epoch || r.o.Ledger.asked(ref)
}

// compare holds each value against the world, up to the first that differs. What differs is read for marks: somebody else's value in
// an own row is a leak too.
func (r *Reading) compare(ref tenant.Ref, values [][]byte) {
	for i, c := range r.layout.columns {
		if c == nil {
			if r.mark1(values[i]) {
				return
			}
			continue
		}
		var null bool
		r.buf, null = r.o.World.AppendValue(r.buf[:0], r.want.Table, c, ref.Tenant, ref.Row)
		if null == (values[i] == nil) && bytes.Equal(r.buf, values[i]) {
			continue
		}
		if !r.mark1(values[i]) {
			r.fault(Damaged, ref, "column "+c.Name+" differs from what was written")
		}
		return
	}
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

func (r *Reading) ref(row tenant.Row) tenant.Ref {
	return r.o.World.Ref(r.want.Table, r.want.Tenant, row)
}

func (r *Reading) missing(row tenant.Row) {
	r.fault(Missing, r.ref(row), "an own row that had to be there was not returned")
}

func (r *Reading) fault(v Verdict, ref tenant.Ref, detail string) {
	switch v {
	case Foreign:
		r.Counts[0]++
	case Damaged:
		r.Counts[1]++
	case Missing:
		r.Counts[2]++
	}
	if len(r.Faults) >= maxFaults {
		return
	}
	f := Fault{Verdict: v, Ref: ref, Detail: detail}
	if t := r.o.World.Numbered(ref.Table); t != nil {
		f.Table = t.Name
	}
	r.Faults = append(r.Faults, f)
}
