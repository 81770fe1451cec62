package probes

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/stack/stacktest"
)

// practice is the clinic's database alone, for the probes that attack it by statements.
type practice struct {
	testing.TB
	n *stack.Native
	c Config
}

func newPractice(t testing.TB) *practice {
	n := stacktest.Postgres(t)
	clinic := stacktest.Clinic(t, n)
	p := &practice{t, n, Config{Target: clinic, Admin: n.DirectDSN("postgres", "clinic").Reveal(), Direct: map[string]string{}, Depth: Pairs, Log: t.Logf, Seed: 1}}
	for _, role := range clinic.Confined() {
		p.c.Direct[role] = n.DirectDSN(role, "clinic").Reveal()
	}
	return p
}

func (p *practice) sql(script string) {
	p.Helper()
	conn, err := pgx.Connect(p.Context(), p.c.Admin)
	if err != nil {
		p.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(p.Context(), script); err != nil {
		p.Fatalf("%s: %v", script, err)
	}
}

// digest is what the whole database holds.
func (p *practice) digest() (all string) {
	p.Helper()
	conn, err := pgx.Connect(p.Context(), p.c.Admin)
	if err != nil {
		p.Fatal(err)
	}
	defer conn.Close(context.Background())
	c, err := catalog.Read(p.Context(), conn, p.c.Target)
	if err != nil {
		p.Fatal(err)
	}
	for _, r := range c.Relations {
		var sum string
		if err := conn.QueryRow(p.Context(), "SELECT count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM "+r.SQL()+" AS t").Scan(&sum); err != nil {
			p.Fatal(err)
		}
		all += r.FullName() + " " + sum + "\n"
	}
	return all
}

// attack reads the catalog, as each attack does, and attacks by these probes.
func (p *practice) attack(depth Depth, only ...string) *Report {
	p.Helper()
	conn, err := pgx.Connect(p.Context(), p.c.Admin)
	if err != nil {
		p.Fatal(err)
	}
	defer conn.Close(context.Background())
	c := p.c
	c.Depth, c.Only = depth, only
	if c.Catalog, err = catalog.Read(p.Context(), conn, c.Target); err != nil {
		p.Fatal(err)
	}
	if c.Tenants, err = ChooseTenants(p.Context(), conn, c); err != nil {
		p.Fatal(err)
	}
	r, err := Run(p.Context(), c)
	if err != nil {
		p.Fatal(err)
	}
	return r
}

// clean demands that an attack has found nothing and could tell everything.
func (p *practice) clean(r *Report) {
	p.Helper()
	for _, f := range r.Findings {
		if f.Severity != result.Note {
			p.Errorf("%s %s: %s (%s)", f.Severity, f.Channel, f.What, f.Where)
		}
	}
	for _, c := range r.Checks {
		if c.Status == result.Unknown || c.Status == result.NotChecked && !slices.Contains(p.c.Without(), c.Lacks) {
			p.Errorf("%s %s: %s, %s", c.Channel, c.Name, c.Status, c.Why)
		}
	}
}

var bySQL = []string{"reads", "writes", "functions", "interference", "privileges"}

const ownOnly = "practice_no = NULLIF(current_setting('clinic.practice', true), '')::bigint"

// planted are small changes that each open a door: what must be named, on which channels it may be found, and how it is undone.
var planted = []struct{ name, sql, undo, names, channels string }{
	{"a table without row security", "ALTER TABLE care.patients DISABLE ROW LEVEL SECURITY", "ALTER TABLE care.patients ENABLE ROW LEVEL SECURITY", "care.patients", "S04"},
	{"a table with rows by key without row security", "ALTER TABLE care.visit_notes DISABLE ROW LEVEL SECURITY", "ALTER TABLE care.visit_notes ENABLE ROW LEVEL SECURITY", "care.visit_notes", "S04"},
	{"a role past all policies", "ALTER ROLE clinic_app BYPASSRLS", "ALTER ROLE clinic_app NOBYPASSRLS", "clinic_app", "S02"},
	{"a superuser", "ALTER ROLE clinic_app SUPERUSER", "ALTER ROLE clinic_app NOSUPERUSER", "clinic_app", "S02 S03"},
	{"a table that the application owns", "ALTER TABLE care.visits OWNER TO clinic_app; ALTER TABLE care.visits NO FORCE ROW LEVEL SECURITY", "ALTER TABLE care.visits FORCE ROW LEVEL SECURITY; ALTER TABLE care.visits OWNER TO clinic_owner; GRANT SELECT, INSERT, UPDATE, DELETE ON care.visits TO clinic_app", "care.visits", "S01"},
	{"a second policy", "CREATE POLICY more ON care.patients FOR SELECT USING (born < '1955-01-01')", "DROP POLICY more ON care.patients", "care.patients", "S05 S06"},
	{"a policy open without a tenant's match", "ALTER POLICY own_practice ON care.visits USING (practice_no = COALESCE(NULLIF(current_setting('clinic.practice', true), '')::bigint, practice_no) OR code = 'J11')", "ALTER POLICY own_practice ON care.visits USING (" + ownOnly + ")", "care.visits", "S05 S06"},
	{"a policy that shows one tenant to all", "ALTER POLICY own_practice ON care.patients USING (" + ownOnly + " OR practice_no = 3)", "ALTER POLICY own_practice ON care.patients USING (" + ownOnly + ")", "care.patients", "S05 S06"},
	{"a policy by which one tenant sees all", "ALTER POLICY own_practice ON care.patients USING (" + ownOnly + " OR current_setting('clinic.practice', true) = '5')", "ALTER POLICY own_practice ON care.patients USING (" + ownOnly + ")", "care.patients", "S05 S06"},
	{"a policy that compares patterns", "ALTER POLICY own_practice ON care.practices USING (name LIKE '%' || current_setting('clinic.practice', true) OR name LIKE '%1')", "ALTER POLICY own_practice ON care.practices USING (" + ownOnly + ")", "care.practices", "S05 S06"},
	{"a partition by itself", "GRANT SELECT ON billing.invoices_2025 TO clinic_app; ALTER TABLE billing.invoices_2025 DISABLE ROW LEVEL SECURITY", "REVOKE SELECT ON billing.invoices_2025 FROM clinic_app; ALTER TABLE billing.invoices_2025 ENABLE ROW LEVEL SECURITY", "billing.invoices_2025", "S04"},
	{"a clone", "CREATE TABLE care.patients_old AS SELECT * FROM care.patients; GRANT SELECT ON care.patients_old TO clinic_app", "DROP TABLE care.patients_old", "care.patients_old", "S04"},
	{"a clone without the tenant", "CREATE TABLE care.mailing AS SELECT name, born FROM care.patients; GRANT SELECT (name) ON care.mailing TO clinic_app", "DROP TABLE care.mailing", "care.mailing", "S04"},
	{"an owner's view", "CREATE VIEW care.everybody AS SELECT * FROM care.patients; GRANT SELECT ON care.everybody TO clinic_app", "DROP VIEW care.everybody", "care.everybody", "S07"},
	{"a view of a number", "CREATE VIEW care.size AS SELECT count(*) FROM care.visits; GRANT SELECT ON care.size TO clinic_app", "DROP VIEW care.size", "care.size", "S07"},
	{"a materialized view of a sum", "CREATE MATERIALIZED VIEW billing.total AS SELECT sum(amount) FROM billing.invoices; GRANT SELECT ON billing.total TO clinic_app", "DROP MATERIALIZED VIEW billing.total", "billing.total", "S07"},
	{"a function that gives rows", "CREATE FUNCTION care.find(q text) RETURNS SETOF care.patients LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM care.patients WHERE name LIKE q'", "DROP FUNCTION care.find", "care.find", "S08"},
	{"a function that gives a number", "CREATE FUNCTION care.busy(d date) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM care.visits WHERE at >= d'", "DROP FUNCTION care.busy", "care.busy", "S08"},
	{"a function that tells by its error", "CREATE FUNCTION care.check_name(n text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$BEGIN IF EXISTS (SELECT FROM care.patients WHERE name ~ n) THEN RAISE EXCEPTION 'taken by %', (SELECT name FROM care.patients WHERE name ~ n AND practice_no = 6 LIMIT 1); END IF; END$$", "DROP FUNCTION care.check_name", "care.check_name", "S08"},
	{"a procedure with an answer", "CREATE PROCEDURE care.first(OUT who text) LANGUAGE plpgsql SECURITY DEFINER AS $$BEGIN SELECT name INTO who FROM care.patients ORDER BY practice_no DESC, patient_no LIMIT 1; END$$; GRANT EXECUTE ON PROCEDURE care.first TO clinic_app", "DROP PROCEDURE care.first", "care.first", "S08"},
	{"a trigger that copies", "CREATE TABLE care.journal (line text); GRANT SELECT ON care.journal TO clinic_app; CREATE FUNCTION care.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$BEGIN INSERT INTO care.journal VALUES (NEW.name); RETURN NEW; END$$; CREATE TRIGGER note AFTER INSERT OR UPDATE ON care.patients FOR EACH ROW EXECUTE FUNCTION care.note()", "DROP TRIGGER note ON care.patients; DROP FUNCTION care.note; DROP TABLE care.journal", "care.journal", "S10"},
	{"inserting for anybody", "CREATE POLICY add ON care.patients FOR INSERT TO clinic_app WITH CHECK (true)", "DROP POLICY add ON care.patients", "care.patients", "W01"},
	{"moving to anybody", "ALTER POLICY own_practice ON care.patients WITH CHECK (true)", "DROP POLICY own_practice ON care.patients; CREATE POLICY own_practice ON care.patients TO clinic_app USING (" + ownOnly + ")", "care.patients", "W01"},
	{"deleting anybody's", "CREATE POLICY remove ON care.visit_notes FOR DELETE TO clinic_app USING (true)", "DROP POLICY remove ON care.visit_notes", "care.visit_notes", "W02"},
	{"changing anybody's", "CREATE POLICY edit ON care.visits FOR UPDATE TO clinic_app USING (true)", "DROP POLICY edit ON care.visits", "care.visits", "W01 W02"},
	{"emptying a table", "GRANT TRUNCATE ON care.visit_notes TO clinic_app", "REVOKE TRUNCATE ON care.visit_notes FROM clinic_app", "care.visit_notes", "W03"},
	{"emptying a table that others refer to", "GRANT TRUNCATE ON care.patients TO clinic_app", "REVOKE TRUNCATE ON care.patients FROM clinic_app", "care.patients", "W03"},
	{"writing through an owner's view", "CREATE VIEW care.desk AS SELECT * FROM care.patients; GRANT SELECT, INSERT ON care.desk TO clinic_app", "DROP VIEW care.desk", "care.desk", "W01"},
	{"becoming the owner", "GRANT clinic_owner TO clinic_app", "REVOKE clinic_owner FROM clinic_app", "clinic_owner", "S03"},
	{"making tables", "GRANT CREATE ON SCHEMA care TO clinic_app", "REVOKE CREATE ON SCHEMA care FROM clinic_app", "care", "S13"},
	{"adding triggers", "GRANT TRIGGER ON care.visits TO clinic_app", "REVOKE TRIGGER ON care.visits FROM clinic_app", "care.visits", "S10"},
	{"reading files", "GRANT pg_read_server_files TO clinic_app; GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO clinic_app", "REVOKE pg_read_server_files FROM clinic_app; REVOKE EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) FROM clinic_app", "pg_read_file", "S11"},
	{"a large object for all", "SELECT lo_from_bytea(777, 'patients of all practices'); GRANT SELECT ON LARGE OBJECT 777 TO PUBLIC", "SELECT lo_unlink(777)", "777", "S16"},
	{"replication", "ALTER ROLE clinic_app REPLICATION", "ALTER ROLE clinic_app NOREPLICATION", "replication", "S12"},
}

func TestPlantedLeaksAreFound(t *testing.T) {
	p := newPractice(t)
	p.clean(p.attack(Pairs, bySQL...))
	before := p.digest()
	for _, leak := range planted {
		t.Run(strings.ReplaceAll(leak.name, " ", "-"), func(t *testing.T) {
			p.sql(leak.sql)
			defer p.sql(leak.undo)
			r := p.attack(Pairs, bySQL...)
			found := slices.ContainsFunc(r.Findings, func(f result.Finding) bool {
				return f.Severity != result.Note && f.Fix != "" && strings.Contains(f.What+" "+f.Where, leak.names) && strings.Contains(leak.channels, f.Channel)
			})
			if !found {
				t.Errorf("not found; there are:")
				for _, f := range r.Findings {
					t.Logf("%s %s: %s (%s): %s", f.Severity, f.Channel, f.What, f.Where, f.Fix)
				}
			}
		})
	}
	p.clean(p.attack(Pairs, bySQL...))
	if after := p.digest(); after != before {
		t.Errorf("attacks have changed the database:\n%s\nbefore:\n%s", after, before)
	}
}

var harmless = []struct{ name, sql, undo string }{
	{"a restrictive policy", "CREATE POLICY narrow ON care.patients AS RESTRICTIVE FOR SELECT TO clinic_app USING (born > '1953-01-01')", "DROP POLICY narrow ON care.patients"},
	{"a look-up table", "CREATE TABLE care.insurers (code text PRIMARY KEY, name text); INSERT INTO care.insurers VALUES ('a', 'Alpha Mutual'), ('b', 'Beta'); GRANT SELECT ON care.insurers TO clinic_app", "DROP TABLE care.insurers"},
	{"an invoker's view", "CREATE VIEW care.young WITH (security_invoker = true) AS SELECT * FROM care.patients WHERE born > '1952-01-01'; GRANT SELECT ON care.young TO clinic_app", "DROP VIEW care.young"},
	{"an index", "CREATE INDEX by_name ON care.patients (practice_no, name)", "DROP INDEX care.by_name"},
	{"a generated column", "ALTER TABLE care.patients ADD COLUMN shout text GENERATED ALWAYS AS (upper(name)) STORED", "ALTER TABLE care.patients DROP COLUMN shout"},
	{"policies by command", "DROP POLICY own_practice ON care.visits; CREATE POLICY r ON care.visits FOR SELECT TO clinic_app USING (" + ownOnly + "); CREATE POLICY i ON care.visits FOR INSERT TO clinic_app WITH CHECK (" + ownOnly + "); CREATE POLICY u ON care.visits FOR UPDATE TO clinic_app USING (" + ownOnly + "); CREATE POLICY d ON care.visits FOR DELETE TO clinic_app USING (" + ownOnly + ")",
		"DROP POLICY r ON care.visits; DROP POLICY i ON care.visits; DROP POLICY u ON care.visits; DROP POLICY d ON care.visits; CREATE POLICY own_practice ON care.visits TO clinic_app USING (" + ownOnly + ")"},
	{"a function with the caller's rights", "CREATE FUNCTION care.mine() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM care.patients'", "DROP FUNCTION care.mine"},
	{"an owner's function that keeps to the tenant", "CREATE FUNCTION care.my_visits() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$SELECT count(*) FROM care.visits WHERE " + ownOnly + "$$", "DROP FUNCTION care.my_visits"},
	{"an owner's view that keeps to the tenant", "CREATE VIEW care.own AS SELECT * FROM care.patients WHERE " + ownOnly + "; GRANT SELECT ON care.own TO clinic_app", "DROP VIEW care.own"},
	{"a trigger on the row itself", "CREATE FUNCTION care.touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.note := coalesce(NEW.note, ''); RETURN NEW; END$$; CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON care.patients FOR EACH ROW EXECUTE FUNCTION care.touch()", "DROP TRIGGER touch ON care.patients; DROP FUNCTION care.touch"},
	{"a table that nobody is shown", "CREATE TABLE care.attic (practice_no bigint NOT NULL, body text); INSERT INTO care.attic SELECT practice_no, 'x' FROM care.practices; ALTER TABLE care.attic ENABLE ROW LEVEL SECURITY; ALTER TABLE care.attic FORCE ROW LEVEL SECURITY; GRANT SELECT ON care.attic TO clinic_app", "DROP TABLE care.attic"},
	{"a table done right", "CREATE TABLE care.rooms (practice_no bigint NOT NULL REFERENCES care.practices, room text NOT NULL, PRIMARY KEY (practice_no, room)); INSERT INTO care.rooms SELECT practice_no, 'blue' FROM care.practices; ALTER TABLE care.rooms ENABLE ROW LEVEL SECURITY; ALTER TABLE care.rooms FORCE ROW LEVEL SECURITY; CREATE POLICY own_practice ON care.rooms TO clinic_app USING (" + ownOnly + "); GRANT SELECT, INSERT, UPDATE, DELETE ON care.rooms TO clinic_app", "DROP TABLE care.rooms"},
	{"statistics", "CREATE STATISTICS care.st ON born, name FROM care.patients; ANALYZE", "DROP STATISTICS care.st"},
}

func TestHarmlessChangesRaiseNothing(t *testing.T) {
	p := newPractice(t)
	for _, change := range harmless {
		t.Run(strings.ReplaceAll(change.name, " ", "-"), func(t *testing.T) {
			p.sql(change.sql)
			defer p.sql(change.undo)
			(&practice{t, p.n, p.c}).clean(p.attack(Pairs, bySQL...))
		})
	}
}

func TestOwnProbes(t *testing.T) {
	p := newPractice(t)
	p.c.Own = []Own{
		{File: "probes/patients.sql", Channel: "S05", Expect: "no foreign rows", SQL: "SELECT name FROM care.patients"},
		{File: "probes/title.sql", Channel: "S14", Expect: "refused 42501", SQL: "UPDATE care.diagnoses SET title = ''", Mend: "REVOKE UPDATE ON care.diagnoses FROM {role};"},
		{File: "probes/number.sql", Channel: "W06", Expect: "same answer", SQL: "SELECT count(*) FROM care.visits"},
	}
	p.clean(p.attack(Pairs, "own", "interference"))
	p.sql("GRANT UPDATE ON care.diagnoses TO clinic_app; ALTER TABLE care.patients DISABLE ROW LEVEL SECURITY; CREATE POLICY more ON care.visits USING (true)")
	r := p.attack(Pairs, "own", "interference")
	for _, file := range []string{"S05", "S14", "W06"} {
		if !slices.ContainsFunc(r.Findings, func(f result.Finding) bool {
			return f.Channel == file && strings.Contains(f.What, "probes/") || f.Channel == file && f.Fix == `REVOKE UPDATE ON care.diagnoses FROM "clinic_app";`
		}) {
			t.Errorf("the probe of %s found nothing: %+v", file, r.Findings)
		}
	}
}

func TestNothingPassesWithoutControl(t *testing.T) {
	p := newPractice(t)
	p.sql("ALTER ROLE clinic_app SET clinic.practice = '1'; DROP POLICY own_practice ON care.patients; DROP POLICY own_practice ON care.visits; DROP POLICY own_practice ON care.visit_notes; DROP POLICY own_practice ON care.practices; DROP POLICY own_practice ON billing.invoices")
	r := p.attack(Pairs, "reads")
	if !slices.ContainsFunc(r.Checks, func(c result.Check) bool { return c.Status == result.Unknown }) {
		t.Errorf("tenants see nothing at all, and that passes: %+v", r.Checks)
	}
}
