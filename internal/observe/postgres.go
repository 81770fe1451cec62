package observe

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/result"
)

// statementsKept is how many statements a report has room for.
const statementsKept = 10

// postgres samples PostgreSQL.
type postgres struct {
	line              line
	samples           int
	connections, busy meanOf
	most              int64
	first, last       *pgCounters
	before            map[statementKey]statementCounters
	top               []result.SQLStatement
}

type pgCounters struct {
	hit, read, deadlocks, tempFiles, tempBytes, commits, rollbacks, wal int64
	started                                                             time.Time
}

type statementKey struct {
	id   int64
	role string
}

type statementCounters struct {
	calls, rows, hit, read int64
	millis                 float64
}

func newPostgres(dsn string) *postgres { return &postgres{line: line{dsn: dsn}} }

func (p *postgres) sample(ctx context.Context) error {
	var connections, busy int64
	if err := p.line.query(ctx, "connections.sql", func(r pgx.Rows) error { return r.Scan(&connections, &busy, &p.most) }); err != nil {
		return err
	}
	p.samples++
	p.connections.add(float64(connections))
	p.busy.add(float64(busy))
	return nil
}

func (p *postgres) counters(ctx context.Context) (*pgCounters, error) {
	var c pgCounters
	err := p.line.query(ctx, "database.sql", func(r pgx.Rows) error {
		return r.Scan(&c.hit, &c.read, &c.deadlocks, &c.tempFiles, &c.tempBytes, &c.commits, &c.rollbacks, &c.wal, &c.started)
	})
	if err != nil {
		return nil, err
	}
	return &c, nil
}

func (p *postgres) begin(ctx context.Context) (err error) {
	p.first, err = p.counters(ctx)
	return err
}

var (
	errRestarted = errors.New("PostgreSQL was started again meanwhile, and its counters don't go on over a restart")
	errNoFirst   = errors.New("there is no reading from the beginning to compare with")
)

func (p *postgres) end(ctx context.Context) error {
	last, err := p.counters(ctx)
	switch {
	case err != nil:
		return err
	case p.first == nil:
		return errNoFirst
	case !last.started.Equal(p.first.started):
		return errRestarted
	}
	p.last = last
	return nil
}

func (p *postgres) use() *result.PostgresUse {
	if p.samples == 0 {
		return nil
	}
	out := &result.PostgresUse{ConnectionsPeak: int64(p.connections.peak), ConnectionsMean: p.connections.mean(), BusyPeak: int64(p.busy.peak), ConnectionsMax: p.most}
	if p.most > 0 {
		out.ConnectionsPeakShare = p.connections.peak / float64(p.most)
	}
	if a, b := p.first, p.last; a != nil && b != nil {
		d := &result.PGDelta{BlocksHit: b.hit - a.hit, BlocksRead: b.read - a.read, Commits: b.commits - a.commits, Rollbacks: b.rollbacks - a.rollbacks,
			Deadlocks: b.deadlocks - a.deadlocks, TempFiles: b.tempFiles - a.tempFiles, TempBytes: b.tempBytes - a.tempBytes, WALBytes: b.wal - a.wal}
		d.BufferHitShare = share(d.BlocksHit, d.BlocksHit+d.BlocksRead)
		out.Counters = d
	}
	return out
}

func (p *postgres) readStatements(ctx context.Context, each func(k statementKey, query string, c statementCounters)) error {
	return p.line.query(ctx, "statements.sql", func(r pgx.Rows) error {
		var (
			k     statementKey
			query string
			c     statementCounters
		)
		if err := r.Scan(&k.id, &k.role, &query, &c.calls, &c.millis, &c.rows, &c.hit, &c.read); err != nil {
			return err
		}
		each(k, query, c)
		return nil
	})
}

func (p *postgres) beginStatements(ctx context.Context) error {
	before := map[statementKey]statementCounters{}
	err := p.readStatements(ctx, func(k statementKey, _ string, c statementCounters) { before[k] = c.plus(before[k]) })
	if err == nil {
		p.before = before
	}
	return err
}

func (p *postgres) endStatements(ctx context.Context) error {
	after, texts := map[statementKey]statementCounters{}, map[statementKey]string{}
	err := p.readStatements(ctx, func(k statementKey, query string, c statementCounters) { after[k], texts[k] = c.plus(after[k]), query })
	switch {
	case err != nil:
		return err
	case p.before == nil:
		return errNoFirst
	case p.last == nil:
		return errRestarted // or not known whether: then the difference is worth as little
	}
	var all []result.SQLStatement
	for k, c := range after {
		c = c.minus(p.before[k])
		if c.calls <= 0 || c.millis < 0 { // pushed out of the table and counted anew
			continue
		}
		s := result.SQLStatement{Role: k.role, Query: oneLine(texts[k]), Calls: c.calls, TotalMillis: c.millis, MeanMillis: c.millis / float64(c.calls), Rows: c.rows,
			BufferHitShare: share(c.hit, c.hit+c.read)}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b result.SQLStatement) int {
		return cmp.Or(cmp.Compare(b.TotalMillis, a.TotalMillis), cmp.Compare(a.Query, b.Query), cmp.Compare(a.Role, b.Role))
	})
	p.top = all[:min(len(all), statementsKept)]
	return nil
}

func (p *postgres) statements() []result.SQLStatement { return p.top }

// plus adds up entries of one id: top-level and nested ones are counted apart.
func (c statementCounters) plus(d statementCounters) statementCounters {
	return statementCounters{c.calls + d.calls, c.rows + d.rows, c.hit + d.hit, c.read + d.read, c.millis + d.millis}
}

func (c statementCounters) minus(d statementCounters) statementCounters {
	return statementCounters{c.calls - d.calls, c.rows - d.rows, c.hit - d.hit, c.read - d.read, c.millis - d.millis}
}

// oneLine takes a statement's line breaks, indents and remarks out.
func oneLine(query string) string {
	var lines []string
	for line := range strings.Lines(query) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "--") {
			lines = append(lines, strings.Join(strings.Fields(line), " "))
		}
	}
	return strings.Join(lines, " ")
}
