package seed

import (
	"fmt"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/world"
)

// keepUnique sees to it that the planned values break no unique key: where none of a key's columns tells its rows apart,
// one that may be changed is: a number counts up, or a reference names the row with the same number.
func (p *planner) keepUnique(t *table, out *world.Table) error {
	for _, k := range t.keys {
		if p.holds(k, out) || p.mend(t, k, out) {
			continue
		}
		return fmt.Errorf("%s: nothing in unique key %s (%s) tells its rows apart: give one of its columns a template with %s, or the table `fixed: 1`, in seed.yaml",
			t.name, k.name, strings.Join(k.columns, ", "), token)
	}
	return nil
}

// holds says whether the rows planned differ in a key's columns.
func (p *planner) holds(k key, out *world.Table) bool {
	tenantTold, withinTenant := false, out.Fixed == 1
	for _, name := range k.columns {
		c, ok := out.Column(name)
		if !ok {
			return true // the server numbers it
		}
		switch c.Kind {
		case world.ID, world.Aligned, world.Null:
			return true // NULLs differ from each other
		case world.Tenant, world.Parent:
			tenantTold = true
		case world.Serial:
			withinTenant = true
		case world.Time:
			withinTenant = withinTenant || c.Type != "date"
		case world.Text:
			if strings.Contains(c.Template, token) {
				return true
			}
			withinTenant = withinTenant || strings.Contains(c.Template, "{n}")
		}
	}
	return tenantTold && withinTenant
}

// mend changes one column so that the key holds. A hint of seed.yaml is never overruled.
func (p *planner) mend(t *table, k key, out *world.Table) bool {
	hints := p.hints(t)
	limits := readChecks(t.checks)
	for _, wanted := range []func(c *world.Column) bool{
		func(c *world.Column) bool {
			if c.Kind != world.Int || limits[c.Name].hi != nil || c.Type == "int2" {
				return false
			}
			c.Kind = world.Serial
			if p.holds(k, out) {
				c.Lo, c.Hi = 0, 0
				return true
			}
			c.Kind = world.Int
			return false
		},
		func(c *world.Column) bool {
			if c.Kind != world.Parent || out.Capped != "" && out.Capped != c.Table {
				return false
			}
			c.Kind, out.Capped = world.Aligned, c.Table
			return true
		},
	} {
		for _, fixedToo := range []bool{false, true} { // a parent with one row per tenant would leave this table with one as well
			for i := range out.Columns {
				c := &out.Columns[i]
				given := hints.Columns[c.Name].Kind != "" || hints.Columns[c.Name].Hi != 0
				if given || !slices.Contains(k.columns, c.Name) || !fixedToo && c.Kind == world.Parent && p.planned(c.Table).Fixed > 0 {
					continue
				}
				if wanted(c) {
					return true
				}
			}
		}
	}
	return false
}

func (p *planner) planned(table string) *world.Table {
	for i := range p.out.Tables {
		if p.out.Tables[i].Name == table {
			return &p.out.Tables[i]
		}
	}
	return nil
}
