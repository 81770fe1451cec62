package checks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/target"
)

// Report is what an audit found, and all that it looked at.
type Report struct {
	Findings []result.Finding
	Checks   []result.Check
}

// look is a check that takes more than one statement.
type look struct {
	name     string
	doc      string
	channels []string
	units    string
	run      func(ctx context.Context, a *audit) error
}

// looks are all of them, in the order of reports.
var looks = []look{
	{"policies", "policies tried on made-up rows of others, with every value and setting that they name", []string{"S05", "S06", "W01", "W02"}, "tables", policiesByTrial},
	{"views", "views that read with their owner's rights, tried as the applications", []string{"S07"}, "relations", viewsByTrial},
	{"definer_functions", "SECURITY DEFINER functions that applications may call", []string{"S08"}, "functions", definerFunctions},
	{"triggers_and_rules", "what triggers and rules on tenants' tables do with the rows", []string{"S10", "W06", "W07"}, "tables", triggersAndRules},
	{"matrix", "rights held against the declared matrix", []string{"S14", "S13", "W03", "T04", "W07"}, "relations", heldAgainstMatrix},
}

// audit is one audit under way.
type audit struct {
	conn    *pgx.Conn
	target  target.Target
	catalog *catalog.Catalog
	facts   *facts

	name     string // of the check that runs
	findings []result.Finding
	hits     map[string]int64 // of that check, by channel
}

const statementLimit = "5s" // of one statement of the audit

// Audit reads the catalog through one connection, a superuser's where everything is to be seen, and tells which doors stand open. It
// changes nothing: all happens in a read-only transaction that is rolled back. A check that fails by itself is unknown; an error says that
// nothing can be said. extra are a team's own checks.
func Audit(ctx context.Context, conn *pgx.Conn, t target.Target, c *catalog.Catalog, extra ...Spec) (*Report, error) {
	specs, err := Shipped()
	if err != nil {
		return nil, err
	}
	specs = append(specs, extra...)
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = tx.Rollback(ctx)
	}()
	return inspect(ctx, conn, t, c, specs)
}

// inspect makes the audit within the transaction that is open.
func inspect(ctx context.Context, conn *pgx.Conn, t target.Target, c *catalog.Catalog, specs []Spec) (r *Report, err error) {
	if _, err := conn.Exec(ctx, "SET LOCAL statement_timeout = '"+statementLimit+"'; SET LOCAL search_path = ''"); err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	a := &audit{conn: conn, target: t, catalog: c}
	if a.facts, err = readFacts(ctx, a); err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	r = &Report{}
	for _, s := range specs {
		r.add(a.try(ctx, s.Name, s.Doc, s.Units, []string{s.Channel}, func(ctx context.Context) error { return a.statement(ctx, s) }))
	}
	for _, l := range looks {
		r.add(a.try(ctx, l.name, l.doc, l.units, l.channels, func(ctx context.Context) error { return l.run(ctx, a) }))
	}
	r.Findings = a.findings
	order(r.Findings)
	return r, ctx.Err()
}

func (r *Report) add(checks []result.Check) { r.Checks = append(r.Checks, checks...) }

// notThere says that a check has nothing to do on this server.
type notThere struct{ why string }

func (e *notThere) Error() string { return e.why }

// try runs one check inside a savepoint, so that the next can go on after its error, and tells of each channel what came of it.
func (a *audit) try(ctx context.Context, name, doc, unit string, channels []string, run func(context.Context) error) (checks []result.Check) {
	began := time.Now()
	a.name, a.hits = name, map[string]int64{}
	err := errors.New(a.facts.nothing)
	if a.facts.nothing == "" {
		err = a.inSavepoint(ctx, "bulkhead", func() error { return run(ctx) })
	}
	var skipped *notThere
	for _, channel := range channels {
		c := result.Check{Channel: channel, How: result.ByCatalog, Name: name, Doc: doc, Units: a.facts.units[unit], Hits: a.hits[channel], Status: result.Pass,
			Seconds: time.Since(began).Seconds() / float64(len(channels))}
		switch {
		case c.Hits > 0:
			c.Status = result.Fail
		case errors.As(err, &skipped):
			c.Why = skipped.why // what isn't there can't be open
		case err != nil:
			c.Status, c.Why = result.Unknown, reason(err)
		}
		checks = append(checks, c)
	}
	return checks
}

// reason words an error for a report, with what to do about it.
func reason(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42501" {
		return err.Error() + "; audit as a superuser, or as a role that may read this"
	}
	return err.Error()
}

// statement runs a check that is one statement.
func (a *audit) statement(ctx context.Context, s Spec) error {
	if s.Since > a.facts.version {
		return &notThere{fmt.Sprintf("PostgreSQL has had this since version %d", s.Since/10000)}
	}
	args := make([]any, len(s.params))
	for i, name := range s.params {
		args[i] = a.facts.params[name]
	}
	rows, err := a.conn.Query(ctx, s.text, args...)
	if err != nil {
		return fmt.Errorf("check %s: %w", s.Name, err)
	}
	var h hit
	var hits []hit
	_, err = pgx.ForEachRow(rows, []any{&h.object, &h.role, &h.what, &h.why, &h.mend}, func() error { hits = append(hits, h); return nil })
	if err != nil {
		return fmt.Errorf("check %s: %w", s.Name, err)
	}
	a.report(s.Channel, s.Severity, hits)
	return nil
}

// order puts the gravest first, then by channel as reports list them.
func order(findings []result.Finding) {
	rank := []result.Severity{result.Leak, result.Weakness, result.Note}
	place := func(f result.Finding) int {
		return slices.Index(rank, f.Severity)*1000 + slices.IndexFunc(result.Channels, func(c result.Channel) bool { return c.ID == f.Channel })
	}
	slices.SortStableFunc(findings, func(x, y result.Finding) int { return place(x) - place(y) })
}
