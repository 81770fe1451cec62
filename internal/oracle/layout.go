package oracle

import (
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/world"
)

// Layout ties a result's columns to those of tables, worked out once for a statement.
//
// A column is one of the statement's table by its bare name. In a join, a column named schema.table.column is one of that table, and
// schema.table.id says which row. In a total, "count" or "sum schema.table.column" is what it says (see totals.go).
type Layout struct {
	base   part
	joined []part
	totals []total
}

// part is what a result shows of one row of one table.
type part struct {
	table   *world.Table
	key     int         // index of the row's id, -1 where the result doesn't carry it
	columns []shown     // all but the key
	via     *world.Cell // of the base table or an earlier part: the column that names this part's row
	viaPart int         // index of that part in Layout.joined, -1 for the base
}

// shown is one column of a result.
type shown struct {
	index  int
	column *world.Column // nil where the table has no such column: then only its marks are read
	cell   world.Cell
	unset  bool // in rows that the load writes it is the server's default
}

// tenant tells whether the column is the tenant's uuid, the same in all rows.
func (s *shown) tenant() bool { return s.column.Kind == world.Tenant && s.column.Type == "uuid" }

var tenantColumn = world.Column{Type: "uuid", Kind: world.Tenant}

// Layout finds the columns of a result in its tables.
func (o *Oracle) Layout(t *world.Table, names []string) *Layout {
	l := &Layout{base: part{table: t, key: -1}}
	for i, name := range names {
		if what, ok := o.parseTotal(i, name); ok {
			l.totals = append(l.totals, what)
			continue
		}
		p, column := &l.base, name
		if dot := strings.LastIndexByte(name, '.'); dot > 0 {
			if joined, ok := o.World.Table(name[:dot]); ok {
				column = name[dot+1:]
				p = l.part(joined)
			}
		}
		p.add(o, i, column)
	}
	for i := range l.joined {
		l.connect(o.World, i)
	}
	return l
}

func (p *part) add(o *Oracle, index int, name string) {
	c, ok := p.table.Column(name)
	if !ok && name == o.TenantColumn {
		c = &tenantColumn
	}
	if ok && c.Kind == world.ID && c.Type == "uuid" && p.key < 0 {
		p.key = index
		return
	}
	column := shown{index: index, column: c}
	if c != nil {
		column.cell = o.World.Cell(p.table, c)
		sets, known := o.Sets[p.table.Name]
		column.unset = known && c != &tenantColumn && !slices.Contains(sets, c.Name)
	}
	p.columns = append(p.columns, column)
}

// part is the part of a table, made where it isn't there yet.
func (l *Layout) part(t *world.Table) *part {
	if t == l.base.table {
		return &l.base
	}
	for i := range l.joined {
		if l.joined[i].table == t {
			return &l.joined[i]
		}
	}
	l.joined = append(l.joined, part{table: t, key: -1, viaPart: -1})
	return &l.joined[len(l.joined)-1]
}

// connect finds the column, of the base table or of a part before, that names the row of a part: a join that pairs the wrong rows of
// one tenant is damage too.
func (l *Layout) connect(w *world.World, i int) {
	p := &l.joined[i]
	if p.via = refersTo(w, l.base.table, p.table); p.via != nil {
		return
	}
	for j := range i {
		if p.via = refersTo(w, l.joined[j].table, p.table); p.via != nil {
			p.viaPart = j
			return
		}
	}
}

func refersTo(w *world.World, from, to *world.Table) *world.Cell {
	for i := range from.Columns {
		if c := &from.Columns[i]; (c.Kind == world.Parent || c.Kind == world.Aligned) && c.Table == to.Name {
			cell := w.Cell(from, c)
			return &cell
		}
	}
	return nil
}
