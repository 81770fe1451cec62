package seed

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/target"
	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

const token = "{token}"

// fill plans the columns of one table, all but those that the server numbers or that no value can be made for.
func (p *planner) fill(t *table) (world.Table, error) {
	hints := p.hints(t)
	out := world.Table{Name: t.name, Fixed: hints.Fixed}
	if t.name == p.tenants {
		out.Fixed = 1
	}
	refs := map[string]reference{}
	for _, r := range p.references(t) {
		refs[r.from] = r
	}
	limits := readChecks(t.checks)
	for i := range t.columns {
		c := &t.columns[i]
		hint := hints.Columns[c.name]
		planned := world.Column{Name: c.name, Type: c.typ}
		var err error
		r, isRef := refs[c.name]
		switch {
		case hint.Kind == string(world.Null):
			planned.Kind = world.Null
		case !world.Encodes(c.typ) || c.numbered && hint.Kind == "":
			if err = p.leave(t, c); err == nil {
				continue
			}
		case c.name == p.target.Tenancy.Column && hint.Kind == "" && !isRef, t.name == p.tenants && p.isPrimary(t, c):
			planned.Kind = world.Tenant
		case isRef && (hint.Kind == "" || hint.Table != ""):
			err = p.refer(t, c, r, world.Kind(hint.Kind), &planned)
		default:
			err = p.value(c, limits[c.name], hint, &planned)
		}
		if err == nil {
			err = checkKind(c, planned.Kind)
		}
		if err != nil {
			return out, fmt.Errorf("%s.%s (%s): %w", t.name, c.name, c.typ, err)
		}
		out.Columns = append(out.Columns, planned)
	}
	return out, p.keepUnique(t, &out)
}

func (p *planner) isPrimary(t *table, c *column) bool {
	return slices.ContainsFunc(t.keys, func(k key) bool { return k.primary && slices.Equal(k.columns, []string{c.name}) })
}

// leave notes a column that gets its default or NULL from the server.
func (p *planner) leave(t *table, c *column) error {
	switch {
	case c.numbered:
		p.left[t.name+"."+c.name] = "numbered by the server"
	case c.byDefault:
		p.left[t.name+"."+c.name] = "no value of type " + c.typ + " can be made; it has a default"
	case !c.notNull:
		p.left[t.name+"."+c.name] = "no value of type " + c.typ + " can be made; it may be NULL"
	default:
		return fmt.Errorf("no value of this type can be made, and the column has no default and may not be NULL: give the table `skip: <reason>` in seed.yaml")
	}
	return nil
}

// refer plans a column that names rows of another table.
func (p *planner) refer(t *table, c *column, r reference, kind world.Kind, out *world.Column) error {
	if r.table == p.tenants {
		out.Kind = world.Tenant
		return nil
	}
	if placed := slices.ContainsFunc(p.out.Tables, func(w world.Table) bool { return w.Name == r.table }); placed {
		if kind == "" {
			kind = world.Parent
		}
		out.Kind, out.Table = kind, r.table
		if id := p.plannedColumn(r.table, r.column); r.column != "" && id.Kind != world.ID {
			return fmt.Errorf("refers to %s.%s, which is not that table's id: give the column `kind: aligned` and a `table` in seed.yaml, or `kind: \"null\"`", r.table, r.column)
		}
		return nil
	}
	shared := p.tables[r.table] != nil && p.skipped[r.table] != "" && r.column != "" && c.typ != "uuid"
	if shared {
		values, err := p.lookUp(r)
		if err != nil {
			return err
		}
		if len(values) > 0 {
			out.Kind, out.Choices = world.Choice, values
			return nil
		}
	}
	if c.notNull {
		return fmt.Errorf("has to name a row of %s, which is not seeded and has none to choose from: in seed.yaml give %[1]s `fixed: 1`, or %[2]s a `skip`", r.table, t.name)
	}
	out.Kind = world.Null
	return nil
}

func (p *planner) plannedColumn(table, name string) world.Column {
	for i := range p.out.Tables {
		if p.out.Tables[i].Name == table {
			if c, ok := p.out.Tables[i].Column(name); ok {
				return *c
			}
		}
	}
	return world.Column{}
}

// lookUp reads the values of a table that all tenants share.
func (p *planner) lookUp(r reference) (values []string, err error) {
	list, err := made(p.ctx, p.conn, "seed/lookup_statement.sql", r.table, r.column)
	if err != nil {
		return nil, err
	}
	rows, err := p.conn.Query(p.ctx, list)
	if err != nil {
		return nil, fmt.Errorf("reading the values of %s.%s: %w", r.table, r.column, err)
	}
	defer rows.Close()
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			return nil, fmt.Errorf("reading the values of %s.%s: %w", r.table, r.column, err)
		}
		values = append(values, v)
	}
	return values, rows.Err()
}

