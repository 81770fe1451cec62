package checks

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// source is what the conditions of a trial are made of, functions that they call included.
type source struct {
	text     string
	literals []string
	settings []string            // that they read, without the tenant's
	real     map[string][]*realm // rows of tenants, by tenant
}

// realm is a row that is there.
type realm struct{ values map[string]any }

const (
	literalsTried = 24
	realRows      = 20 // of one tenant
	tablesAsked   = 5  // for rows, where the first have none
)

var (
	literal  = regexp.MustCompile(`'((?:[^']|'')*)'`)
	number   = regexp.MustCompile(`(?:^|[^\w.'-])(-?\d+(?:\.\d+)?)\b`)
	settings = regexp.MustCompile(`(?i)current_setting\(\s*'([^']+)'`)
	listed   = regexp.MustCompile(`^\{(.*)\}$`)
)

// sourceOf reads what the trial's conditions say, and rows of tenants to begin with.
func (a *audit) sourceOf(ctx context.Context, t *trial) (s source, err error) {
	functions, err := a.functions(ctx)
	if err != nil {
		return s, err
	}
	for _, p := range t.policies {
		s.text += "\n" + t.side.condition(p)
	}
	for depth, text := 0, s.text; depth < callsFollowed && text != ""; depth++ {
		more := ""
		for _, f := range called(text, functions) {
			if !strings.Contains(s.text, f.body) {
				more += "\n" + f.body
			}
		}
		s.text += more
		text = more
	}
	for _, m := range settings.FindAllStringSubmatch(s.text, -1) {
		if !strings.EqualFold(m[1], a.target.Tenancy.Setting) && !slices.Contains(s.settings, m[1]) {
			s.settings = append(s.settings, m[1])
		}
	}
	s.addLiterals(a.target.Tenancy.Setting)
	return s, a.findRows(ctx, t, &s)
}

func (s *source) addLiterals(setting string) {
	add := func(value string) {
		if value != setting && !slices.Contains(s.settings, value) && !slices.Contains(s.literals, value) && len(s.literals) < literalsTried {
			s.literals = append(s.literals, value)
		}
	}
	for _, m := range literal.FindAllStringSubmatch(s.text, -1) {
		value := strings.ReplaceAll(m[1], "''", "'")
		if list := listed.FindStringSubmatch(value); list != nil {
			for _, one := range strings.Split(list[1], ",") {
				add(strings.Trim(one, `"`))
			}
			continue
		}
		add(value)
		if plain := strings.Trim(value, "%_^$.*"); plain != value {
			add(plain) // what a pattern lets through
		}
	}
	for _, m := range number.FindAllStringSubmatch(s.text, -1) {
		add(m[1])
	}
}

// findRows reads some rows of some tenants, from the first tables of the trial that have any.
func (a *audit) findRows(ctx context.Context, t *trial, s *source) error {
	tenants, err := a.tenants(ctx)
	if err != nil {
		return err
	}
	s.real = map[string][]*realm{}
	for i, c := range t.cases {
		if i == tablesAsked || len(s.real) > 0 {
			return nil
		}
		if i > 0 && c.table == t.cases[i-1].table {
			continue
		}
		for _, tenant := range tenants {
			rows, err := a.conn.Query(ctx, "SELECT to_jsonb(t)::text FROM "+c.table.SQL()+" AS t WHERE "+c.table.Tenancy.Mine+fmt.Sprintf(" LIMIT %d", realRows), tenant)
			if err != nil {
				return fmt.Errorf("reading rows of %s: %w", c.table.FullName(), err)
			}
			texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				return fmt.Errorf("reading rows of %s: %w", c.table.FullName(), err)
			}
			for _, text := range texts {
				all := map[string]any{}
				decoder := json.NewDecoder(strings.NewReader(text))
				decoder.UseNumber()
				if err := decoder.Decode(&all); err != nil {
					return fmt.Errorf("reading rows of %s: %w", c.table.FullName(), err)
				}
				one := &realm{values: all}
				if c.table != t.table { // other columns are another table's
					one.values = map[string]any{}
					for _, column := range t.columns {
						one.values[column] = all[column]
					}
				}
				s.real[tenant] = append(s.real[tenant], one)
			}
		}
	}
	return nil
}
