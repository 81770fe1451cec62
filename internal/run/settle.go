package run

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/engardehq/bulkhead/internal/oracle"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
	"github.com/engardehq/bulkhead/sql"
)

const (
	settleLimit = 2 * time.Minute
	settleBatch = 20_000 // ids in one question
	lostShown   = 20     // cases of one finding
)

// settle holds the ledger against the database, as superuser, once the load is over and its faults are taken back: what was
// acknowledged must be there, what was refused may not. It runs after every load that wrote.
func settle(ctx context.Context, sys *System, ledger *oracle.Ledger, doc *result.Run) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleLimit)
	defer cancel()
	s := settlement{world: sys.World, fates: map[*world.Table]map[tenant.UUID]write{}, cases: map[string]*result.Finding{}}
	s.gather(ledger)
	if len(s.fates) == 0 {
		return
	}
	s.Tables = len(s.fates)
	if err := s.settle(ctx, sys.Stack.DSN.Direct[superuser].Reveal()); err != nil {
		s.NotSettled = strings.Join(strings.Fields(stack.Redact(err.Error())), " ")
	} else {
		doc.Findings = append(doc.Findings, s.findings()...)
	}
	doc.Isolation.Ledger = &s.Settlement
	doc.Isolation.Acknowledged, doc.Isolation.Lost = s.Acknowledged, s.Lost
}

// write is one row of the ledger, and what was found of it.
type write struct {
	ref   tenant.Ref
	fate  oracle.Fate
	found int
}

type settlement struct {
	result.Settlement
	world *world.World
	fates map[*world.Table]map[tenant.UUID]write
	cases map[string]*result.Finding
}

func (s *settlement) gather(ledger *oracle.Ledger) {
	for ref, fate := range ledger.All() {
		table := s.world.Numbered(ref.Table)
		if s.fates[table] == nil {
			s.fates[table] = map[tenant.UUID]write{}
		}
		s.fates[table][s.world.Codec.ID(ref)] = write{ref: ref, fate: fate}
		switch fate {
		case oracle.Acknowledged:
			s.Acknowledged++
		case oracle.Refused:
			s.Refused++
		}
	}
}

func (s *settlement) settle(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	tables := make([]*world.Table, 0, len(s.fates))
	for t := range s.fates {
		tables = append(tables, t)
	}
	slices.SortFunc(tables, func(a, b *world.Table) int { return cmp.Compare(a.Name, b.Name) })
	for _, t := range tables {
		if err := s.table(ctx, conn, t, s.fates[t]); err != nil {
			return fmt.Errorf("settling %s: %w", t.Name, err)
		}
	}
	return nil
}

// table looks up all rows of a table, and then counts what became of each.
func (s *settlement) table(ctx context.Context, conn *pgx.Conn, t *world.Table, writes map[tenant.UUID]write) error {
	columns, key := s.telling(t)
	if key < 0 {
		return fmt.Errorf("it has no id to look rows up by")
	}
	const file = "observe/written_statement.sql"
	text, err := sql.FS.ReadFile(file)
	if err != nil {
		return err
	}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	var statement string
	if err := conn.QueryRow(ctx, string(text), t.Name, names, names[key]).Scan(&statement); err != nil {
		return fmt.Errorf("sql/%s: %w", file, err)
	}
	ids := make([]pgtype.UUID, 0, min(len(writes), settleBatch))
	flush := func() error {
		err := s.lookUp(ctx, conn, statement, ids, t, columns, key, writes)
		ids = ids[:0]
		return err
	}
	all := make([]tenant.UUID, 0, len(writes))
	for id := range writes {
		all = append(all, id)
	}
	for _, id := range all {
		if ids = append(ids, pgtype.UUID{Bytes: id, Valid: true}); len(ids) == settleBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b tenant.UUID) int { return cmp.Compare(writes[a].ref.Row, writes[b].ref.Row) })
	for _, id := range all {
		s.judge(t, id, writes[id])
	}
	return nil
}

