package cutover

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/fingerprint"
	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/result"
)

// auditTrail is a table that the cutover makes.
const auditTrail = "audit.cross_schema_access"

// schemas are those of either layout; one that isn't there has nothing in it.
var schemas = []string{"public", "langflow", "audit"}

// take takes the state of a database down, with what belongs to its layout beside the schemas.
func take(ctx context.Context, conn *pgx.Conn, o fingerprint.Options) (*fingerprint.State, error) {
	s, err := fingerprint.Take(ctx, conn, o)
	if err != nil {
		return nil, err
	}
	rows, err := conn.Query(ctx, text("look/surroundings.sql"), roles)
	if err != nil {
		return nil, err
	}
	var name, description string
	_, err = pgx.ForEachRow(rows, []any{&name, &description}, func() error {
		s.Objects[name] = description
		return nil
	})
	return s, err
}

// takeDown takes the state down at a moment: all rows but those that the loads have written, which the ledgers answer for.
func (c *cutover) takeDown(ctx context.Context, moment string) error {
	c.say("taking down what there is %s", moment)
	o := fingerprint.Options{Schemas: schemas, Rows: true, Only: map[string]fingerprint.Subset{}}
	for _, table := range ops.Written(c.trial.Target.Ops) {
		column, ids, err := c.trial.WrittenRows(ctx, c.conn, table)
		if err != nil {
			return err
		}
		o.Only[table] = fingerprint.Subset{Column: column, IDs: append([]string{}, ids...), Others: true} // never nil, which would be NULL
	}
	s, err := take(ctx, c.conn, o)
	c.at[moment] = s
	return err
}

// langflowTables are those that the cutover moves, by their bare names; none before it has begun.
func (c *cutover) langflowTables() map[string]bool {
	names := map[string]bool{}
	for name := range c.built.Tables {
		if rest, ok := strings.CutPrefix(name, "langflow."); ok {
			names[rest] = true
		}
	}
	return names
}

// forthName is a table's name after the cutover.
func (c *cutover) forthName(name string) string {
	if rest, ok := strings.CutPrefix(name, "public."); ok && c.langflowTables()[rest] {
		return "langflow." + rest
	}
	return name
}

// backNames is the state by the names that its tables have before the cutover. EnGarde's own table of revisions isn't there then,
// nor the audit trail.
func backNames(s *fingerprint.State) *fingerprint.State {
	without := *s
	without.Tables = maps.Clone(s.Tables)
	delete(without.Tables, "public.alembic_version")
	if trail, ok := without.Tables[auditTrail]; ok && trail.Rows == 0 {
		delete(without.Tables, auditTrail) // an empty one goes
	}
	return without.Moved(func(name string) string {
		if rest, ok := strings.CutPrefix(name, "langflow."); ok {
			return "public." + rest
		}
		return name
	})
}

// ofRows are the differences that a move must not make, wherever tables and rights belong.
var ofRows = []fingerprint.Kind{fingerprint.RowsLost, fingerprint.RowsNew, fingerprint.RowsAltered, fingerprint.TableLost}

// ofAccess are those that decide who gets at what.
var ofAccess = []fingerprint.Kind{fingerprint.Owner, fingerprint.RowSecurity, fingerprint.PolicyLost, fingerprint.PolicyNew, fingerprint.GrantLost, fingerprint.GrantNew}

// compareRows holds the rows after a move against those before it. was has the names that the tables have now.
func (c *cutover) compareRows(ctx context.Context, m *result.Move, was, is *fingerprint.State) (err error) {
	for _, t := range is.Tables {
		m.RowsCompared += t.Rows
	}
	for _, d := range fingerprint.Compare(was, is) {
		if !slices.Contains(ofRows, d.Kind) {
			continue
		}
		if d.Kind == fingerprint.RowsLost {
			before, _ := strconv.ParseInt(d.Before, 10, 64)
			after, _ := strconv.ParseInt(d.After, 10, 64)
			m.RowsLost += before - after
		}
		m.Differences = append(m.Differences, d.String())
	}
	m.BrokenKeys, err = fingerprint.BrokenKeys(ctx, c.conn, schemas)
	return err
}

// compareBuilt holds the result against a hardened database that was built from nothing: all but the rows.
func (c *cutover) compareBuilt() { note(c.doc.Forth, c.built, c.at[woken]) }

// compareFirst holds what the rollback left against the database before the cutover: all but the rows.
func (c *cutover) compareFirst() { note(c.doc.Back, c.at[atFirst], c.at[atLast]) }

func note(m *result.Move, want, is *fingerprint.State) {
	for _, d := range fingerprint.Compare(want, is) {
		if slices.Contains(ofRows[:3], d.Kind) {
			continue
		}
		m.Exposed = m.Exposed || slices.Contains(ofAccess, d.Kind) || d.Kind == fingerprint.ObjectOther
		m.Differences = append(m.Differences, d.String())
	}
}

// sum adds what a load came to.
func (c *cutover) sum(doc *result.Run) {
	l, i, iso := c.doc.Load, c.doc.Isolation, &doc.Isolation
	l.Seconds += doc.Load.MeasuredSeconds
	l.Dropped += doc.Load.Dropped + doc.Load.Abandoned
	l.LagP99Millis = max(l.LagP99Millis, doc.Load.LagP99Millis)
	if l.Errors == nil {
		l.Errors = map[string]int64{}
	}
	for _, op := range doc.Load.Ops {
		l.Completed += op.Count + op.Reaching
		l.Failed += op.Errors
		for class, n := range op.ErrorsByClass {
			l.Errors[class] += n
		}
	}
	l.Acknowledged += iso.Acknowledged
	l.Lost += iso.Lost
	if iso.Ledger != nil && iso.Ledger.NotSettled != "" {
		l.NotSettled = iso.Ledger.NotSettled
	}
	i.RowsChecked += iso.RowsChecked
	i.Reaching += iso.Reaching
	i.Leaking += iso.Leaking
	i.Foreign += iso.Foreign
	i.Damaged += iso.Damaged
	i.Missing += iso.Missing
	i.Planted += iso.Planted
	i.Acknowledged += iso.Acknowledged
	i.Lost += iso.Lost
	i.Written += iso.Written
	c.doc.Findings = append(c.doc.Findings, doc.Findings...)
}

// lastLine is what a program said last, or its error where it said nothing.
func lastLine(out string, err error) string {
	lines := strings.FieldsFunc(out, func(r rune) bool { return r == '\n' })
	if len(lines) == 0 {
		return fmt.Sprint(err)
	}
	return lines[len(lines)-1]
}
