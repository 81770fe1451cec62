package run

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/session"
	"github.com/engardehq/bulkhead/sql"
)

// auditTrail counts the entries of the audit trail against the operations that committed (T04): each operation leaves its entry in its
// own transaction, so one without the other tells that the trail can't be relied on.
type auditTrail struct {
	dsn   string
	count string // file in sql/, with $1, the moment from which entries count
	began time.Time
	left  map[string]*entries // by the name that entries have; read-only once the load has begun
}

// entries of one name, as the load has them left.
type entries struct {
	committed atomic.Int64
	maybe     atomic.Int64 // failed in a way that leaves open whether they were committed
}

// begin notes the database's time. A target without an audit trail has none to count.
func (a *auditTrail) begin(ctx context.Context, t Target, sys *System, mix *ops.Mix) error {
	if t.Audit.Entry == "" {
		return nil
	}
	a.dsn, a.count = sys.Stack.DSN.Direct[superuser].Reveal(), t.Audit.Count
	a.left = map[string]*entries{}
	for i := range mix.Ops {
		for _, name := range mix.Ops[i].Entries(t.Audit.Entry) {
			a.left[name] = &entries{}
		}
	}
	conn, err := pgx.Connect(ctx, a.dsn)
	if err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if err := conn.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&a.began); err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	return nil
}

// note counts what an execution has left, if it leaves an entry: name is "" where it doesn't.
func (a *auditTrail) note(name string, reply *session.Reply) {
	switch e := a.left[name]; {
	case e == nil:
	case reply.Committed:
		e.committed.Add(1)
	case reply.Err != nil:
		e.maybe.Add(1)
	}
}

// document holds the entries against the operations. What can't be counted is said, and leaves the run unknown.
func (a *auditTrail) document(ctx context.Context, iso *result.Isolation, doc *result.Run) {
	if len(a.left) == 0 {
		return
	}
	out := &result.Audit{}
	iso.Audit = out
	found, err := a.entries(ctx)
	if err != nil {
		out.NotCounted = err.Error()
		return
	}
	for _, name := range slices.Sorted(maps.Keys(a.left)) {
		e := a.left[name]
		low, high := e.committed.Load(), e.committed.Load()+e.maybe.Load()
		n := found[name]
		out.Operations += low
		out.Entries += n
		f := result.Finding{Channel: "T04", Severity: result.Weakness, Where: "audit trail, operation " + name}
		switch {
		case n < low:
			out.Missing += low - n
			f.What = fmt.Sprintf("%d of %d committed executions of %s left no entry in the audit trail", low-n, low, name)
			f.Count, f.Fix = low-n, "look for a trigger, rule or policy that drops entries, or for somebody who deletes them"
		case n > high:
			out.Extra += n - high
			f.What = fmt.Sprintf("the audit trail has %d entries of %s more than there were executions", n-high, name)
			f.Count, f.Fix = n-high, "find out who else writes entries: they can't be relied on"
		default:
			continue
		}
		doc.Findings = append(doc.Findings, f)
	}
}

const auditLimit = 30 * time.Second

func (a *auditTrail) entries(ctx context.Context) (map[string]int64, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditLimit)
	defer cancel()
	text, err := sql.FS.ReadFile(a.count)
	if err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, a.dsn)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, string(text), a.began)
	if err != nil {
		return nil, err
	}
	found := map[string]int64{}
	var name string
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&name, &n}, func() error { found[name] = n; return nil })
	return found, err
}
