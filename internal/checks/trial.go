package checks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/engardehq/bulkhead/internal/catalog"
)

// trial holds the policies of a role, on one side, against rows of other tenants.
type trial struct {
	role     string
	table    *catalog.Relation // the one that they are tried on
	side     side
	policies []*policy // those that apply and aren't excepted
	excepted bool      // an exception lets the role see all
	columns  []string  // that decide
	key      string
	cases    []trialCase // all tables and sides that it stands for

	opened []opening
	swept  map[string]int // how often rows were tried one by one, by SQLSTATE
	denied string         // how own rows are withheld; "" where they aren't
}

type trialCase struct {
	table *catalog.Relation
	side  side
}

// opening is a policy that lets a row of another tenant through.
type opening struct {
	policy  *policy
	beside  bool // another permissive policy keeps the tenants apart
	witness string
}

// row is a made-up row: whose it is, its columns that decide, and how it differs from what the tenant has.
type row struct {
	owner   string // "" for nobody's
	values  map[string]any
	changes []string
}

// made are made-up rows with their JSON, which is the same in each situation.
type made struct {
	rows []row
	data string
}

func (m *made) json() (string, error) {
	if m.data == "" {
		values := make([]map[string]any, len(m.rows))
		for i, r := range m.rows {
			values[i] = r.values
		}
		data, err := json.Marshal(values)
		if err != nil {
			return "", err
		}
		m.data = string(data)
	}
	return m.data, nil
}

// situation is what a session has set.
type situation struct {
	tenant   string // of the context; own where it is one of the tenants
	unset    bool
	settings map[string]string // others
	words    string
}

// hold runs all trials: first those of a session that has set nothing, because once a setting was set it never is again.
func (a *audit) hold(ctx context.Context, trials []*trial) error {
	tenants, err := a.tenants(ctx)
	if err != nil {
		return err
	}
	var failed []error
	rows := make([][]row, len(trials))
	sources := make([]source, len(trials))
	for i, t := range trials {
		if sources[i], err = a.sourceOf(ctx, t); err != nil {
			return err
		}
		if rows[i], err = a.rowsOf(ctx, t, sources[i], tenants); err != nil {
			failed = append(failed, err)
		}
	}
	unset, err := a.neverSet(ctx)
	if err != nil {
		return err
	}
	for pass, situations := range [][]situation{{{unset: true, words: "with no tenant set"}}, nil} {
		for i, t := range trials {
			if pass == 0 && !unset || len(t.permissive()) == 0 {
				continue
			}
			if pass == 1 {
				situations = a.situations(t, sources[i], tenants)
			}
			if err := a.tryAll(ctx, t, rows[i], situations); err != nil {
				failed = append(failed, err)
			}
		}
	}
	for i, t := range trials {
		if len(t.opened) == 0 {
			if err := a.byChance(ctx, t, sources[i], tenants); err != nil {
				failed = append(failed, err)
			}
		}
		if len(t.opened) == 0 {
			a.freeBranches(t, a.facts.functions)
		}
		if t.stands("SELECT") {
			if err := a.ownRows(ctx, t, sources[i]); err != nil {
				failed = append(failed, err)
			}
		}
	}
	return errors.Join(failed...)
}

func (t *trial) stands(command string) bool {
	return slices.ContainsFunc(t.cases, func(c trialCase) bool { return c.side.command == command })
}

func (t *trial) permissive() (out []*policy) {
	for _, p := range t.policies {
		if p.permissive {
			out = append(out, p)
		}
	}
	return out
}

// formula is the condition of these permissive policies with all restrictive ones.
func (t *trial) formula(permissive ...*policy) string {
	var either, all []string
	for _, p := range permissive {
		either = append(either, "("+t.side.condition(p)+")")
	}
	for _, p := range t.policies {
		if !p.permissive {
			all = append(all, "("+t.side.condition(p)+")")
		}
	}
	return strings.Join(append([]string{"(" + strings.Join(either, " OR ") + ")"}, all...), " AND ")
}

// statement gives the places of those rows of the JSON array $1 that a condition lets through. The row has the table's name, because
// that is how sub-queries speak of it.
func (t *trial) statement(condition string) string {
	return "SELECT made.place::int FROM pg_catalog.jsonb_array_elements($1::jsonb) WITH ORDINALITY AS made(value, place)" +
		" CROSS JOIN LATERAL pg_catalog.jsonb_populate_record(NULL::" + t.table.SQL() + ", made.value) AS " + quote(t.table.Name) +
		" WHERE " + condition + " ORDER BY 1"
}

