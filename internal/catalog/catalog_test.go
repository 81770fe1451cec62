package catalog

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/stack/stacktest"
	"github.com/engardehq/bulkhead/internal/target"
)

func TestMain(m *testing.M) { stacktest.Main(m) }

// TestClinic finds the tenants of a database by column, by key, by inheritance and not at all, and its SQL tells whose a row is.
func TestClinic(t *testing.T) {
	n := stacktest.Postgres(t)
	clinic := stacktest.Clinic(t, n)
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, n.DirectDSN("postgres", "clinic").Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, `CREATE TABLE care.scans (scan_id bigint PRIMARY KEY, note_id uuid NOT NULL REFERENCES care.visit_notes);
		INSERT INTO care.scans SELECT row_number() OVER (), note_id FROM care.visit_notes;
		CREATE VIEW care.by_name WITH (security_invoker) AS SELECT practice_no, name FROM care.patients;
		CREATE TABLE billing.rates (code text PRIMARY KEY, rate numeric)`); err != nil {
		t.Fatal(err)
	}
	c, err := Read(ctx, conn, clinic)
	if err != nil {
		t.Fatal(err)
	}
	for name, how := range map[string]string{"care.practices": ByColumn, "care.patients": ByColumn, "care.visits": ByColumn, "care.visit_notes": ByKey,
		"care.scans": ByKey, "billing.invoices_2026": ByColumn, "care.by_name": ByColumn, "care.diagnoses": "", "billing.rates": ""} {
		r := c.Named(name)
		if r == nil {
			t.Errorf("%s is not there", name)
			continue
		}
		got := ""
		if r.Tenancy != nil {
			got = r.Tenancy.How
		}
		if got != how {
			t.Errorf("%s is found by %q, want %q", name, got, how)
		}
	}
	if c.Named("care.diagnoses").Shared == "" {
		t.Error("care.diagnoses is not known as shared")
	}
	for _, r := range c.TenantTables() {
		var mine, of, total int
		row := conn.QueryRow(ctx, "SELECT count(*) FILTER (WHERE "+r.Tenancy.Mine+"), count(*) FILTER (WHERE "+r.Tenancy.Of+" = $1), count(*) FROM "+r.SQL()+" AS t", "3")
		if err := row.Scan(&mine, &of, &total); err != nil {
			t.Fatalf("%s: %v", r.FullName(), err)
		}
		if mine != of || mine == 0 && total > 0 || r.Name != "invoices_2025" && r.Name != "invoices_2026" && mine*6 != total {
			t.Errorf("%s: %d and %d of %d rows are practice 3's", r.FullName(), mine, of, total)
		}
	}
	readable, err := c.Readable(ctx, conn, "clinic_app")
	if err != nil {
		t.Fatal(err)
	}
	if got := readable[c.Named("care.patients")]; len(got) != 5 {
		t.Errorf("clinic_app reads %v of care.patients", got)
	}
	if got, there := readable[c.Named("billing.invoices_2025")]; there {
		t.Errorf("clinic_app reads %v of a partition that was not granted", got)
	}
}

// TestPaths reads what a target declares, against EnGarde's tables.
func TestPaths(t *testing.T) {
	user := &Relation{OID: 1, Schema: "langflow", Name: "user", Kind: Table, Columns: []Column{{Name: "id", Type: "uuid"}}}
	flow := &Relation{OID: 2, Schema: "langflow", Name: "flow", Kind: Table, Columns: []Column{{Name: "id", Type: "uuid"}, {Name: "user_id", Type: "uuid"}}}
	trace := &Relation{OID: 3, Schema: "langflow", Name: "trace", Kind: Table, Columns: []Column{{Name: "flow_id", Type: "uuid"}}}
	side := &Relation{OID: 4, Schema: "public", Name: "side", Kind: Table, Columns: []Column{{Name: "user_id", Type: "uuid"}, {Name: "tenant_id", Type: "uuid"}}}
	all := []*Relation{user, flow, trace, side}
	c := &Catalog{Relations: all, byOID: map[uint32]*Relation{}, byName: map[string]*Relation{}}
	for _, r := range all {
		c.byOID[r.OID], c.byName[r.FullName()] = r, r
	}
	declared := target.Target{Name: "x", Tenancy: target.Tenancy{Column: "tenant_id"}, Paths: []target.Path{
		{Table: "langflow.user", Through: []string{"id = public.side.user_id"}},
		{Table: "langflow.*", Through: []string{"user_id = public.side.user_id"}},
		{Table: "langflow.*", Through: []string{"flow_id = langflow.flow.id", "user_id = public.side.user_id"}},
	}}
	if err := c.findTenants(declared, nil); err != nil {
		t.Fatal(err)
	}
	want := `(t."flow_id") IN (SELECT t."id" FROM "langflow"."flow" AS t WHERE (t."user_id") IN (SELECT t."user_id" FROM "public"."side" AS t WHERE t."tenant_id" = CAST($1::text AS uuid)))`
	if trace.Tenancy == nil || trace.Tenancy.Mine != want {
		t.Errorf("trace: %+v", trace.Tenancy)
	}
	if user.Tenancy == nil || flow.Tenancy == nil || flow.Tenancy.How != ByDeclaration {
		t.Errorf("user %+v, flow %+v", user.Tenancy, flow.Tenancy)
	}
	for _, bad := range [][]string{{}, {"id", "more"}, {"id = side.user_id"}, {"id = langflow.flow.id"}} {
		declared.Paths = []target.Path{{Table: "langflow.user", Through: bad}}
		user.Tenancy = nil
		if err := c.findTenants(declared, nil); err == nil {
			t.Errorf("%v passes as a path", bad)
		}
	}
}
