package checks

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/catalog"
)

const (
	rowsMade   = 1500 // of one trial
	productMax = 400  // of all candidates of all columns
)

// rowsOf makes up rows of other tenants: as they are, and with every column that decides at each of its candidates, alone and together.
func (a *audit) rowsOf(ctx context.Context, t *trial, s source, tenants []string) (rows []row, err error) {
	column := t.table.Tenancy.Column
	for _, tenant := range tenants {
		switch real := s.real[tenant]; {
		case len(real) > 0:
			rows = append(rows, row{owner: tenant, values: real[0].values})
		case column != "":
			rows = append(rows, row{owner: tenant, values: map[string]any{column: tenant}})
		}
	}
	if len(rows) == 0 {
		rows = append(rows, row{values: map[string]any{}, changes: []string{"nothing in it"}})
	}
	bases := slices.Clone(rows)
	var names []string
	candidates := map[string][]any{}
	for _, name := range t.columns {
		c := t.table.Column(name)
		if c == nil {
			continue
		}
		values, err := a.valid(ctx, t.table, c, a.candidates(c, t.role, s))
		if err != nil {
			return nil, err
		}
		if name == column {
			rows = append(rows, a.otherTenants(bases, c, values, tenants)...)
			continue
		}
		names, candidates[name] = append(names, name), values
	}
	for i, b := range bases {
		made := combined(b, names, candidates, column == "")
		if i > 0 && len(rows)+len(made) > rowsMade {
			break
		}
		rows = append(rows, made...)
	}
	slices.SortStableFunc(rows, func(x, y row) int { return len(x.changes) - len(y.changes) })
	return rows, nil
}

// otherTenants are rows of tenants that conditions may take for special: none, named ones, and such as look like another.
func (a *audit) otherTenants(bases []row, c *catalog.Column, values []any, tenants []string) (rows []row) {
	for _, v := range values {
		values := maps.Clone(bases[0].values)
		values[c.Name] = v
		r := row{values: values, changes: []string{"no tenant"}}
		if v != nil {
			r.owner = strings.ToLower(fmt.Sprint(v))
			r.changes = []string{c.Name + " = " + shown(v)}
		}
		if slices.Contains(tenants, r.owner) {
			continue
		}
		rows = append(rows, r)
	}
	for _, like := range alike(tenants[0], c.Type) {
		values := maps.Clone(bases[0].values)
		values[c.Name] = like
		rows = append(rows, row{owner: like, values: values, changes: []string{c.Name + " much like the one set"}})
	}
	return rows
}

// alike are tenants that differ little from one.
func alike(tenant, kind string) []string {
	switch {
	case kind == "uuid" && len(tenant) == 36:
		flip := func(i int) string {
			c := byte('0')
			if tenant[i] == c {
				c = '1'
			}
			return tenant[:i] + string(c) + tenant[i+1:]
		}
		return []string{flip(0), flip(35)}
	case whole.MatchString(kind):
		return []string{tenant + "0", "1" + tenant}
	default:
		return []string{tenant + "x", strings.ToUpper(tenant) + " "}
	}
}

var whole = regexp.MustCompile(`^(small|big)?int(eger)?|^numeric`)

// combined gives a base's rows with each candidate, and with several where that is few enough.
func combined(base row, names []string, candidates map[string][]any, owners bool) (rows []row) {
	total := 1
	for _, n := range names {
		if total *= len(candidates[n]) + 1; total > productMax {
			break
		}
	}
	with := func(from row, name string, v any) row {
		r := row{owner: from.owner, values: maps.Clone(from.values), changes: append(slices.Clone(from.changes), name+" = "+shown(v))}
		r.values[name] = v
		if owners { // such a column leads to the tenant, so the row is nobody's now
			r.owner = ""
		}
		return r
	}
	last := []row{base}
	for depth := 0; depth < len(names) && (depth < 2 || total <= productMax); depth++ {
		var next []row
		for _, from := range last {
			for i, name := range names {
				if depth > 0 && i <= slices.Index(names, lastChanged(from)) {
					continue // each set of columns once
				}
				for _, v := range candidates[name] {
					if len(rows)+len(next) < rowsMade {
						next = append(next, with(from, name, v))
					}
				}
			}
		}
		rows, last = append(rows, next...), next
	}
	return rows
}

func lastChanged(r row) string {
	name, _, _ := strings.Cut(r.changes[len(r.changes)-1], " = ")
	return name
}

func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case string:
		return "'" + v + "'"
	}
	data, _ := json.Marshal(v)
	return string(data)
}

// candidates are values of a column that conditions often take for special, and those that these conditions name.
func (a *audit) candidates(c *catalog.Column, role string, s source) (values []any) {
	if !c.NotNull {
		values = append(values, nil)
	}
	texts := func(more ...string) {
		for _, m := range append(more, s.literals...) {
			values = append(values, m)
		}
	}
	switch kind := c.Type; {
	case kind == "boolean":
		return append(values, true, false)
	case kind == "uuid":
		values = append(values, "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff")
		for _, l := range s.literals {
			if uuid.MatchString(l) {
				values = append(values, strings.ToLower(l))
			}
		}
	case whole.MatchString(kind), strings.HasPrefix(kind, "double"), kind == "real":
		values = append(values, json.Number("0"), json.Number("-1"), json.Number("1"), json.Number("32767"))
		for _, l := range s.literals {
			if decimal.MatchString(l) && len(l) < 18 {
				values = append(values, json.Number(l), json.Number(strings.TrimPrefix("-"+l, "--")), json.Number(l+"9"))
			}
		}
	case strings.HasPrefix(kind, "timestamp"), kind == "date":
		texts("infinity", "-infinity", "now")
	case strings.HasSuffix(kind, "[]"):
		values = append(values, []any{})
		for _, l := range append(s.literals, role) {
			values = append(values, []any{l})
		}
	case strings.HasPrefix(kind, "json"):
		values = append(values, map[string]any{}, []any{})
		for i, l := range s.literals[:min(len(s.literals), 6)] {
			values = append(values, map[string]any{l: true}, map[string]any{l: "true"})
			if i > 0 {
				values = append(values, map[string]any{s.literals[i-1]: l}, map[string]any{l: s.literals[i-1]})
			}
		}
	case strings.HasPrefix(kind, "character"), kind == "text", kind == "name", kind == "citext":
		texts("", "%", "*", role)
	default:
		texts()
	}
	return values
}

var (
	uuid    = regexp.MustCompile(`(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	decimal = regexp.MustCompile(`^-?(0\.\d+|[1-9]\d*(\.\d+)?)$`)
	plain   = regexp.MustCompile(`^(boolean|uuid|text|name|character varying|jsonb?)$`)
)

// valid leaves out the candidates that the column's type doesn't take.
func (a *audit) valid(ctx context.Context, table *catalog.Relation, c *catalog.Column, candidates []any) (good []any, err error) {
	for _, v := range candidates {
		if v == nil || plain.MatchString(c.Type) {
			good = append(good, v)
			continue
		}
		data, err := json.Marshal(map[string]any{c.Name: v})
		if err != nil {
			return nil, err
		}
		err = a.inSavepoint(ctx, "candidate", func() error {
			var ok bool
			return a.conn.QueryRow(ctx, "SELECT true FROM pg_catalog.jsonb_populate_record(NULL::"+table.SQL()+", $1::jsonb)", string(data)).Scan(&ok)
		})
		switch {
		case err == nil:
			good = append(good, v)
		case !ofValues(err):
			return nil, err
		}
	}
	return good, nil
}
