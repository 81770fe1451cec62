package seed

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/engardehq/bulkhead/internal/world"
)

var small = Sizes{Seed: 11, Tenants: 20, Rows: 12_000, Tables: map[string]int64{"langflow.transaction": 1500}, Zipf: 1.1, Largest: 0.2}

// TestSeed holds what the real server has against the world, on EnGarde's and Langflow's real tables.
func TestSeed(t *testing.T) {
	super := makeTarget(t)
	conn := connectTo(t, super)
	survey, err := Look(t.Context(), conn, engarde(t, "public", "langflow", "audit"), small)
	if err != nil {
		t.Fatal(err)
	}
	w, err := world.New(survey.Plan)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("plan", func(t *testing.T) { checkPlan(t, conn, w, survey) })
	t.Run("the plan of the first schemas begins the whole", func(t *testing.T) { checkPrefix(t, conn, survey.Plan) })

	// As a run does it: public while Langflow boots, then the rest.
	var last Progress
	first, err := Plan(t.Context(), conn, engarde(t, "public", "audit"), small)
	if err != nil {
		t.Fatal(err)
	}
	early := make([]string, len(first.Tables))
	for i := range first.Tables {
		early[i] = first.Tables[i].Name
	}
	report, err := Copy(t.Context(), super, w, early, func(p Progress) { last = p })
	if err != nil {
		t.Fatal(err)
	}
	if report.Rows == 0 || last.Rows != report.Rows || last.Total != report.Rows {
		t.Errorf("copied %+v, the last progress was %+v", report, last)
	}
	rest := []string{}
	for _, name := range Tables(w, "") {
		if _, done := find(first.Tables, name); !done {
			rest = append(rest, name)
		}
	}
	if _, err := Copy(t.Context(), super, w, rest, nil); err != nil {
		t.Fatal(err)
	}
	t.Run("every byte is as computed", func(t *testing.T) { compareAll(t, conn, w) })
	t.Run("a second seeding is refused", func(t *testing.T) {
		_, err := Copy(t.Context(), super, w, Tables(w, "langflow"), nil)
		for _, want := range []string{"seeding langflow.", "the table was seeded before"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("want an error with %q, got %v", want, err)
			}
		}
	})
	t.Run("a refused value names its mend", func(t *testing.T) { checkRefused(t, super, conn, survey.Plan) })
	t.Run("verify", func(t *testing.T) { checkVerify(t, super, conn, w) })
}

func find(tables []world.Table, name string) (*world.Table, bool) {
	for i := range tables {
		if tables[i].Name == name {
			return &tables[i], true
		}
	}
	return nil, false
}

func checkPlan(t *testing.T, conn *pgx.Conn, w *world.World, s Survey) {
	var total int64
	for i := range w.Tables {
		table := &w.Tables[i]
		total += w.Total(table)
		for tn := range w.Probed {
			if w.Rows(table, tn) < 1 {
				t.Errorf("probed tenant %d has no row in %s", tn, table.Name)
			}
		}
		canary := false
		for _, c := range table.Columns {
			canary = canary || strings.Contains(c.Template, token)
			wide := map[string]bool{"text": true, "json": true, "jsonb": true, "_text": true}[c.Type]
			hint, hinted := engarde(t).Seed.Tables[table.Name].Columns[c.Name]
			if wide && c.Kind == world.Text && !strings.Contains(c.Template, token) && (!hinted || hint.Template == "") {
				t.Errorf("%s.%s has room for a canary and carries none", table.Name, c.Name)
			}
		}
		if !canary && hasText(table) {
			t.Errorf("%s has text and carries no canary", table.Name)
		}
	}
	if total < small.Rows {
		t.Errorf("%d rows are planned, %d wanted", total, small.Rows)
	}
	if transactions, ok := w.Table("langflow.transaction"); !ok || w.Total(transactions) != 1500 {
		t.Errorf("langflow.transaction doesn't have exactly 1500 rows")
	}
	if len(s.Left) > 0 {
		t.Errorf("columns left to the server: %v", s.Left)
	}
	var tables int
	if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_tables WHERE schemaname = ANY ($1)",
		[]string{"public", "langflow", "audit"}).Scan(&tables); err != nil {
		t.Fatal(err)
	}
	if len(w.Tables)+len(s.Skipped) != tables {
		t.Errorf("%d tables planned and %d skipped do not make the %d there are", len(w.Tables), len(s.Skipped), tables)
	}
	shared := []string{"public.alembic_version", "public.countries", "public.currencies", "public.feature_flags", "public.plans"}
	var skipped []string
	for name := range s.Skipped {
		if strings.HasPrefix(name, "public.") {
			skipped = append(skipped, name)
		}
	}
	slices.Sort(skipped)
	if diff := cmp.Diff(shared, skipped); diff != "" {
		t.Errorf("tables of public that are not seeded: %s", diff)
	}
}