// telling are the columns that tell whose a row is: its id, its tenant, and text with its canary. Others may hold what the database
// filled in by itself, or what a later write changed.
func (s *settlement) telling(t *world.Table) (columns []*world.Column, key int) {
	key = -1
	for i := range t.Columns {
		c := &t.Columns[i]
		switch {
		case c.Kind == world.ID && c.Type == "uuid" && key < 0:
			key = len(columns) // a further one is a value like any other
		case c.Kind == world.Tenant:
		case c.Kind == world.Text && strings.Contains(c.Template, "{token}"):
		default:
			continue
		}
		columns = append(columns, c)
	}
	return columns, key
}

const altered = 1 << 16 // added to found where a row isn't as it was written

func (s *settlement) lookUp(ctx context.Context, conn *pgx.Conn, statement string, ids []pgtype.UUID, t *world.Table, columns []*world.Column, key int,
	writes map[tenant.UUID]write) error {
	rows, err := conn.Query(ctx, statement, pgx.QueryResultFormats{pgtype.BinaryFormatCode}, ids)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		values := rows.RawValues()
		id := tenant.UUID(values[key])
		w := writes[id]
		w.found++
		if !s.same(t, columns, w.ref, values) {
			w.found |= altered
		}
		writes[id] = w
	}
	return rows.Err()
}

// same holds that the row is its tenant's and carries no other row's canary.
func (s *settlement) same(t *world.Table, columns []*world.Column, ref tenant.Ref, values [][]byte) bool {
	for i, c := range columns {
		if c.Kind == world.Text {
			whole := true
			s.world.Codec.Scan(values[i], func(seen tenant.Sighting) bool {
				whole = whole && seen.Whole && seen.Ref == ref
				return whole
			})
			if !whole {
				return false
			}
			continue
		}
		if want, _ := s.world.AppendValue(nil, t, c, ref.Tenant, ref.Row); !bytes.Equal(want, values[i]) {
			return false
		}
	}
	return true
}

func (s *settlement) judge(t *world.Table, id tenant.UUID, w write) {
	switch {
	case w.fate == oracle.Unanswered && w.found > 0:
		s.UnansweredKept++
	case w.fate == oracle.Unanswered:
		s.UnansweredLost++
	case w.fate == oracle.Refused && w.found > 0:
		s.RefusedThere++
		s.note(t, id, w, "the database said that rows of %s were not written, and they are there", "the transaction was reported as rolled back")
	case w.fate == oracle.Refused:
	case w.found == 0:
		s.Lost++
		s.note(t, id, w, "acknowledged writes to %s are lost", "its commit was acknowledged, and the row is not there")
	case w.found != 1:
		s.Altered++
		s.note(t, id, w, "acknowledged writes to %s are not there as they were written", "the row is there more than once, or as another tenant's")
	default:
		s.Verified++
	}
}

func (s *settlement) note(t *world.Table, id tenant.UUID, w write, what, detail string) {
	what = fmt.Sprintf(what, t.Name)
	f := s.cases[what]
	if f == nil {
		f = &result.Finding{Channel: "ledger", Severity: result.Weakness, What: what, Where: t.Name + ", read as superuser after the load",
			Fix: "look for what undoes commits: fsync, synchronous_commit or full_page_writes off, a disk that lies, a failover, or somebody else's DELETE"}
		s.cases[what] = f
	}
	if f.Count++; len(f.Evidence) < lostShown {
		f.Evidence = append(f.Evidence, result.Evidence{Tenant: s.world.Codec.TenantID(w.ref.Tenant).String(), Owner: s.world.Codec.TenantID(w.ref.Tenant).String(),
			Table: t.Name, Row: id.String(), Detail: detail})
	}
}

func (s *settlement) findings() (all []result.Finding) {
	for _, f := range s.cases {
		all = append(all, *f)
	}
	slices.SortFunc(all, func(a, b result.Finding) int { return cmp.Compare(a.What, b.What) })
	return all
}
