package seed

import (
	"fmt"
	"slices"
	"strings"
)

// reach decides which tables are tenant tables; for each of the others it notes why not.
func (p *planner) reach() {
	p.tenants = p.tenantsTable()
	reached := map[string]bool{}
	for name, t := range p.tables {
		hints := p.hints(t)
		if hints.Skip != "" {
			p.skipped[name] = hints.Skip
		} else if outside := p.outside(t); outside != "" {
			p.skipped[name] = "left for later: it refers to " + outside + ", whose schema is not looked at"
		} else {
			reached[name] = name == p.tenants || hints.Fixed > 0 || t.column(p.target.Tenancy.Column) != nil
		}
	}
	for grew := true; grew; {
		grew = false
		for name, in := range reached {
			if !in && slices.ContainsFunc(p.references(p.tables[name]), func(r reference) bool { return reached[r.table] }) {
				reached[name], grew = true, true
			}
		}
	}
	for name, in := range reached {
		if in {
			p.order = append(p.order, p.tables[name])
		} else {
			p.skipped[name] = "nothing in it leads to a tenant"
		}
	}
}

// tenantsTable is the table that the tenant column refers to in most places.
func (p *planner) tenantsTable() (most string) {
	votes := map[string]int{}
	for _, t := range p.tables {
		for _, f := range t.foreign {
			if len(f.columns) == 1 && f.columns[0] == p.target.Tenancy.Column {
				votes[f.referred]++
			}
		}
	}
	for name, n := range votes {
		if n > votes[most] || n == votes[most] && name < most {
			most = name
		}
	}
	return most
}

// outside is a table that a hint leads to and whose schema is not among those looked at.
func (p *planner) outside(t *table) string {
	for _, hint := range p.hints(t).Columns {
		if hint.Table != "" && !p.looksAt(hint.Table) {
			return hint.Table
		}
	}
	return ""
}

// reference is one column that names rows of another table. column is its name there.
type reference struct {
	from, table, column string
	key                 string // the foreign key, "" where only seed.yaml says so
}

// references are those of a table, the tenant column's own left out. A column with two foreign keys counts once.
func (p *planner) references(t *table) (out []reference) {
	seen := map[string]bool{}
	add := func(r reference) {
		if !seen[r.from] {
			seen[r.from] = true
			out = append(out, r)
		}
	}
	for name, hint := range p.hints(t).Columns {
		if hint.Kind != "" || hint.Template != "" || len(hint.Choices) > 0 {
			seen[name] = hint.Table == ""
			if hint.Table != "" {
				add(reference{from: name, table: hint.Table})
			}
		}
	}
	for _, f := range t.foreign {
		for i, name := range f.columns {
			if name != p.target.Tenancy.Column {
				add(reference{from: name, table: f.referred, column: f.referredColumns[i], key: f.name})
			}
		}
	}
	for _, c := range t.columns {
		if to := p.target.Seed.References[schemaOf(t.name)+"."+c.name]; to != "" && c.typ == "uuid" && to != t.name {
			add(reference{from: c.name, table: to})
		}
	}
	slices.SortFunc(out, func(a, b reference) int { return strings.Compare(a.from, b.from) })
	return out
}

// arrange puts referred tables before those that refer to them. Among tables that are free to come next, those with the
// tenant column come first, then schemas as the target lists them, then names: the order is the same each time.
func (p *planner) arrange() error {
	slices.SortFunc(p.order, func(a, b *table) int {
		byCore := p.rank(a) - p.rank(b)
		bySchema := slices.Index(p.target.Schemas, schemaOf(a.name)) - slices.Index(p.target.Schemas, schemaOf(b.name))
		for _, by := range []int{byCore, bySchema} {
			if by != 0 {
				return by
			}
		}
		return strings.Compare(a.name, b.name)
	})
	waiting, placed := p.order, map[string]bool{}
	p.order = nil
	// A rank is emptied before the next one begins; what refers to a later rank moves there.
	for rank := range 2 {
		for {
			i := slices.IndexFunc(waiting, func(t *table) bool { return p.rank(t) <= rank && p.ready(t, placed, waiting) })
			if i < 0 {
				break
			}
			placed[waiting[i].name] = true
			p.order = append(p.order, waiting[i])
			waiting = slices.Delete(slices.Clone(waiting), i, i+1)
		}
		if rank == 0 {
			p.core = len(p.order)
		}
	}
	if len(waiting) > 0 {
		names := make([]string, len(waiting))
		for i, t := range waiting {
			names[i] = t.name
		}
		return fmt.Errorf("tables %s refer to each other in a circle of NOT NULL columns: give one of the columns a kind, or the table a skip, in seed.yaml",
			strings.Join(names, ", "))
	}
	return nil
}

func (p *planner) rank(t *table) int {
	if t.name == p.tenants || t.column(p.target.Tenancy.Column) != nil {
		return 0
	}
	return 1
}

// ready says whether all that a table refers to is placed. A nullable reference to a table that waits in turn for this one
// may stay empty, so it doesn't hold the table up.
func (p *planner) ready(t *table, placed map[string]bool, waiting []*table) bool {
	for _, r := range p.references(t) {
		if placed[r.table] || r.table == t.name || !slices.ContainsFunc(waiting, func(w *table) bool { return w.name == r.table }) {
			continue
		}
		if t.column(r.from).notNull || !p.leads(r.table, t.name, map[string]bool{}) {
			return false
		}
	}
	return true
}

// leads says whether references lead from one table to another.
func (p *planner) leads(from, to string, seen map[string]bool) bool {
	if from == to {
		return true
	}
	if seen[from] || p.tables[from] == nil {
		return false
	}
	seen[from] = true
	return slices.ContainsFunc(p.references(p.tables[from]), func(r reference) bool {
		return r.table != from && p.leads(r.table, to, seen)
	})
}
