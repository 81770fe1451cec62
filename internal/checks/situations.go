package checks

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// situations are what an attacker's session may have set: its own tenant, then what conditions may take for special, then the other settings
// that they read.
func (a *audit) situations(t *trial, s source, tenants []string) (all []situation) {
	setting := a.target.Tenancy.Setting
	own := []string{tenants[0], tenants[len(tenants)-1]}
	for _, tenant := range own {
		all = append(all, situation{tenant: tenant, words: "with another tenant set"})
	}
	values := []string{"", "%", "_", "*", "all", "any", "null", "none", "0", "-1", "00000000-0000-0000-0000-000000000000", "true", "on", "admin", "public", t.role, "garbage'"}
	for _, n := range []int{1, 8} {
		if len(tenants[1]) > n {
			values = append(values, tenants[1][:n])
		}
	}
	values = append(values, s.literals...)
	for i, v := range values {
		if !slices.Contains(values[:i], v) && !slices.Contains(tenants, v) {
			all = append(all, situation{tenant: v, words: fmt.Sprintf("with %s = '%s'", setting, v)})
		}
	}
	if len(s.settings) == 0 {
		return all
	}
	others := slices.Concat([]string{"on", "true", "1", "yes", "t", "*", "all", "admin", t.role, tenants[1], "", "0"}, s.literals, s.values(t.columns))
	for _, tenant := range []string{tenants[0], ""} {
		for _, v := range others {
			together := map[string]string{}
			for _, name := range s.settings {
				together[name] = v
				all = append(all, situation{tenant: tenant, settings: map[string]string{name: v}, words: fmt.Sprintf("with %s = '%s'", name, v)})
			}
			if len(together) > 1 {
				all = append(all, situation{tenant: tenant, settings: maps.Clone(together), words: fmt.Sprintf("with %s = '%s'", strings.Join(s.settings, ", "), v)})
			}
		}
	}
	return all
}

// values are those of real rows in some columns, as texts: what a setting may be compared with.
func (s *source) values(columns []string) (texts []string) {
	for _, rows := range s.real {
		for _, name := range columns {
			v := rows[0].values[name]
			if text := fmt.Sprint(v); v != nil && len(text) < 200 && !slices.Contains(texts, text) {
				texts = append(texts, text)
			}
		}
	}
	slices.Sort(texts)
	return texts
}

var (
	// chancy are conditions that let some rows through and not others, by contents that nobody would guess, or by time.
	chancy = regexp.MustCompile(`(?i)random|hash|md5|sha\d|crc|%|\bmod\(|substr|\bleft\(|\bright\(|get_byte|width_bucket|date_part|extract\(|` + clockWords + `|` + placeWords)
	clock  = regexp.MustCompile(`(?i)` + clockWords)
	place  = regexp.MustCompile(`(?i)(?:pg_catalog\.)?` + placeWords)
)

const (
	clockWords = `\b(?:pg_catalog\.)?(?:now|clock_timestamp|statement_timestamp|transaction_timestamp)\(\)|\bCURRENT_TIMESTAMP\b|\bLOCALTIMESTAMP\b|\bCURRENT_DATE\b|\bCURRENT_TIME\b|\bLOCALTIME\b`
	placeWords = `\binet_(?:client|server)_(?:addr|port)\(\)`
	chances    = 30000 // rows made up, each some time after the other: two years, and all hours and minutes of a day
)

// byChance tries conditions that go by contents, time or chance on many made-up rows of one other tenant.
func (a *audit) byChance(ctx context.Context, t *trial, s source, tenants []string) error {
	permissive := t.permissive()
	text := s.text
	if len(permissive) == 0 || !chancy.MatchString(text) && len(s.settings) == 0 {
		return nil
	}
	base := map[string]any{}
	if column := t.table.Tenancy.Column; column != "" {
		base[column] = tenants[1]
	}
	if real := s.real[tenants[1]]; len(real) > 0 {
		base = real[0].values
	} else if len(base) == 0 {
		return nil
	}
	data, err := json.Marshal(base)
	if err != nil {
		return err
	}
	return a.inSavepoint(ctx, "chance", func() error {
		if err := a.become(ctx, t.role); err != nil {
			return err
		}
		if err := a.enter(ctx, situation{tenant: tenants[0]}); err != nil {
			return err
		}
		for _, p := range permissive {
			if shut, err := a.shut(ctx, t, p, string(data)); err != nil {
				return err
			} else if shut {
				continue
			}
			for _, condition := range append(s.fromPlaces(t.formula(p)), s.granted(t.formula(p))...) {
				var passed int64
				err := a.inSavepoint(ctx, "many", func() error {
					return a.conn.QueryRow(ctx, t.manyRows(condition), string(data), chances).Scan(&passed)
				})
				if err != nil && !ofValues(err) {
					return fmt.Errorf("trying the policies of %s as %s on many rows: %w", t.table.FullName(), t.role, err)
				}
				if passed > 0 {
					t.opened = append(t.opened, opening{policy: p, beside: len(permissive) > 1,
						witness: "some rows of any tenant pass, by their contents, by time, by where the client is, by what a session has set, or by chance"})
					break
				}
			}
		}
		return nil
	})
}

