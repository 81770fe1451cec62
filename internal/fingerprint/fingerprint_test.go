package fingerprint

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/stack/stacktest"
)

func TestMain(m *testing.M) { stacktest.Main(m) }

// TestEachChangeIsSeen makes one change after the other to a real database: each must show as what it is, and nothing else.
func TestEachChangeIsSeen(t *testing.T) {
	n := stacktest.Postgres(t)
	stacktest.Clinic(t, n)
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, n.DirectDSN("postgres", "clinic").Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	o := Options{Schemas: []string{"care", "billing"}, Rows: true, TenantColumn: "practice_no"}
	state := func() *State {
		t.Helper()
		s, err := Take(ctx, conn, o)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	before := state()
	if len(before.Tables) < 5 || len(before.Tenants) < 2 || before.Tables["care.patients"].Rows == 0 {
		t.Fatalf("%d tables, %d tenants, %d patients", len(before.Tables), len(before.Tenants), before.Tables["care.patients"].Rows)
	}
	if d := Compare(before, state()); len(d) > 0 {
		t.Errorf("two looks at the same: %v", d)
	}
	for _, change := range []struct {
		sql, where string
		kinds      []Kind
	}{
		{`UPDATE care.patients SET name = name || 'x' WHERE ctid = (SELECT min(ctid) FROM care.patients)`, "care.patients", []Kind{RowsAltered}},
		{`WITH two AS (SELECT array_agg(ctid ORDER BY ctid) AS at, array_agg(name ORDER BY ctid) AS name FROM (SELECT ctid, name FROM care.patients LIMIT 2) AS p)
			UPDATE care.patients AS p SET name = CASE p.ctid WHEN two.at[1] THEN two.name[2] ELSE two.name[1] END FROM two WHERE p.ctid = ANY (two.at)`,
			"care.patients", []Kind{RowsAltered}},
		{`ALTER TABLE care.patients NO FORCE ROW LEVEL SECURITY`, "care.patients", []Kind{RowSecurity}},
		{`ALTER TABLE care.patients DISABLE ROW LEVEL SECURITY`, "care.patients", []Kind{RowSecurity}},
		{`CREATE POLICY wide ON care.patients FOR SELECT USING (true)`, "care.patients", []Kind{PolicyNew}},
		{`DROP POLICY wide ON care.patients`, "care.patients", []Kind{PolicyLost}},
		{`GRANT SELECT (name) ON care.patients TO pg_monitor`, "care.patients", []Kind{GrantNew}},
		{`ALTER TABLE care.patients ADD COLUMN extra int`, "care.patients", []Kind{ColumnNew}},
		{`ALTER TABLE care.patients ALTER COLUMN extra TYPE bigint`, "care.patients", []Kind{ColumnLost, ColumnNew}},
		{`ALTER TABLE care.patients ADD CONSTRAINT odd CHECK (extra <> 7) NOT VALID`, "care.patients", []Kind{KeyNew}},
		{`CREATE TABLE care.left_over (practice_no bigint); INSERT INTO care.left_over VALUES (1)`, "care.left_over", []Kind{TableNew, TenantsOther}},
		{`DELETE FROM care.left_over`, "care.left_over", []Kind{RowsLost, TenantsOther}},
		{`DROP TABLE care.left_over`, "care.left_over", []Kind{TableLost}},
		{`CREATE VIEW care.peek AS SELECT 1`, "view care.peek", []Kind{ObjectNew}},
		{`ALTER VIEW care.peek SET (security_invoker = true)`, "view care.peek", []Kind{ObjectOther}},
	} {
		if _, err := conn.Exec(ctx, change.sql); err != nil {
			t.Fatalf("%s: %v", change.sql, err)
		}
		after := state()
		var kinds []Kind
		for _, d := range Compare(before, after) {
			kinds = append(kinds, d.Kind)
			if d.Where != change.where && d.Kind != TenantsOther {
				t.Errorf("%s: %s", change.sql, d)
			}
		}
		if !slices.Equal(kinds, change.kinds) {
			t.Errorf("%s: got %v, want %v", change.sql, Compare(before, after), change.kinds)
		}
		before = after
	}
	if _, err := conn.Exec(ctx, `SET session_replication_role = replica; DELETE FROM care.patients; RESET session_replication_role`); err != nil {
		t.Fatal(err)
	}
	broken, err := BrokenKeys(ctx, conn, o.Schemas)
	if err != nil || len(broken) == 0 || !strings.Contains(strings.Join(broken, " "), "care.visits") {
		t.Errorf("foreign keys without their parents: %v, %v", broken, err)
	}
}
