package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack/stacktest"
)

// clinicLeaks are opened in the clinic's database, one at a time: it has another tenant column of another type, another setting, two schemas, and
// a table without the column.
var clinicLeaks = []struct {
	name, open, object string
	undo               string // where the mend that is told leaves something behind; "" where it undoes the leak
	tries              bool   // the attack sees it too
}{
	{name: "no row security", open: "ALTER TABLE care.patients DISABLE ROW LEVEL SECURITY", object: "care.patients", tries: true},
	{name: "no row security on a table without the tenant column", open: "ALTER TABLE care.visit_notes DISABLE ROW LEVEL SECURITY", object: "care.visit_notes", tries: true},
	{name: "a second policy", open: "CREATE POLICY urgent ON care.visits FOR SELECT TO clinic_app USING (code = 'J11')", object: "care.visits", tries: true},
	{name: "a policy that fails open", open: "ALTER POLICY own_practice ON billing.invoices USING (practice_no = COALESCE(NULLIF(current_setting('clinic.practice', true), '')::bigint, practice_no))",
		object: "billing.invoices", tries: true},
	{name: "writes for others", open: "CREATE POLICY import ON care.patients FOR INSERT TO clinic_app WITH CHECK (true)", object: "care.patients", tries: true},
	{name: "a partition by itself", open: "ALTER TABLE billing.invoices_2026 DISABLE ROW LEVEL SECURITY; GRANT SELECT ON billing.invoices_2026 TO clinic_app",
		object: "billing.invoices_2026", undo: "REVOKE ALL ON billing.invoices_2026 FROM clinic_app"},
	{name: "its owner's view", open: "CREATE VIEW billing.totals AS SELECT practice_no, sum(amount) AS total FROM billing.invoices GROUP BY practice_no; GRANT SELECT ON billing.totals TO clinic_app",
		object: "billing.totals", undo: "DROP VIEW billing.totals", tries: true},
	{name: "a function with more rights", open: "CREATE FUNCTION care.born_on(day date) RETURNS SETOF text LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT name FROM care.patients WHERE born = day'",
		object: "care.born_on", undo: "DROP FUNCTION care.born_on"},
	{name: "a membership", open: "GRANT clinic_owner TO clinic_app", object: "clinic_owner"},
	{name: "TRUNCATE", open: "GRANT TRUNCATE ON care.visits TO clinic_app", object: "care.visits"},
	{name: "a key without the tenant", open: "CREATE UNIQUE INDEX one_note ON care.patients (note)", object: "care.patients", undo: "DROP INDEX IF EXISTS care.one_note"},
}

// TestClinicByTargetAlone audits and attacks a database that is not EnGarde's, of which bulkhead knows its target file alone.
func TestClinicByTargetAlone(t *testing.T) {
	n := stacktest.Postgres(t)
	stacktest.Clinic(t, n)
	dsn := n.DirectDSN("postgres", "clinic").Reveal()
	ctx := t.Context()
	admin, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.WithoutCancel(ctx))
	do := func(t *testing.T, statement string) {
		t.Helper()
		if _, err := admin.Exec(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	examine := func(t *testing.T, verb string, code int) result.Examination {
		t.Helper()
		out := t.TempDir()
		args := []string{verb, "--dsn", dsn, "--target", filepath.Join("..", "..", "fixtures", "clinic"), "--out", out}
		if verb == "attack" {
			args = append(args, "--role", "clinic_app="+n.DirectDSN("clinic_app", "clinic").Reveal(), "--allow-writes", "--only", "reads,writes,functions,interference,no-tenant")
		}
		_, said := must(t, bulkhead(t, args...), code)
		var e result.Examination
		text, err := os.ReadFile(filepath.Join(out, verb+".json"))
		if err == nil {
			err = json.Unmarshal(text, &e)
		}
		if err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		return e
	}
	examine(t, "audit", exitPass)
	examine(t, "attack", exitPass)
	for _, leak := range clinicLeaks {
		t.Run(leak.name, func(t *testing.T) {
			do(t, leak.open)
			e := examine(t, "audit", exitLeak)
			names(t, e, leak.object)
			if leak.tries {
				names(t, examine(t, "attack", exitLeak), leak.object)
			}
			for _, f := range e.Findings {
				if f.Severity != result.Note {
					do(t, f.Fix) // what is told to mend it can be run, and mends it
				}
			}
			examine(t, "audit", exitPass)
			if leak.undo != "" {
				do(t, leak.undo)
			}
		})
	}
	examine(t, "audit", exitPass)
}

// names wants a finding that decides and names an object.
func names(t *testing.T, e result.Examination, object string) {
	t.Helper()
	for _, f := range e.Findings {
		if f.Severity != result.Note && strings.Contains(f.Where+f.What, object) {
			return
		}
	}
	t.Errorf("%s: no finding names %s: %+v", e.Kind, object, e.Findings)
}
