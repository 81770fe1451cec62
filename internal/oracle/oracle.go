// Package oracle decides, row by row, whose data a statement returned and whether it is what it must be, given the world that was
// seeded and the ledger of what the load has written since. It is pure but for the ledger's lock: it opens no connection and keeps
// no time. Package session feeds it each result; nothing else may hand rows to operations.
package oracle

import (
	"bytes"
	"fmt"
	"slices"
	"sync"

	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

// Shape is what a statement is expected to return.
type Shape int

// The shapes of results.
const (
	Nothing Shape = iota // no row at all: another tenant was asked for
	One                  // exactly the row Want.Row
	Newest               // the Want.Limit rows with the highest numbers
	Every                // all rows of the tenant, in any order
	Totals               // one line of totals over the tenant's rows
	Text                 // a text of some kind, judged by its marks alone
)

// Want is what one statement of one tenant must return.
type Want struct {
	Table  *world.Table
	Tenant int
	Shape  Shape
	Row    tenant.Row // of One; of Newest, a row that the same transaction has just written, or 0
	Limit  int        // of Newest
	// Stale says that the answer comes out of a cache: rows that the load has written may be there or not.
	Stale bool
}

// Oracle judges results. It is safe for concurrent use; its Readings are not.
type Oracle struct {
	World  *world.World
	Ledger *Ledger
	// TenantColumn is the name under which views show the tenant beside tables that have no such column.
	TenantColumn string
	// Grows are tables to which a service under load adds rows by itself, with ids that nobody can foresee. Such a row is taken for what its
	// marks say, and totals of these tables have no upper bound.
	Grows map[string]bool
	// Sets are the columns that the load sets in the rows that it writes, by table; of a table that isn't named all of them.
	Sets map[string][]string

	sums    sums
	layouts sync.Map // table and fields of JSON objects -> *Layout
}

// Reading judges the rows of one statement's result. It is reused: Begin starts the next one.
type Reading struct {
	Rows   int     // rows returned
	Faults []Fault // the first few of them
	Counts Counts  // rows or results at fault

	o      *Oracle
	want   Want
	tenant tenant.UUID // of want
	mark   Mark
	layout *Layout
	seen   []tenant.Row
	joined []tenant.Ref
	buf    []byte
}

const maxFaults = 8 // of one result: more evidence tells nothing more

// Begin must be called before the statement is sent: what was acknowledged by then has to be in the result.
func (r *Reading) Begin(o *Oracle, want Want) {
	*r = Reading{o: o, want: want, tenant: o.World.Codec.TenantID(want.Tenant), Faults: r.Faults[:0], seen: r.seen[:0], joined: r.joined,
		buf: r.buf, mark: o.Ledger.Mark()}
}

// BeginAt is Begin for a result that was asked for at a mark taken earlier.
func (r *Reading) BeginAt(o *Oracle, want Want, mark Mark) {
	r.Begin(o, want)
	r.mark = mark
}

// SetLayout must be called before the first Row.
func (r *Reading) SetLayout(l *Layout) { r.layout = l }

// Row judges one row, whose values are in binary format, nil for NULL. They are not kept.
func (r *Reading) Row(values [][]byte) {
	r.Rows++
	l := r.layout
	if l.base.key < 0 || values[l.base.key] == nil {
		r.totals(values, 0)
		r.marks(values)
		return
	}
	ref, ok := r.identify(values[l.base.key], r.want.Table, values)
	if !ok {
		return
	}
	r.seen = append(r.seen, ref.Row)
	if !r.compare(&l.base, ref, values) || !r.joins(ref, values) {
		return
	}
	r.totals(values, ref.Row)
}

// identify reads a row's id and tells whether it is an own row of the table that may be there; else it has faulted the row.
func (r *Reading) identify(id []byte, table *world.Table, values [][]byte) (ref tenant.Ref, ok bool) {
	w := r.o.World
	if len(id) == len(tenant.UUID{}) {
		ref, ok = w.Codec.Ref(tenant.UUID(id))
	}
	switch {
	case !ok:
		if !r.marks(values) && !r.o.Grows[table.Name] {
			r.fault(Damaged, tenant.Ref{}, "the row's id was neither seeded nor written")
		}
	case ref.Tenant != r.want.Tenant:
		r.fault(Foreign, ref, "")
	case w.Numbered(ref.Table) != table:
		r.fault(Damaged, ref, "the row's id belongs to another table")
	case !r.exists(ref):
		r.fault(Damaged, ref, "the row was never written")
	default:
		return ref, true
	}
	return ref, false
}

// joins judges the rows of other tables that a joined row shows, and whether they belong together.
func (r *Reading) joins(base tenant.Ref, values [][]byte) bool {
	refs := r.joined[:0]
	for i := range r.layout.joined {
		p := &r.layout.joined[i]
		var ref tenant.Ref
		if p.key >= 0 && values[p.key] != nil {
			var ok bool
			if ref, ok = r.identify(values[p.key], p.table, values); !ok || !r.compare(p, ref, values) {
				return false
			}
			from := base
			if p.viaPart >= 0 {
				from = refs[p.viaPart]
			}
			if p.via != nil && p.via.Ref(from.Tenant, from.Row) != ref {
				r.fault(Damaged, ref, "joined to a row that it doesn't belong to")
				return false
			}
		} else if r.marksOf(p, values) {
			return false
		}
		refs = append(refs, ref)
	}
	r.joined = refs
	return true
}

// End judges the result as a whole.
func (r *Reading) End() {
	// Among foreign rows an own one may have been pushed off the page: the leak is told, not its consequence.
	if r.Counts.Foreign > 0 {
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
	case Every:
		slices.SortFunc(r.seen, func(a, b tenant.Row) int { return int(b - a) })
		if twice := len(slices.Compact(slices.Clone(r.seen))) < len(r.seen); twice {
			r.fault(Damaged, tenant.Ref{}, "a row came back twice")
			return
		}
		r.want.Limit = len(r.seen) + 1 // never full
		r.endPage()
	case Totals:
		if r.Rows == 0 {
			r.fault(Missing, r.ref(0), "no line of totals")
		}
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
	if !r.want.Stale && r.o.Ledger.newest(r.ref(r.want.Row), r.mark, func(row tenant.Row) bool { return !present(row) }) {
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
		return int64(ref.Row) < r.o.World.RowsOf(ref.Table, ref.Tenant)
	}
	return r.o.Ledger.asked(ref)
}

// compare holds each value of a row against the world, up to the first that differs, and tells whether all are right. What differs is
// read for marks: somebody else's value in an own row is a leak too. The row's id isn't among them: it is where ref was read from, and no two
// ids read as the same row.
func (r *Reading) compare(p *part, ref tenant.Ref, values [][]byte) bool {
	for i := range p.columns {
		c := &p.columns[i]
		v := values[c.index]
		if c.column == nil || c.unset && ref.Row.IsWritten() {
			if r.mark1(v) {
				return false
			}
			continue
		}
		if r.right(c, ref, v) {
			continue
		}
		if !r.mark1(v) {
			r.fault(Damaged, ref, "column "+c.column.Name+" differs from what was written")
		}
		return false
	}
	return true
}

// right tells whether one value of an own row is what it must be.
func (r *Reading) right(c *shown, ref tenant.Ref, v []byte) bool {
	if c.tenant() {
		return v != nil && bytes.Equal(r.tenant[:], v)
	}
	var null bool
	r.buf, null = c.cell.Append(r.buf[:0], ref.Tenant, ref.Row)
	return null == (v == nil) && bytes.Equal(r.buf, v)
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
		r.Counts.Foreign++
	case Damaged:
		r.Counts.Damaged++
	case Missing:
		r.Counts.Missing++
	}
	if len(r.Faults) >= maxFaults {
		return
	}
	f := Fault{Verdict: v, Ref: ref, Detail: detail}
	if r.want.Table != nil {
		f.Table = r.want.Table.Name
	}
	if t := r.o.World.Numbered(ref.Table); t != nil {
		f.Table = t.Name
	}
	r.Faults = append(r.Faults, f)
}
