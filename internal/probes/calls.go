package probes

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
)

// function is one that a confined role may execute.
type function struct {
	schema, name, signature, kind string
	types                         []string
	definer                       bool
	owner                         string
	variadic                      bool
	body                          string
}

func (f function) mend(role string) string {
	word := "FUNCTION"
	switch f.kind {
	case "p":
		word = "PROCEDURE"
	case "a":
		word = "ROUTINE"
	}
	if f.definer {
		return "ALTER " + word + " " + f.signature + " SECURITY INVOKER;"
	}
	return "REVOKE EXECUTE ON " + word + " " + f.signature + " FROM PUBLIC, " + identifier(role) + ";"
}

// call is a function with arguments, each as text.
type call struct {
	function function
	sql      string
	args     []any
}

const (
	callsMax      = 60 // of one function
	valuesOfTypes = 24 // of one argument
)

// functions that a role may execute, but for the one by which the application sets its tenant: that it takes any is by design.
func (a *Attack) functions(ctx context.Context, role string) (all []function, err error) {
	rows, err := a.boss.Query(ctx, text("callable.sql"), pgx.QueryExecModeExec, role)
	if err != nil {
		return nil, err
	}
	var f function
	_, err = pgx.ForEachRow(rows, []any{&f.schema, &f.name, &f.signature, &f.kind, &f.types, &f.definer, &f.owner, &f.variadic, &f.body}, func() error {
		one := f
		one.types = slices.Clone(f.types)
		if !strings.Contains(a.Target.Tenancy.Set, one.schema+"."+one.name+"(") {
			all = append(all, one)
		}
		return nil
	})
	return all, err
}

// material is what arguments are made of: the victim's id, ids and texts of its rows, names of tenants' tables.
type material struct {
	victim        string
	ids, texts    []string
	tables, query []string
	rows          map[string][]string                  // rows as text, by type
	ofTable       map[*catalog.Relation]map[string]any // a row of the victim's
}

// gather takes material from a victim's rows.
func (a *Attack) gather(ctx context.Context, victim string) (m material, err error) {
	m = material{victim: victim, rows: map[string][]string{}, ofTable: map[*catalog.Relation]map[string]any{}}
	for _, r := range a.Catalog.TenantTables() {
		m.tables = append(m.tables, r.FullName())
		m.query = append(m.query, "SELECT count(*) FROM "+r.SQL())
		row, err := a.row(ctx, r, victim)
		if err != nil {
			return m, err
		}
		m.ofTable[r] = row
		for _, c := range r.Columns {
			v, is := row[c.Name].(string)
			if !is || v == "" {
				continue
			}
			if _, id := parse(v); id && len(m.ids) < 12 && v != victim && !slices.Contains(m.ids, v) {
				m.ids = append(m.ids, v)
			} else if _, id := parse(v); !id && len(m.texts) < 12 && (strings.Contains(c.Name, "name") || strings.Contains(c.Name, "mail") || strings.Contains(c.Name, "code")) {
				m.texts = append(m.texts, v)
			}
		}
	}
	return m, nil
}

// about is the material with what concerns the tables that a function's body names in front.
func (m material) about(body string) material {
	var ids, texts, tables, query []string
	for r, row := range m.ofTable {
		if !named(body, r.Name) {
			continue
		}
		tables = append(tables, r.FullName())
		query = append(query, "SELECT count(*) FROM "+r.SQL())
		for _, c := range r.Columns {
			if v, is := row[c.Name].(string); is && v != "" && v != m.victim {
				if _, id := parse(v); id && c.Type == "uuid" {
					ids = append(ids, v)
				} else if named(body, c.Name) {
					texts = append(texts, v)
				}
			}
		}
	}
	for _, list := range []*[]string{&ids, &texts, &tables, &query} {
		slices.Sort(*list)
	}
	m.ids, m.texts = slices.Concat(ids, m.ids), slices.Concat(texts, m.texts)
	m.tables, m.query = slices.Concat(tables, m.tables), slices.Concat(query, m.query)
	return m
}

// named tells whether a text has a name as a word.
func named(text, name string) bool {
	return slices.Contains(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), strings.ToLower(name))
}

