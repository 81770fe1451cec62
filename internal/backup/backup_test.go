package backup

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/stack/stacktest"
	"github.com/engardehq/bulkhead/internal/target"
)

func TestMain(m *testing.M) { stacktest.Main(m) }

// rights is what a restored clinic needs again. The statements are those of its schema.sql.
const rights = `DO $$ BEGIN
	EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
	EXECUTE format('GRANT CONNECT ON DATABASE %I TO clinic_app', current_database());
END $$`

// settings belong to the scripts as well; they are apart so that a case shows them missing.
const settings = `DO $$ BEGIN EXECUTE format('ALTER ROLE clinic_app IN DATABASE %I SET statement_timeout = ''7s''', current_database()); END $$`

// clinic is a database with everything in it that a restore can lose, and how to back it up.
func clinic(t *testing.T) (Config, *pgx.Conn) {
	n := stacktest.Postgres(t)
	c := Config{Target: stacktest.Clinic(t, n), Admin: n.DirectDSN("postgres", "clinic").Reveal(), DSN: map[string]string{}, Folder: n.Scratch(),
		Scripts: fstest.MapFS{"clinic/database.sql": &fstest.MapFile{Data: []byte(rights)}}}
	c.Target.Backup = &target.Backup{Again: []string{"clinic/database.sql"}}
	for _, role := range c.Target.Logins() {
		c.DSN[role] = n.DirectDSN(role, "clinic").Reveal()
	}
	var err error
	if c.Programs, err = stack.Programs(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	boss, err := pgx.Connect(t.Context(), c.Admin)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = boss.Close(context.Background()) })
	for _, more := range []string{
		"ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", // the database is made and dropped many times
		// A check that the server writes down in another way when it reads its own text.
		"ALTER TABLE care.diagnoses ADD COLUMN state varchar, ADD CONSTRAINT known CHECK (state IN ('old', 'new'))",
		"CREATE TYPE care.urgency AS ENUM ('low', 'high')",
		"CREATE VIEW care.own_visits WITH (security_invoker = true) AS SELECT visit_id FROM care.visits",
		"GRANT SELECT (code) ON care.diagnoses TO PUBLIC",
		"SELECT setval('care.patients_patient_no_seq', 4711)",
		"GRANT SELECT ON SEQUENCE care.patients_patient_no_seq TO clinic_app",
		"ALTER ROLE clinic_app IN DATABASE clinic SET statement_timeout = '7s'",
	} {
		if _, err := boss.Exec(t.Context(), more); err != nil {
			t.Fatal(err)
		}
	}
	return c, boss
}

func tell(r *Report) string {
	var all []string
	for _, f := range r.Findings {
		all = append(all, fmt.Sprintf("%s %s (%s)", f.Channel, f.What, f.Evidence[0].Detail))
	}
	for _, c := range r.Checks {
		all = append(all, fmt.Sprintf("%s %s %d/%d %s", c.Channel, c.Status, c.Hits, c.Units, c.Why))
	}
	return strings.Join(append(all, fmt.Sprintf("%+v", *r.Backup)), "\n")
}

