package catalog

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/target"
)

type foreignKey struct {
	name     string
	from, to uint32
	columns  []string
	referred []string
}

// findTenants gives each relation its way to a tenant. What the target declares comes first, then the tenant column, then inheritance and
// foreign keys, these until nothing more is reached.
func (c *Catalog) findTenants(t target.Target, keys []foreignKey) error {
	for _, r := range c.Relations {
		r.Shared = shared(t, r)
	}
	for _, p := range t.Paths {
		for _, r := range c.Relations {
			if matches(p.Table, r.FullName()) && r.Tenancy == nil && r.Shared == "" && r.IsTable() && r.Column(t.Tenancy.Column) == nil {
				tenancy, err := c.declared(t, r, p)
				if err != nil {
					return err
				}
				r.Tenancy = tenancy
			}
		}
	}
	for _, r := range c.Relations {
		if col := r.Column(t.Tenancy.Column); col != nil && r.Tenancy == nil && r.Shared == "" {
			r.Tenancy = direct(ByColumn, *col)
		}
	}
	for grew := true; grew; {
		grew = c.followParents() || c.followKeys(keys)
	}
	return nil
}

func shared(t target.Target, r *Relation) string {
	for _, e := range t.Exceptions {
		if e.Role == "" && e.Policy == "" && e.Key == "" && len(e.Columns) == 0 && matches(e.Object, r.FullName()) {
			return e.Reason
		}
	}
	return ""
}

// matches holds a name against a name or pattern of a target file. A bad pattern was refused when the target was loaded.
func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return err == nil && ok
}

// followParents gives children what their parents have.
func (c *Catalog) followParents() (grew bool) {
	for _, r := range c.Relations {
		if r.Tenancy != nil || r.Shared != "" {
			continue
		}
		for _, oid := range r.Parents {
			if parent := c.byOID[oid]; parent != nil && parent.Tenancy != nil {
				one := *parent.Tenancy
				one.How = ByParent
				r.Tenancy, grew = &one, true
				break
			}
		}
	}
	return grew
}

// followKeys goes one foreign key further, from tables not reached yet to those that are.
func (c *Catalog) followKeys(keys []foreignKey) (grew bool) {
	for _, k := range keys {
		r, to := c.byOID[k.from], c.byOID[k.to]
		if r == nil || to == nil || r == to || r.Tenancy != nil || r.Shared != "" || to.Tenancy == nil {
			continue
		}
		r.Tenancy, grew = through(ByKey, k.columns, to, k.referred), true
	}
	return grew
}

// declared follows the hops of a path. Where the table, or one on the way, lacks a column, the path is not for it: versions differ.
func (c *Catalog) declared(t target.Target, r *Relation, p target.Path) (*Tenancy, error) {
	if len(p.Through) == 0 {
		return nil, fmt.Errorf("target %s: the path of %s has no hops", t.Name, p.Table)
	}
	first := p.Through[0]
	from, to, hop := strings.Cut(first, "=")
	from, to = strings.TrimSpace(from), strings.TrimSpace(to)
	col := r.Column(from)
	if col == nil {
		return nil, nil
	}
	if !hop {
		if len(p.Through) > 1 {
			return nil, fmt.Errorf("target %s: the path of %s goes on after %q, which is the tenant already", t.Name, p.Table, first)
		}
		return direct(ByDeclaration, *col), nil
	}
	dot := strings.LastIndexByte(to, '.')
	if dot < 0 || strings.Count(to, ".") != 2 {
		return nil, fmt.Errorf("target %s: the path of %s has the hop %q; want column = schema.table.column", t.Name, p.Table, first)
	}
	next := c.byName[to[:dot]]
	if next == nil || next.Column(to[dot+1:]) == nil || next == r {
		return nil, nil
	}
	reached := *next
	if rest := p.Through[1:]; len(rest) > 0 {
		tenancy, err := c.declared(t, next, target.Path{Table: p.Table, Through: rest})
		if err != nil || tenancy == nil {
			return nil, err
		}
		reached.Tenancy = tenancy
	} else if col := next.Column(t.Tenancy.Column); col != nil {
		reached.Tenancy = direct(ByColumn, *col)
	} else {
		return nil, fmt.Errorf("target %s: the path of %s ends at %s, which has no column %s", t.Name, p.Table, next.FullName(), t.Tenancy.Column)
	}
	return through(ByDeclaration, []string{from}, &reached, []string{to[dot+1:]}), nil
}

// direct is the tenancy of a relation whose column holds the tenant.
func direct(how string, col Column) *Tenancy {
	name := "t." + pgx.Identifier{col.Name}.Sanitize()
	// Compared in the column's own type, so that an index serves it. The type is the catalog's own word for it.
	return &Tenancy{How: how, Column: col.Name, Of: name + "::text", Mine: name + " = CAST($1::text AS " + col.Type + ")"}
}

// through is the tenancy of a relation whose columns name a row of another one. Inside, that other one has the alias t.
func through(how string, columns []string, to *Relation, referred []string) *Tenancy {
	var mine, theirs, equal []string
	for i, name := range columns {
		m, o := pgx.Identifier{name}.Sanitize(), pgx.Identifier{referred[i]}.Sanitize()
		mine, theirs = append(mine, "t."+m), append(theirs, "t."+o)
		equal = append(equal, "t."+o+" = hop."+m)
	}
	from := " FROM " + to.SQL() + " AS t WHERE "
	return &Tenancy{How: how,
		Of:   "(SELECT found.tenant FROM (SELECT t.*) AS hop CROSS JOIN LATERAL (SELECT " + to.Tenancy.Of + " AS tenant" + from + strings.Join(equal, " AND ") + " LIMIT 1) AS found)",
		Mine: "(" + strings.Join(mine, ", ") + ") IN (SELECT " + strings.Join(theirs, ", ") + from + to.Tenancy.Mine + ")"}
}

// Accepted is the target's exception for what a role sees of a relation beyond its tenant's rows, nil where there is none.
func Accepted(t target.Target, role string, r *Relation) *target.Exception {
	i := slices.IndexFunc(t.Exceptions, func(e target.Exception) bool {
		return e.Role == role && e.Policy != "" && matches(e.Object, r.FullName())
	})
	if i < 0 {
		return nil
	}
	return &t.Exceptions[i]
}
