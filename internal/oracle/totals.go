package oracle

import (
	"encoding/binary"
	"fmt"
	"strings"
	"sync"

	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

// total is a column of a result that adds up rows, a bigint. Its name in the statement says what it adds:
//
//	count SCHEMA.TABLE               rows of the tenant
//	count SCHEMA.TABLE by COLUMN     rows whose COLUMN names the row of this line
//	sum SCHEMA.TABLE.COLUMN          of a whole or numeric column, in units of its last digit: (sum(x) * 100)::bigint for two digits
type total struct {
	index  int
	table  *world.Table
	number int           // of the table
	column *world.Column // of sum: what is added; of "by": what names the line's row
	cell   world.Cell    // the column's
	by     bool
}

func (o *Oracle) parseTotal(index int, name string) (total, bool) {
	kind, rest, _ := strings.Cut(name, " ")
	t := total{index: index}
	var column string
	switch kind {
	case "count":
		rest, column, t.by = strings.Cut(rest, " by ")
	case "sum":
		dot := strings.LastIndexByte(rest, '.')
		if dot < 0 {
			return t, false
		}
		rest, column = rest[:dot], rest[dot+1:]
	default:
		return t, false
	}
	var ok bool
	if t.table, ok = o.World.Table(rest); !ok {
		return t, false
	}
	t.number = o.World.Number(t.table)
	if column != "" {
		if t.column, ok = t.table.Column(column); !ok {
			return t, false
		}
		t.cell = o.World.Cell(t.table, t.column)
	}
	return t, true
}

// sums remembers what the seeded rows of a tenant come to: adding them up for each execution would cost more than the statement.
type sums struct {
	mu   sync.Mutex
	all  map[sumOf]int64
	rows map[sumOf][]int32 // for "by": children of each row
}

type sumOf struct {
	table, tenant int
	column        string
}

// seeded is what the seeded rows come to; for "by", those whose column names row.
func (o *Oracle) seeded(t *total, tenantNo int, row tenant.Row) int64 {
	switch {
	case t.column == nil:
		return o.World.RowsOf(t.number, tenantNo)
	case t.by && row.IsWritten():
		return 0 // nothing seeded names a row that was not
	}
	key := sumOf{t.number, tenantNo, t.column.Name}
	o.sums.mu.Lock()
	defer o.sums.mu.Unlock()
	if t.by {
		return int64(o.childrenOf(key, t)[row])
	}
	sum, known := o.sums.all[key]
	if !known {
		for r := range o.World.RowsOf(t.number, tenantNo) {
			sum += t.cell.Integer(tenantNo, tenant.Row(r))
		}
		if o.sums.all == nil {
			o.sums.all = map[sumOf]int64{}
		}
		o.sums.all[key] = sum
	}
	return sum
}

func (o *Oracle) childrenOf(key sumOf, t *total) []int32 {
	counts, known := o.sums.rows[key]
	if !known {
		parent, _ := o.World.Table(t.column.Table)
		counts = make([]int32, o.World.Rows(parent, key.tenant))
		for r := range o.World.RowsOf(t.number, key.tenant) {
			counts[t.cell.ParentRow(key.tenant, tenant.Row(r))]++
		}
		if o.sums.rows == nil {
			o.sums.rows = map[sumOf][]int32{}
		}
		o.sums.rows[key] = counts
	}
	return counts
}

// totals holds each total of a row between what was surely there and what may have been. line is the row that "by" refers to.
func (r *Reading) totals(values [][]byte, line tenant.Row) {
	for i := range r.layout.totals {
		t := &r.layout.totals[i]
		v := values[t.index]
		var got int64
		switch {
		case v == nil: // the sum of no rows
		case len(v) == 8:
			got = int64(binary.BigEndian.Uint64(v))
		default:
			r.fault(Damaged, tenant.Ref{}, "a total is no bigint")
			continue
		}
		low := r.o.seeded(t, r.want.Tenant, line)
		high := low
		r.o.Ledger.each(tenant.Ref{Tenant: r.want.Tenant, Table: t.number}, func(e entry) bool {
			size := int64(1)
			switch {
			case t.by && t.cell.ParentRow(r.want.Tenant, e.row) != line:
				return true
			case t.column != nil && !t.by:
				size = t.cell.Integer(r.want.Tenant, e.row)
			}
			if e.acked != 0 && e.acked <= uint64(r.mark) {
				low += size
			}
			if !e.void {
				high += size
			}
			return true
		})
		if got < low || got > high && !r.o.Grows[t.table.Name] {
			r.wrongTotal(t, got, low, high)
		}
	}
}

// wrongTotal notes a total that is too high, and so has somebody else's rows in it, or too low. It is a fault of no row in particular.
func (r *Reading) wrongTotal(t *total, got, low, high int64) {
	v := Foreign
	if got < low {
		v = Missing
	}
	detail := fmt.Sprintf("%s is %d, with %d to %d of the tenant's own", t.name(), got, low, high)
	r.fault(v, tenant.Ref{}, detail)
	if last := len(r.Faults) - 1; r.Faults[last].Detail == detail {
		r.Faults[last].Table = t.table.Name
	}
}

func (t *total) name() string {
	switch {
	case t.column == nil:
		return "the count of " + t.table.Name
	case t.by:
		return "the count of " + t.table.Name + " by " + t.column.Name
	default:
		return "the sum of " + t.table.Name + "." + t.column.Name
	}
}