// TestBackup restores whole, and in each way that loses something. What it loses must be found, and nothing else.
func TestBackup(t *testing.T) {
	c, boss := clinic(t)
	again := c.Target.Backup.Again
	c.spoil = settings
	t.Run("whole", func(t *testing.T) { isWhole(t, c) })
	for _, tc := range []struct {
		name     string
		dump     []string
		restore  []string
		spoil    string
		no       bool // scripts
		want     []string
		evidence string
	}{
		{name: "without privileges", dump: []string{"--no-privileges"}, evidence: "clinic_app: SELECT",
			want: []string{"a restore loses grants", "a restore alters schemas, views, functions, types, triggers, sequences or indexes, or their rights"}},
		{name: "without owners", restore: []string{"--no-owner"}, evidence: "care.patients: owner: postgres, was clinic_owner",
			want: []string{"a restore gives tables to another owner, whom other policies hold", "a restore loses grants", "a restore grants what was not granted",
				"a restore alters schemas, views, functions, types, triggers, sequences or indexes, or their rights"}},
		{name: "without a table's rows", dump: []string{"--exclude-table-data=care.visit_notes"}, evidence: "care.visit_notes: rows lost: 0, was 240", want: []string{"a restore loses rows"}},
		{name: "without a table", dump: []string{"--exclude-table=care.visit_notes"}, evidence: "care.visit_notes: table lost: 240 rows",
			want: []string{"a restore loses tables", "a restore loses views, functions, types, triggers, sequences or indexes"}},
		{name: "without what comes after the rows", dump: []string{"--section=pre-data", "--section=data"}, evidence: "policy lost",
			want: []string{"a restore loses keys or other constraints", "a restore loses policies", "a restore loses views, functions, types, triggers, sequences or indexes", "a restore loses row security, or that it is forced"}},
		{name: "a policy dropped", spoil: "DROP POLICY own_practice ON care.visits", evidence: "care.visits: policy lost", want: []string{"a restore loses policies"}},
		{name: "not forced", spoil: "ALTER TABLE care.visits NO FORCE ROW LEVEL SECURITY", evidence: "care.visits: row security: on, was forced",
			want: []string{"a restore loses row security, or that it is forced"}},
		{name: "a tenant's rows", spoil: "DELETE FROM billing.invoices WHERE practice_no = 3", evidence: "3: rows of a tenant",
			want: []string{"a restore loses rows", "a restore has more or fewer rows of a tenant than were dumped"}},
		{name: "other rows", spoil: "UPDATE care.patients SET note = 'x' WHERE patient_no = 1 AND practice_no = 1", evidence: "care.patients: rows altered: values of note",
			want: []string{"a restore has other rows than were dumped"}},
		{name: "a column's grant", spoil: "REVOKE SELECT (code) ON care.diagnoses FROM PUBLIC", evidence: "care.diagnoses: grant lost: code public: SELECT", want: []string{"a restore loses grants"}},
		{name: "a view for all rows", spoil: "ALTER VIEW care.own_visits SET (security_invoker = false)", evidence: "view care.own_visits",
			want: []string{"a restore alters schemas, views, functions, types, triggers, sequences or indexes, or their rights"}},
		{name: "a key", spoil: "ALTER TABLE care.visit_notes DROP CONSTRAINT visit_notes_visit_id_fkey; DELETE FROM care.visits WHERE practice_no = 2", evidence: "visit_notes_visit_id_fkey",
			want: []string{"a restore loses rows", "a restore loses keys or other constraints", "a restore has more or fewer rows of a tenant than were dumped"}},
		{name: "another check", spoil: "ALTER TABLE care.diagnoses DROP CONSTRAINT known; ALTER TABLE care.diagnoses ADD CONSTRAINT known CHECK (state IN ('old', 'new', 'x'))",
			evidence: "key lost: known", want: []string{"a restore loses keys or other constraints", "a restore has keys that were not dumped"}},
		{name: "a broken key", spoil: "SET session_replication_role = replica; DELETE FROM care.visits WHERE practice_no = 2; RESET session_replication_role",
			evidence: "visit_notes_visit_id_fkey: 40 rows",
			want:     []string{"a restore loses rows", "a restore has more or fewer rows of a tenant than were dumped", "a restore has rows whose foreign key leads nowhere"}},
		{name: "a sequence", spoil: "SELECT setval('care.patients_patient_no_seq', 4000)", evidence: "4000, was 4711", want: []string{"a restore sets sequences back: numbers are given out twice"}},
		{name: "a type", spoil: "ALTER TYPE care.urgency ADD VALUE 'highest'", evidence: "highest",
			want: []string{"a restore alters schemas, views, functions, types, triggers, sequences or indexes, or their rights"}},
		{name: "rights on the database", no: true, evidence: "rights on the database of PUBLIC", want: []string{"a restored database has other rights or settings"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := c
			c.dumpMore, c.restoreMore, c.spoil = tc.dump, tc.restore, settings+";"+tc.spoil
			c.Target.Backup = &target.Backup{Again: again}
			if tc.no {
				c.Target.Backup, c.spoil = nil, ""
			}
			c.Target.Roles = nil // attempts are another test's
			loses(t, Run(t.Context(), c), tc.want, tc.evidence)
		})
	}
	t.Run("unknown", func(t *testing.T) { isUnknown(t, c) })
	t.Run("a silent miss", func(t *testing.T) { isSilent(t, c, boss) })
	var left int
	if err := boss.QueryRow(t.Context(), "SELECT count(*) FROM pg_database WHERE datname = $1", restored).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d restored databases are left, error %v", left, err)
	}
}