func hasText(table *world.Table) bool {
	for _, c := range table.Columns {
		if c.Type == "text" || c.Type == "varchar" {
			return true
		}
	}
	return false
}

func checkPrefix(t *testing.T, conn *pgx.Conn, whole world.Plan) {
	first, err := Plan(t.Context(), conn, engarde(t, "public", "audit"), small)
	if err != nil {
		t.Fatal(err)
	}
	if len(first.Tables) < 100 || len(first.Tables) >= len(whole.Tables) {
		t.Fatalf("%d tables of %d are planned at first", len(first.Tables), len(whole.Tables))
	}
	if diff := cmp.Diff(whole.Tables[:len(first.Tables)], first.Tables); diff != "" {
		t.Error(diff)
	}
	again, err := Plan(t.Context(), conn, engarde(t, "public", "langflow", "audit"), small)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(whole)
	if b, _ := json.Marshal(again); !bytes.Equal(a, b) {
		t.Error("the same seed and catalog gave another plan")
	}
}

// checkVerify plants what Verify is there to find.
func checkVerify(t *testing.T, dsn string, conn *pgx.Conn, w *world.World) {
	pool, err := pgxpool.New(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	none := map[string]int64{}
	if err := Verify(t.Context(), pool, w, nil, none); err == nil {
		t.Error("no tables at all pass")
	}
	if err := Verify(t.Context(), pool, w, Tables(w, ""), none); err != nil {
		t.Fatalf("what was seeded doesn't pass: %v", err)
	}
	tests := map[string]struct{ spoil, want string }{
		"orphan": {"UPDATE public.workflow_steps SET workflow_id = gen_random_uuid() WHERE ctid = '(0,1)'",
			"foreign key workflow_steps_workflow_id_fkey of public.workflow_steps: 1 rows refer to nothing"},
		"reference to another tenant": {"UPDATE public.campaigns AS c SET brand_id = b.id FROM public.brands AS b WHERE b.tenant_id <> c.tenant_id" +
			" AND c.ctid = '(0,1)'", "campaigns_brand_id_fkey"},
		"missing row": {"DELETE FROM public.activity_log WHERE ctid = '(0,1)'", "public.activity_log has"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			table := "public." + strings.Fields(strings.SplitN(tt.spoil, "public.", 2)[1])[0]
			for _, sql := range []string{"CREATE TEMP TABLE kept AS SELECT * FROM " + table,
				"SET session_replication_role = replica", tt.spoil} {
				tag, err := conn.Exec(t.Context(), sql)
				if err != nil || sql == tt.spoil && tag.RowsAffected() != 1 {
					t.Fatalf("%s: %v, %s", sql, err, tag)
				}
			}
			defer func() {
				for _, sql := range []string{"DELETE FROM " + table, "INSERT INTO " + table + " SELECT * FROM kept", "DROP TABLE kept",
					"RESET session_replication_role"} {
					if _, err := conn.Exec(context.Background(), sql); err != nil {
						t.Fatal(err)
					}
				}
			}()
			if err := Verify(t.Context(), pool, w, Tables(w, ""), none); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("want an error with %q, got %v", tt.want, err)
			}
		})
	}
	if err := Verify(t.Context(), pool, w, Tables(w, ""), none); err != nil {
		t.Errorf("undone, it doesn't pass again: %v", err)
	}
}

// checkRefused copies into a table with a constraint that the plan doesn't know.
func checkRefused(t *testing.T, dsn string, conn *pgx.Conn, plan world.Plan) {
	for _, sql := range []string{"CREATE TABLE public.wines (LIKE public.tags INCLUDING ALL)",
		"ALTER TABLE public.wines ADD CONSTRAINT wines_short CHECK (length(id::text) < 3)"} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	defer conn.Exec(context.Background(), "DROP TABLE public.wines")
	tags, _ := find(plan.Tables, "public.tags")
	wines := *tags
	wines.Name = "public.wines"
	plan.Tables = append(slices.Clone(plan.Tables), wines)
	w, err := world.New(plan)
	if err != nil {
		t.Fatal(err)
	}
	const want = "the columns of wines_short need a hint in seed.yaml"
	if _, err := Copy(t.Context(), dsn, w, []string{"public.wines"}, nil); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("want an error with %q, got %v", want, err)
	}
}