// value plans a column that holds a value of its own.
func (p *planner) value(c *column, l limit, hint target.SeedColumn, out *world.Column) error {
	p.derive(c, l, out)
	if hint.Kind != "" {
		out.Kind = world.Kind(hint.Kind)
	}
	if len(hint.Choices) > 0 {
		out.Kind, out.Choices, out.Template = world.Choice, hint.Choices, ""
	}
	if hint.Template != "" {
		out.Kind, out.Template, out.Choices = world.Text, hint.Template, nil
	}
	if hint.Lo != 0 || hint.Hi != 0 {
		out.Lo, out.Hi = hint.Lo, hint.Hi
	}
	return p.checkValue(c, out)
}

// derive plans a value from type and constraints alone.
func (p *planner) derive(c *column, l limit, out *world.Column) {
	switch c.typ {
	case "uuid":
		out.Kind = world.ID
	case "bool":
		out.Kind = world.Bool
	case "float8":
		out.Kind = world.Float
	case "date", "timestamp", "timestamptz":
		out.Kind = world.Time
	case "enum":
		out.Kind, out.Choices = world.Choice, c.labels
	case "int2", "int4", "int8":
		out.Kind = world.Int
		out.Lo, out.Hi = l.bounds(0, map[string]int64{"int2": 100, "int4": 10_000, "int8": 1_000_000}[c.typ], 0)
	case "numeric":
		out.Kind, out.Scale = world.Number, 2
		most := int64(1_000_000)
		if c.precision != nil {
			out.Scale = *c.scale
			most = min(most*pow10(out.Scale-2), pow10(*c.precision)-1)
		}
		out.Lo, out.Hi = l.bounds(0, most, out.Scale)
	case "jsonb", "json":
		out.Kind, out.Template = world.Text, `{"canary": "`+token+`"}`
	default: // text, varchar, bpchar, name, _text
		if len(l.choices) > 0 {
			out.Kind, out.Choices = world.Choice, l.choices
			return
		}
		out.Kind, out.Template = world.Text, textFor(c)
	}
}

// textFor is the canary where there is room for it, else what fits.
func textFor(c *column) string {
	switch {
	case c.length == nil || *c.length >= tenant.TokenLen && c.typ != "bpchar":
		return token
	case c.typ == "bpchar": // the server pads it, so the length must be right
		return strings.Repeat("x", *c.length)
	case *c.length >= rowDigits:
		return "{n}"
	default:
		return strings.Repeat("x", *c.length)
	}
}

// rowDigits is how long the number of a seeded row gets at most: a table has at most 2^31 rows of a tenant.
const rowDigits = 10

// checkKind refuses a kind whose values aren't of the column's type: a uuid can't be put in a number.
func checkKind(c *column, kind world.Kind) error {
	kinds, ok := map[string][]world.Kind{
		"uuid": {world.ID, world.Tenant, world.Parent, world.Aligned}, "bool": {world.Bool, world.True, world.False},
		"float8": {world.Float}, "date": {world.Time}, "timestamp": {world.Time}, "timestamptz": {world.Time}, "enum": {world.Choice},
		"int2": {world.Int, world.Serial}, "int4": {world.Int, world.Serial}, "int8": {world.Int, world.Serial}, "numeric": {world.Number},
	}[c.typ]
	if !ok {
		kinds = []world.Kind{world.Text, world.Choice, world.ID, world.Tenant, world.Parent, world.Aligned}
	}
	if kind == world.Null && c.notNull {
		return fmt.Errorf("it may not be NULL; kinds for it are %v", kinds)
	}
	if kind != world.Null && !slices.Contains(kinds, kind) {
		return fmt.Errorf("its values can't be of kind %q; kinds for it are %v: give it one of them in seed.yaml, or the table a skip", kind, kinds)
	}
	return nil
}

// checkValue refuses what the server would refuse, and brings jsonb into the form in which the server gives it back.
func (p *planner) checkValue(c *column, out *world.Column) error {
	if c.typ == "enum" {
		for _, choice := range out.Choices {
			if !slices.Contains(c.labels, choice) {
				return fmt.Errorf("seed.yaml lets it choose %q; the type has %s", choice, strings.Join(c.labels, ", "))
			}
		}
	}
	if c.typ == "jsonb" && out.Kind == world.Text {
		text, err := made(p.ctx, p.conn, "seed/canonical_jsonb.sql", out.Template)
		if err != nil {
			return err
		}
		out.Template = text
	}
	if out.Kind == world.Int || out.Kind == world.Number {
		if top := int64(math.MaxInt16); c.typ == "int2" && out.Hi > top {
			return fmt.Errorf("seed.yaml goes up to %d; int2 ends at %d", out.Hi, top)
		}
	}
	return nil
}

func pow10(n int) int64 {
	out := int64(1)
	for range max(n, 0) {
		if out > math.MaxInt64/100 {
			break
		}
		out *= 10
	}
	return out
}