// shut tells of a policy that goes by nothing but the tenant, and keeps this row back, that it keeps back all rows of its tenant, however many
// are made up.
func (a *audit) shut(ctx context.Context, t *trial, p *policy, row string) (bool, error) {
	condition, column := t.side.condition(p), t.table.Tenancy.Column
	if column == "" || len(p.reads) > 0 || slices.ContainsFunc(p.columns, func(c string) bool { return c != column }) || chancy.MatchString(condition) ||
		len(called(condition, a.facts.functions)) > 0 || slices.Contains(word.FindAllString(condition, -1), t.table.Name) {
		return false, nil
	}
	for _, m := range settings.FindAllStringSubmatch(condition, -1) {
		if !strings.EqualFold(m[1], a.target.Tenancy.Setting) {
			return false, nil
		}
	}
	passed := 1
	err := a.inSavepoint(ctx, "one", func() error {
		return a.conn.QueryRow(ctx, "SELECT count(*) FROM ("+t.statement(condition)+") AS passed", "["+row+"]").Scan(&passed)
	})
	if err != nil && !ofValues(err) {
		return false, fmt.Errorf("trying the policies of %s as %s on a row: %w", t.table.FullName(), t.role, err)
	}
	return err == nil && passed == 0, nil
}

// fromPlaces are a condition as it is, and as clients elsewhere have it: at the server's own socket, where addresses are NULL, and at those that
// it names.
func (s *source) fromPlaces(condition string) []string {
	all := []string{condition}
	if !place.MatchString(condition) {
		return all
	}
	for _, at := range append([]string{""}, s.literals...) {
		value := "NULL"
		if at != "" {
			address, _, _ := strings.Cut(at, "/")
			if _, err := netip.ParseAddr(address); err != nil {
				continue
			}
			value = quoteLiteral(address)
		}
		all = append(all, place.ReplaceAllStringFunc(condition, func(word string) string {
			if strings.Contains(strings.ToLower(word), "port") {
				return "NULL::int"
			}
			return value + "::inet"
		}))
	}
	return all
}

// manyRows counts those of $2 made-up rows that a condition lets through: $1 with other contents in each, at another time each.
func (t *trial) manyRows(condition string) string {
	made := "$1::jsonb"
	for _, name := range t.columns {
		c := t.table.Column(name)
		if c == nil || name == t.table.Tenancy.Column || t.table.Tenancy.Column == "" {
			continue
		}
		value := ""
		switch {
		case c.Type == "uuid":
			value = "pg_catalog.gen_random_uuid()"
		case whole.MatchString(c.Type), strings.HasPrefix(c.Type, "double"), c.Type == "real":
			value = "place"
		case strings.HasPrefix(c.Type, "timestamp"), c.Type == "date":
			value = "pg_catalog.now() + place * interval '37 minutes 13 seconds'"
		case c.Type == "text", strings.HasPrefix(c.Type, "character varying"):
			value = "pg_catalog.left(pg_catalog.md5(place::text), 12)"
		default:
			continue
		}
		made += " || pg_catalog.jsonb_build_object(" + quoteLiteral(name) + ", " + value + ")"
	}
	condition = clock.ReplaceAllStringFunc(condition, func(word string) string {
		kind := "timestamptz"
		switch strings.ToUpper(word) {
		case "LOCALTIMESTAMP":
			kind = "timestamp"
		case "CURRENT_DATE":
			kind = "date"
		case "CURRENT_TIME":
			kind = "timetz"
		case "LOCALTIME":
			kind = "time"
		}
		return "(many.moment)::" + kind
	})
	return "SELECT count(*) FROM (SELECT pg_catalog.clock_timestamp() + place * interval '37 minutes 13 seconds' AS moment, " + made + " AS value" +
		" FROM pg_catalog.generate_series(1, $2::int) AS place) AS many" +
		" CROSS JOIN LATERAL pg_catalog.jsonb_populate_record(NULL::" + t.table.SQL() + ", many.value) AS " + quote(t.table.Name) + " WHERE " + condition
}

func quoteLiteral(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// ownRows looks whether tenants see rows of their own: policies that hide them all are an outage.
func (a *audit) ownRows(ctx context.Context, t *trial, s source) error {
	permissive := t.permissive()
	if len(s.real) == 0 || t.excepted {
		return nil
	}
	if len(permissive) == 0 {
		t.denied = "no policy lets it see any row, though tenants have some"
		return nil
	}
	return a.inSavepoint(ctx, "own", func() error {
		if err := a.stage(ctx, t.role); err != nil {
			return err
		}
		for tenant, real := range s.real {
			rows := make([]row, len(real))
			for i, r := range real {
				rows[i] = row{owner: tenant, values: r.values}
			}
			own := situation{tenant: tenant, words: "with its own tenant set"}
			passed, err := a.passing(ctx, t, own, t.formula(permissive...), &made{rows: rows})
			if err != nil {
				return err
			}
			if passed != nil {
				return nil
			}
		}
		t.denied = "its policies hide the rows of tenants from their own"
		return nil
	})
}
