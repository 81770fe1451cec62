package run

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/oracle"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/stack/stacktest"
	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

// TestSettle writes to a real server what the ledger says, and then other things than it says: each must come out.
func TestSettle(t *testing.T) {
	n := stacktest.Postgres(t)
	ctx := context.Background()
	dsn := n.DirectDSN("postgres", "postgres")
	conn, err := pgx.Connect(ctx, dsn.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, `CREATE TABLE public."odd items" (id uuid, tenant_id uuid, name text, n int DEFAULT 7)`); err != nil {
		t.Fatal(err)
	}
	w, err := world.New(world.Plan{Seed: 1, Tenants: 3, Largest: 1, Tables: []world.Table{{Name: "public.odd items", Rows: 3, Columns: []world.Column{
		{Name: "id", Type: "uuid", Kind: world.ID}, {Name: "tenant_id", Type: "uuid", Kind: world.Tenant},
		{Name: "name", Type: "text", Kind: world.Text, Template: "item {token}"}, {Name: "n", Type: "int4", Kind: world.Int, Lo: 1, Hi: 3}}}}})
	if err != nil {
		t.Fatal(err)
	}
	table := &w.Tables[0]
	insert := func(ref, as tenant.Ref) {
		t.Helper()
		values := make([][]byte, 3)
		for i := range values {
			of := as
			if i == 0 {
				of = ref
			}
			values[i], _ = w.AppendValue(nil, table, &table.Columns[i], of.Tenant, of.Row)
		}
		const text = `INSERT INTO public."odd items" (id, tenant_id, name) VALUES ($1, $2, $3)`
		if _, err := conn.PgConn().ExecParams(ctx, text, values, []uint32{2950, 2950, 25}, []int16{1}, nil).Close(); err != nil {
			t.Fatal(err)
		}
	}
	sys := &System{World: w, Stack: &stack.Stack{DSN: stack.DSNs{Direct: map[string]stack.DSN{"postgres": dsn}}}}
	ledger := oracle.NewLedger(0)
	ask := func(tenantNo int, acknowledged, written bool) tenant.Ref {
		ref := ledger.Ask(w.Number(table), tenantNo)
		if acknowledged {
			ledger.Acknowledge(ref)
		}
		if written {
			insert(ref, ref)
		}
		return ref
	}
	judge := func() result.Run {
		var doc result.Run
		settle(ctx, sys, ledger, &doc)
		return doc
	}

	if doc := judge(); doc.Isolation.Ledger != nil || len(doc.Findings) > 0 {
		t.Errorf("nothing was written: %+v", doc.Isolation)
	}
	for i := range 25_000 { // more than a question takes
		ref := ask(i%3, true, false)
		if i < 40 {
			insert(ref, ref)
		}
	}
	if doc := judge(); doc.Isolation.Lost != 24_960 || doc.Isolation.Ledger.Verified != 40 {
		t.Errorf("%+v", doc.Isolation.Ledger)
	}

	ledger = oracle.NewLedger(1)
	for i := range 9 {
		ask(i%3, true, true)
	}
	ask(0, false, true)
	ask(1, false, false)
	ledger.Void(ask(2, false, false))
	want := result.Settlement{Acknowledged: 9, Verified: 9, Refused: 1, UnansweredKept: 1, UnansweredLost: 1, Tables: 1}
	if doc := judge(); *doc.Isolation.Ledger != want || len(doc.Findings) > 0 {
		t.Errorf("%+v, want %+v\n%+v", *doc.Isolation.Ledger, want, doc.Findings)
	}

	lost := ask(1, true, false)
	ledger.Void(ask(2, false, true))
	moved := ask(0, true, false)
	insert(moved, w.Ref(table, 1, moved.Row))
	twice := ask(2, true, true)
	insert(twice, twice)
	want.Acknowledged, want.Lost, want.Altered, want.Refused, want.RefusedThere = 12, 1, 2, 2, 1
	doc := judge()
	if *doc.Isolation.Ledger != want {
		t.Errorf("%+v, want %+v", *doc.Isolation.Ledger, want)
	}
	if len(doc.Findings) != 3 {
		t.Fatalf("findings %+v", doc.Findings)
	}
	i := slices.IndexFunc(doc.Findings, func(f result.Finding) bool { return strings.Contains(f.What, "lost") })
	if f := doc.Findings[max(i, 0)]; i < 0 || f.Severity != result.Weakness || f.Channel != "ledger" || f.Count != 1 || f.Evidence[0].Row != w.Codec.ID(lost).String() {
		t.Errorf("%+v", doc.Findings)
	}

	// Where nobody can look, nothing is claimed.
	if err := n.StopPostgres(ctx); err != nil {
		t.Fatal(err)
	}
	doc = judge()
	if l := doc.Isolation.Ledger; l.NotSettled == "" || l.Lost > 0 || len(doc.Findings) > 0 || strings.Contains(l.NotSettled, n.Secrets.Superuser.Reveal()) {
		t.Errorf("%+v", l)
	}
}