// values are arguments of a type to try; nil is NULL.
func (m material) values(typ string, tenantType string) (all []any) {
	add := func(values ...string) {
		for _, v := range values {
			all = append(all, v)
		}
	}
	element, array := strings.CutSuffix(typ, "[]")
	switch {
	case array:
		add("{}")
		for _, v := range m.values(element, tenantType) {
			if s, ok := v.(string); ok && len(all) < 6 {
				add(`{"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"}`)
			}
		}
	case typ == "uuid":
		if tenantType == typ {
			add(m.victim)
		}
		add(m.ids...)
		add("00000000-0000-0000-0000-000000000000")
	case typ == "text", strings.HasPrefix(typ, "character"), typ == "name", typ == "citext", typ == "cstring", typ == "anyelement", typ == "\"any\"":
		add("", "%", m.victim)
		add(m.texts[:min(7, len(m.texts))]...)
		add(m.query[:min(3, len(m.query))]...)
		add(m.tables[:min(3, len(m.tables))]...)
		add("a", "x' OR true --", "active")
		add(m.ids[:min(3, len(m.ids))]...)
	case slices.Contains([]string{"smallint", "integer", "bigint", "numeric", "real", "double precision", "money"}, typ):
		if tenantType == typ {
			add(m.victim)
		}
		add("0", "1", "-1")
		if typ == "smallint" {
			add("32000")
		} else {
			add("1000000000", "100")
		}
	case typ == "boolean":
		add("true", "false")
	case typ == "date", strings.HasPrefix(typ, "timestamp"):
		add("1900-01-01", "2100-01-01", "2025-06-01")
	case strings.HasPrefix(typ, "time"):
		add("00:00", "12:00")
	case typ == "interval":
		add("0", "1000 years", "-1000 years")
	case typ == "json", typ == "jsonb":
		add("{}", "[]", `{"tenant_id": "`+m.victim+`"}`, `"`+m.victim+`"`)
	case typ == "regclass":
		add(m.tables[:min(6, len(m.tables))]...)
	case typ == "inet", typ == "cidr":
		add("0.0.0.0/0")
	case typ == "oid":
		add("0", "1259")
	}
	all = append(all, anySlice(m.rows[typ])...)
	if len(all) > valuesOfTypes {
		all = all[:valuesOfTypes]
	}
	return append(all, nil)
}

func anySlice(texts []string) (all []any) {
	for _, t := range texts {
		all = append(all, t)
	}
	return all
}

// calls of a function: all combinations of values where they are few, otherwise some of them that leave no value out.
func (a *Attack) calls(ctx context.Context, f function, m material, most int) (all []call, err error) {
	tenantType := ""
	for _, r := range a.Catalog.TenantTables() {
		if c := r.Column(r.Tenancy.Column); c != nil {
			tenantType = c.Type
			break
		}
	}
	m = m.about(f.body)
	var choice [][]any
	product, longest := 1, 1
	for _, typ := range f.types {
		if err := a.rowsOf(ctx, m, typ); err != nil {
			return nil, err
		}
		values := m.values(typ, tenantType)
		choice = append(choice, values)
		product, longest = min(product*len(values), 1<<20), max(longest, len(values))
	}
	random := rand.New(rand.NewPCG(a.Seed, uint64(len(f.signature))))
	for i := range min(product, most) {
		var args []any
		rest := i
		for _, values := range choice {
			switch {
			case product <= most:
				args = append(args, values[rest%len(values)])
				rest /= len(values)
			case i < longest:
				args = append(args, values[i%len(values)])
			default:
				args = append(args, values[random.IntN(len(values))])
			}
		}
		all = append(all, call{f, f.statement(), args})
	}
	return all, nil
}

// rowsOf adds rows of a type that is a table's, as arguments.
func (a *Attack) rowsOf(ctx context.Context, m material, typ string) error {
	name := strings.ReplaceAll(typ, `"`, "")
	i := slices.IndexFunc(a.Catalog.Relations, func(r *catalog.Relation) bool { return r.FullName() == name || r.Name == name })
	if i < 0 || m.rows[typ] != nil {
		return nil
	}
	rows, err := a.boss.Query(ctx, "SELECT t::text FROM "+a.Catalog.Relations[i].SQL()+" AS t LIMIT 3")
	if err != nil {
		return err
	}
	m.rows[typ], err = pgx.CollectRows(rows, pgx.RowTo[string])
	return err
}

// statement calls a function with parameters in place of its arguments and gives texts.
func (f function) statement() string {
	var args []string
	for i, typ := range f.types {
		if typ == "anyelement" || typ == "\"any\"" || typ == "anynonarray" {
			typ = "text"
		}
		arg := fmt.Sprintf("CAST($%d::text AS %s)", i+1, typ)
		if f.variadic && i == len(f.types)-1 {
			arg = "VARIADIC " + arg
		}
		args = append(args, arg)
	}
	called := pgx.Identifier{f.schema, f.name}.Sanitize() + "(" + strings.Join(args, ", ") + ")"
	if f.kind == "p" {
		return "CALL " + called
	}
	return "SELECT (" + called + ")::text LIMIT 200"
}