// tryAll looks for situations in which a row passes whose tenant isn't the one that is set.
func (a *audit) tryAll(ctx context.Context, t *trial, rows []row, situations []situation) error {
	return a.inSavepoint(ctx, "trial", func() error {
		if err := a.stage(ctx, t.role); err != nil {
			return err
		}
		var failed error
		foreign := map[string]*made{} // rows that aren't the tenant's, by tenant; most situations have none
		for _, s := range situations {
			if len(t.opened) > 0 {
				return nil
			}
			tenant := s.tenant
			if !slices.ContainsFunc(rows, func(r row) bool { return r.owner == tenant }) {
				tenant = ""
			}
			if foreign[tenant] == nil {
				foreign[tenant] = &made{rows: slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r.owner == tenant && tenant != "" })}
			}
			passed, err := a.passing(ctx, t, s, t.formula(t.permissive()...), foreign[tenant])
			if err != nil {
				failed = err
				continue
			}
			if passed == nil {
				continue
			}
			if err := a.blame(ctx, t, s, *passed); err != nil {
				return err
			}
		}
		return failed
	})
}

// stage becomes a role, and makes the savepoint that situations go back to.
func (a *audit) stage(ctx context.Context, role string) error {
	if err := a.become(ctx, role); err != nil {
		return err
	}
	_, err := a.conn.Exec(ctx, "SAVEPOINT situation")
	return err
}

// blame finds which policies let a row through, each by itself.
func (a *audit) blame(ctx context.Context, t *trial, s situation, r row) error {
	permissive := t.permissive()
	var guilty []*policy
	for _, p := range permissive {
		passed, err := a.passing(ctx, t, s, t.formula(p), &made{rows: []row{r}})
		if err == nil && passed != nil {
			guilty = append(guilty, p)
		}
	}
	what := "any row"
	if len(r.changes) > 0 {
		what = "a row with " + strings.Join(r.changes, ", ")
	}
	for _, p := range guilty {
		t.opened = append(t.opened, opening{policy: p, beside: len(guilty) < len(permissive), witness: what + " passes " + s.words})
	}
	return nil
}

const (
	rowsOneByOne     = 64 // tried alone where they fail together
	sweepsOfOneError = 2  // after which the same error is taken to come of the setting
)

// passing gives the plainest row that passes in a situation, nil where none does. An error of the condition keeps rows back; those that
// fail together are tried one by one, because another may pass.
func (a *audit) passing(ctx context.Context, t *trial, s situation, condition string, of *made) (*row, error) {
	rows := of.rows
	places, err := a.evaluate(ctx, t, s, condition, of)
	if len(places) > 0 {
		return &rows[places[0]-1], nil
	}
	if err == nil || !ofValues(err) {
		return nil, err
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) && len(rows) > 1 {
		if t.swept == nil {
			t.swept = map[string]int{}
		}
		if t.swept[pg.Code]++; t.swept[pg.Code] > sweepsOfOneError {
			return nil, nil // as before: what is set doesn't convert, whatever the row
		}
	}
	if len(rows) == 1 {
		return nil, nil
	}
	return a.passingAlone(ctx, t, s, condition, rows[:min(len(rows), rowsOneByOne)])
}

// ofValues tells errors that values bring about, as an application would get them too: of data, of rights, raised ones.
func ofValues(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	class := pg.Code[:2]
	return class == "22" || class == "P0" || class == "23" || pg.Code == "42501" || pg.Code == "42704" || pg.Code == "21000" || pg.Code == "25006"
}

// evaluate gives the places of the rows that pass. The caller has become the role and made the savepoint "situation".
func (a *audit) evaluate(ctx context.Context, t *trial, s situation, condition string, of *made) (places []int, err error) {
	if len(of.rows) == 0 {
		return nil, nil
	}
	data, err := of.json()
	if err != nil {
		return nil, err
	}
	places, err = a.placesIn(ctx, t, s, condition, data)
	if err != nil || len(s.settings) > 0 { // what one situation sets beside the tenant isn't the next one's
		if _, rerr := a.conn.Exec(ctx, "ROLLBACK TO SAVEPOINT situation"); rerr != nil {
			return nil, errors.Join(err, rerr)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("trying the policies of %s as %s %s: %w", t.table.FullName(), t.role, s.words, err)
	}
	return places, nil
}

func (a *audit) placesIn(ctx context.Context, t *trial, s situation, condition, rows string) ([]int, error) {
	if err := a.enter(ctx, s); err != nil {
		return nil, err
	}
	found, err := a.conn.Query(ctx, t.statement(condition), rows)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(found, pgx.RowTo[int])
}

// enter sets what a situation says.
func (a *audit) enter(ctx context.Context, s situation) error {
	if s.unset {
		return nil
	}
	if _, err := a.conn.Exec(ctx, "SELECT pg_catalog.set_config($1, $2, true)", a.target.Tenancy.Setting, s.tenant); err != nil {
		return err
	}
	for name, value := range s.settings {
		if _, err := a.conn.Exec(ctx, "SELECT pg_catalog.set_config($1, $2, true)", name, value); err != nil {
			return err
		}
	}
	return nil
}

// neverSet tells whether the setting was never set in this session.
func (a *audit) neverSet(ctx context.Context) (never bool, err error) {
	return never, a.conn.QueryRow(ctx, "SELECT pg_catalog.current_setting($1, true) IS NULL", a.target.Tenancy.Setting).Scan(&never)
}