func loses(t *testing.T, r *Report, want []string, evidence string) {
	t.Helper()
	var got []string
	for _, f := range r.Findings {
		if f.Channel != "T03" || f.Severity != result.Weakness || f.Fix == "" {
			t.Errorf("a finding without channel, severity or mend: %+v", f)
		}
		got = append(got, f.What)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || !strings.Contains(strings.Join(r.Backup.Differences, "\n")+strings.Join(r.Backup.BrokenKeys, "\n"), evidence) {
		t.Errorf("found %q, want %q and %q:\n%s", got, want, evidence, tell(r))
	}
	if r.Checks[0].Status != result.Fail {
		t.Errorf("%+v", r.Checks[0])
	}
}

func isWhole(t *testing.T, c Config) {
	r := Run(t.Context(), c)
	if len(r.Findings) > 0 || r.Checks[0].Status != result.Pass || r.Checks[0].Units < 70 {
		t.Errorf("a whole restore: %s", tell(r))
	}
	b := r.Backup
	if b.Rows == 0 || b.Bytes == 0 || b.Tenants != 6 || b.Tables != 8 || len(b.Lacked) != 3 || len(b.Again) != 1 {
		t.Errorf("too little: %s", tell(r))
	}
	refused, foundOut := 0, 0
	for _, a := range b.Attempts {
		switch {
		case a.Refused != "":
			refused++
		case a.RowsMissing > 0 && a.TenantsMissing > 0:
			foundOut++
		}
	}
	if refused != 2 || foundOut != 2 {
		t.Errorf("attempts: %+v", b.Attempts)
	}
}

// isUnknown: what could not be done is neither a pass nor a finding.
func isUnknown(t *testing.T, c Config) {
	for name, broken := range map[string]func(c *Config){
		"isn't there":      func(c *Config) { c.Programs = t.TempDir() },
		"unrecognized":     func(c *Config) { c.restoreMore = []string{"--nonsense"} },
		"nobody knows how": func(c *Config) { c.DSN = nil },
		"no/such.sql":      func(c *Config) { c.Target.Backup = &target.Backup{Again: []string{"no/such.sql"}} },
	} {
		c := c
		broken(&c)
		r := Run(t.Context(), c)
		if r.Checks[0].Status != result.Unknown || len(r.Findings) > 0 || !strings.Contains(r.Backup.Unknown, name) {
			t.Errorf("%s: %s", name, tell(r))
		}
	}
}

// isSilent: a dump that lacks rows which no count by tenant shows is a finding.
func isSilent(t *testing.T, c Config, boss *pgx.Conn) {
	if _, err := boss.Exec(t.Context(), `REVOKE SELECT ON care.practices, care.patients, care.visits, billing.invoices FROM clinic_app;
		DROP POLICY own_practice ON care.visit_notes; CREATE POLICY few ON care.visit_notes TO clinic_app USING (body <> 'seen by 4')`); err != nil {
		t.Fatal(err)
	}
	r := Run(t.Context(), c)
	if !slices.ContainsFunc(r.Findings, func(f result.Finding) bool {
		return f.What == "a dump lacks rows, and the counts of tenants' rows don't show it" && f.Where == "dump by clinic_app"
	}) {
		t.Errorf("not found: %s", tell(r))
	}
}
