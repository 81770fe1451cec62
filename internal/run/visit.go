package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/engardehq/bulkhead/internal/load"
	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/oracle"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/session"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
	"github.com/engardehq/bulkhead/sql"
)

const (
	httpIntervalLog = "latency-http.hlog"
	requestTimeout  = 30 * time.Second
)

// visit runs the load of operations over HTTP, where the scenario has one: after the other, as client and services share the machine and
// would measure each other. The oracle is that of the load before, so that what it wrote is known.
func visit(ctx context.Context, o Options, t Target, sys *System, judge *oracle.Oracle, doc *result.Run) error {
	if o.Scenario.HTTP == nil || ctx.Err() != nil || doc.Load.EndedEarly != "" {
		return nil
	}
	o.Scenario.Load, o.Scenario.Faults = o.Scenario.HTTP.Traffic, o.Scenario.HTTP.Faults
	m, ruledOut, err := newMeter(o, t, sys, judge)
	if err != nil {
		return err
	}
	grown := ops.Grown(t.Calls)
	judge.Grows = map[string]bool{}
	for _, table := range grown {
		judge.Grows[table] = true
	}
	var report load.Report
	if m.mix != nil {
		if err = m.audit.begin(ctx, t, sys, m.mix); err != nil {
			return err
		}
		if report, err = m.call(ctx, o, t, sys); err != nil {
			return err
		}
	}
	h := &result.HTTP{Scenario: scenarioDocument(o.Scenario)}
	m.document(o.Scenario, report, ruledOut, doc.Seed, &h.Load, &h.Isolation)
	h.Observed, h.Faults = m.beside.document(o, httpIntervalLog, m.summary)
	m.audit.document(ctx, &h.Isolation, doc)
	explain(context.WithoutCancel(ctx), sys, t, m.evidence, doc)
	doc.HTTP = h
	return tidy(ctx, sys, grown)
}

const tidyLimit = time.Minute

// tidy removes what services added to seeded tables while they were asked, so that the next run on the same stack finds what was seeded and
// written.
func tidy(ctx context.Context, sys *System, tables []string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyLimit)
	defer cancel()
	conn, err := pgx.Connect(ctx, sys.Stack.DSN.Direct[superuser].Reveal())
	if err != nil {
		return fmt.Errorf("removing what the services have added: %w", err)
	}
	defer conn.Close(ctx)
	for _, name := range tables {
		if table, ok := sys.World.Table(name); ok {
			if err := tidyTable(ctx, conn, sys.World, table); err != nil {
				return fmt.Errorf("removing what the services have added to %s: %w", name, err)
			}
		}
	}
	return nil
}

func tidyTable(ctx context.Context, conn *pgx.Conn, w *world.World, table *world.Table) error {
	i := slices.IndexFunc(table.Columns, func(c world.Column) bool { return c.Kind == world.ID && c.Type == "uuid" })
	if i < 0 {
		return errors.New("it has no id to tell rows by")
	}
	var list, remove string
	if err := statement(ctx, conn, "observe/ids_statement.sql", &list, table.Name, table.Columns[i].Name); err != nil {
		return err
	}
	if err := statement(ctx, conn, "observe/remove_statement.sql", &remove, table.Name, table.Columns[i].Name); err != nil {
		return err
	}
	rows, err := conn.Query(ctx, list)
	if err != nil {
		return err
	}
	var strangers []pgtype.UUID
	var id pgtype.UUID
	if _, err := pgx.ForEachRow(rows, []any{&id}, func() error {
		if _, ours := w.Codec.Ref(tenant.UUID(id.Bytes)); !ours {
			strangers = append(strangers, id)
		}
		return nil
	}); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, remove, strangers)
	return err
}

// statement has the server put a statement together, names quoted by it.
func statement(ctx context.Context, conn *pgx.Conn, file string, into *string, args ...any) error {
	text, err := sql.FS.ReadFile(file)
	if err != nil {
		return err
	}
	if err := conn.QueryRow(ctx, string(text), args...).Scan(into); err != nil {
		return fmt.Errorf("sql/%s: %w", file, err)
	}
	return nil
}

// call offers the load; an interruption once it has begun is no error, the report tells it.
func (m *meter) call(ctx context.Context, o Options, t Target, sys *System) (load.Report, error) {
	services, err := webServices(sys.Stack, sys.World)
	if err != nil {
		return load.Report{}, err
	}
	if st := sys.Stack; st.Langflow != nil {
		m.mix.Users = map[string]int{stack.Langflow: len(st.Langflow.Keys)}
	}
	l := o.Scenario.Load
	web := session.OpenWeb(session.WebConfig{Services: services, Connections: l.Connections, Timeout: requestTimeout}, m.oracle)
	defer web.Close()
	for range l.Workers {
		m.workers = append(m.workers, m.mix.NewCaller(web.NewVisitor()))
	}
	o.Console.Step("asking the services: %s for %s after %s of warm-up, over HTTP", l, l.Duration, l.WarmUp)
	return m.offer(ctx, o, t, sys, roles(m.mix.Ops))
}

// roles are those that the services of these operations have at the database, each once.
func roles(all []ops.Op) (names []string) {
	for _, op := range all {
		names = union(names, op.Roles)
	}
	return names
}
