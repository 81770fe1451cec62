package probes

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/probes/book"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/stack/stacktest"
)

// ward is a stack of the clinic's with a pooler and a cache, for the probes of sessions.
type ward struct {
	testing.TB
	n *stack.Native
	c Config
}

func newWard(t testing.TB) *ward {
	n := stacktest.Postgres(t, stack.PgBouncer, stack.Redis)
	clinic := stacktest.Clinic(t, n)
	for _, err := range []error{n.StartPgBouncer(t.Context(), "clinic", clinic.Confined()), n.StartRedis(t.Context())} {
		if err != nil {
			t.Fatal(err)
		}
	}
	w := &ward{t, n, Config{Target: clinic, Admin: n.DirectDSN("postgres", "clinic").Reveal(), Direct: map[string]string{}, Pooled: map[string]string{},
		Console: n.Stack("clinic").Pooler.Admin.Reveal(), Tenants: []string{"1", "2", "3", "4"}, Depth: Pairs, Log: t.Logf}}
	for _, role := range clinic.Confined() {
		w.c.Direct[role], w.c.Pooled[role] = n.DirectDSN(role, "clinic").Reveal(), n.PooledDSN(role, "clinic").Reveal()
	}
	w.read()
	return w
}

// sql runs a script as the superuser.
func (w *ward) sql(script string) {
	w.Helper()
	conn, err := pgx.Connect(w.Context(), w.c.Admin)
	if err != nil {
		w.Fatal(err)
	}
	defer conn.Close(w.Context())
	if _, err := conn.Exec(w.Context(), script); err != nil {
		w.Fatalf("%s: %v", script, err)
	}
}

// read reads the catalog anew, as each attack does.
func (w *ward) read() {
	w.Helper()
	conn, err := pgx.Connect(w.Context(), w.c.Admin)
	if err != nil {
		w.Fatal(err)
	}
	defer conn.Close(w.Context())
	if w.c.Catalog, err = catalog.Read(w.Context(), conn, w.c.Target); err != nil {
		w.Fatal(err)
	}
}

// pooler changes lines of pgbouncer.ini and starts the pooler's connections anew.
func (w *ward) pooler(change func(ini string) string) (undo func()) {
	w.Helper()
	file := filepath.Join(w.n.Stack("clinic").Paths.Scratch, stack.PgBouncer, "pgbouncer.ini")
	was, err := os.ReadFile(file)
	if err != nil {
		w.Fatal(err)
	}
	put := func(text string) {
		w.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			w.Fatal(err)
		}
		for _, command := range []string{"RELOAD", "KILL clinic", "RESUME clinic"} {
			if _, err := w.n.PoolerShow(context.WithoutCancel(w.Context()), command); err != nil {
				w.Fatalf("%s: %v", command, err)
			}
		}
	}
	put(change(string(was)))
	return func() { put(string(was)) }
}

// refresh has the pooler make its server connections anew: their roles' defaults are read when they log in.
func (w *ward) refresh() { w.pooler(func(ini string) string { return ini }) }

type probe struct {
	name string
	run  func(context.Context, *Config, book.Book) error
}

var sessionProbes = []probe{
	{"no-tenant", noTenant}, {"scope", scope}, {"borrowed", borrowed}, {"accidents", accidents}, {"plans", plans}, {"options", options}, {"crowd", crowd}, {"notifications", notifications},
}

// attack runs probes by name, all where none is named.
func (w *ward) attack(names ...string) book.Book {
	w.Helper()
	w.read()
	b := book.Book{}
	for _, p := range sessionProbes {
		if len(names) > 0 && !slices.Contains(names, p.name) {
			continue
		}
		began := time.Now()
		if err := p.run(w.Context(), &w.c, b); err != nil {
			w.Errorf("%s: %v", p.name, err)
		}
		w.Logf("%s took %v", p.name, time.Since(began))
	}
	return b
}

func findings(b book.Book) (all []result.Finding) {
	for _, channel := range slices.Sorted(maps.Keys(b)) {
		all = append(all, b[channel].Findings...)
	}
	return all
}

// clean demands that nothing was found, and nothing left untold.
func (w *ward) clean(b book.Book) {
	w.Helper()
	for channel, o := range b {
		if len(o.Findings) > 0 || o.Hits > 0 || len(o.Unknown) > 0 || o.Units == 0 {
			w.Errorf("%s: %d of %d, unknown %q, findings %s", channel, o.Hits, o.Units, o.Unknown, show(o.Findings))
		} else {
			w.Logf("%s: %d looked at; residual %q", channel, o.Units, o.Residual)
		}
	}
}

func show(all []result.Finding) string {
	var text strings.Builder
	for _, f := range all {
		fmt.Fprintf(&text, "\n  %s %s at %s: %s (%d) %+v\n    fix: %s", f.Channel, f.Severity, f.Where, f.What, f.Count, f.Evidence, f.Fix)
	}
	return text.String()
}

const mine = "practice_no = NULLIF(current_setting('clinic.practice', true), '')::bigint"

// broken are deployments in which a door stands open, each with what must be found.
var broken = []struct {
	name   string
	breaks string // SQL
	mends  string
	pooler func(ini string) string
	probe  string
	find   result.Finding // what is given of it must be so; What and Where in part
}{
	{name: "a policy open without a tenant", breaks: "ALTER POLICY own_practice ON care.patients USING (current_setting('clinic.practice', true) IS NULL OR " + mine + ")",
		probe: "no-tenant", find: result.Finding{Channel: "C01", Severity: result.Leak, Where: "care.patients"}},
	{name: "a policy open for an empty tenant", breaks: "ALTER POLICY own_practice ON care.visits USING (coalesce(current_setting('clinic.practice', true), '') = '' OR " + mine + ")",
		probe: "no-tenant", find: result.Finding{Channel: "C01", Severity: result.Leak, Where: "care.visits"}},
	{name: "a policy by pattern", breaks: "ALTER POLICY own_practice ON care.patients USING (practice_no::text LIKE current_setting('clinic.practice', true))",
		probe: "no-tenant", find: result.Finding{Channel: "C01", Severity: result.Leak, Where: "care.patients"}},
	{name: "a word that opens everything", breaks: "ALTER POLICY own_practice ON care.patients USING (CASE current_setting('clinic.practice', true) WHEN 'admin' THEN true ELSE " + mine + " END)",
		probe: "no-tenant", find: result.Finding{Channel: "C01", Severity: result.Leak, Where: "care.patients"}},
	{name: "a role that starts with a tenant", breaks: "ALTER ROLE clinic_app SET clinic.practice = '3'", mends: "ALTER ROLE clinic_app RESET clinic.practice",
		probe: "no-tenant", find: result.Finding{Channel: "C01", Severity: result.Leak, Fix: "ALTER ROLE clinic_app RESET clinic.practice;"}},
	{name: "a database that starts with a tenant", breaks: "ALTER DATABASE clinic SET clinic.practice = '3'", mends: "ALTER DATABASE clinic RESET clinic.practice",
		probe: "no-tenant", find: result.Finding{Channel: "C01", Severity: result.Leak, Fix: "ALTER DATABASE clinic RESET clinic.practice;"}},
	{name: "row security off", breaks: "ALTER TABLE care.visit_notes DISABLE ROW LEVEL SECURITY",
		probe: "no-tenant", find: result.Finding{Channel: "C01", Severity: result.Leak, Where: "care.visit_notes"}},
	{name: "a view of its owner's", breaks: "CREATE VIEW care.everybody AS SELECT * FROM care.patients; GRANT SELECT ON care.everybody TO clinic_app", mends: "DROP VIEW care.everybody",
		probe: "no-tenant", find: result.Finding{Channel: "C01", Severity: result.Leak, Where: "care.everybody"}},
	{name: "a policy's function that is immutable", breaks: "CREATE FUNCTION care.me() RETURNS bigint IMMUTABLE LANGUAGE sql AS $$SELECT NULLIF(current_setting('clinic.practice', true), '')::bigint$$;" +
		"GRANT EXECUTE ON FUNCTION care.me() TO clinic_app; ALTER POLICY own_practice ON care.patients USING (practice_no = care.me())",
		mends: "ALTER POLICY own_practice ON care.patients USING (" + mine + "); DROP FUNCTION care.me()",
		probe: "plans", find: result.Finding{Channel: "C06", Severity: result.Leak, Where: "care.patients"}},
	{name: "temporary tables on pooled connections", breaks: "GRANT TEMPORARY ON DATABASE clinic TO clinic_app", mends: "REVOKE TEMPORARY ON DATABASE clinic FROM clinic_app",
		probe: "borrowed", find: result.Finding{Channel: "C04", Severity: result.Leak, What: "temporary tables"}},
	{name: "a role that can be left behind", breaks: "GRANT clinic_owner TO clinic_app", mends: "REVOKE clinic_owner FROM clinic_app",
		probe: "borrowed", find: result.Finding{Channel: "C04", What: "clinic_owner", Fix: "REVOKE \"clinic_owner\""}},
	{name: "whole sessions, not cleaned", pooler: func(ini string) string {
		return strings.Replace(ini, "pool_mode = transaction", "pool_mode = session\nserver_reset_query =", 1)
	}, probe: "borrowed", find: result.Finding{Channel: "C04", Severity: result.Leak, What: "doesn't clean"}},
	{name: "whole sessions, not cleaned: the tenant", pooler: func(ini string) string {
		return strings.Replace(ini, "pool_mode = transaction", "pool_mode = session\nserver_reset_query =", 1)
	}, probe: "scope", find: result.Finding{Channel: "C03", What: "doesn't clean"}},
	{name: "a query at connect that sets a tenant", pooler: func(ini string) string {
		return strings.Replace(ini, "dbname=clinic", "dbname=clinic connect_query='SET clinic.practice = 3'", 1)
	}, probe: "borrowed", find: result.Finding{Channel: "C04", What: "tenant = 3"}},
	{name: "a query at connect that leaves the search path", pooler: func(ini string) string {
		return strings.Replace(ini, "dbname=clinic", "dbname=clinic connect_query='SET search_path = care'", 1)
	}, probe: "borrowed", find: result.Finding{Channel: "C04", What: "search_path"}},
	{name: "a query at connect and no tenant", pooler: func(ini string) string {
		return strings.Replace(ini, "dbname=clinic", "dbname=clinic connect_query='SET clinic.practice = 3'", 1)
	}, probe: "no-tenant", find: result.Finding{Channel: "C01", Severity: result.Leak}},
	{name: "a trigger that tells all who listen", breaks: "CREATE FUNCTION care.tell() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM pg_notify('visits', NEW.patient_no::text); RETURN NEW; END$$;" +
		"CREATE TRIGGER tell AFTER INSERT ON care.visits FOR EACH ROW EXECUTE FUNCTION care.tell()", mends: "DROP TRIGGER tell ON care.visits; DROP FUNCTION care.tell()",
		probe: "notifications", find: result.Finding{Channel: "W07", Where: "care.visits", Fix: "DROP TRIGGER tell ON care.visits;"}},
}

func TestSessions(t *testing.T) {
	w := newWard(t)
	t.Run("healthy", func(t *testing.T) { w := *w; w.TB = t; w.clean(w.attack()) })
	for _, b := range broken {
		t.Run(b.name, func(t *testing.T) {
			w := *w
			w.TB = t
			mends := b.mends
			if b.breaks != "" && mends == "" {
				mends = "ALTER POLICY own_practice ON care.patients USING (" + mine + "); ALTER POLICY own_practice ON care.visits USING (" + mine + "); ALTER TABLE care.visit_notes ENABLE ROW LEVEL SECURITY"
			}
			undo := func() {}
			if b.pooler != nil {
				undo = w.pooler(b.pooler)
			}
			w.sql(b.breaks)
			w.refresh()
			found := findings(w.attack(b.probe))
			undo()
			w.sql(mends)
			w.refresh()
			if !slices.ContainsFunc(found, func(f result.Finding) bool {
				return f.Channel == b.find.Channel && (b.find.Severity == "" || f.Severity == b.find.Severity) && strings.Contains(f.What, b.find.What) &&
					strings.Contains(f.Where, b.find.Where) && strings.Contains(f.Fix, b.find.Fix)
			}) {
				t.Errorf("want %+v, found %s", b.find, show(found))
			}
			t.Log(show(found))
		})
	}
	t.Run("a setter for the session", func(t *testing.T) {
		w := *w
		w.TB = t
		w.sql(`CREATE FUNCTION care.act_as(practice text) RETURNS text LANGUAGE sql AS $$SELECT pg_catalog.set_config('clinic.practice', practice, false)$$;
			GRANT EXECUTE ON FUNCTION care.act_as(text) TO clinic_app`)
		w.c.Target.Tenancy.Set = "SELECT care.act_as($1)"
		found := findings(w.attack("scope"))
		if len(found) != 1 || found[0].Channel != "C03" || found[0].Severity != result.Leak || !strings.Contains(found[0].Fix, "practice, true)") {
			t.Fatalf("found %s", show(found))
		}
		w.sql(found[0].Fix) // mends it
		if found := findings(w.attack("scope")); len(found) != 0 {
			t.Errorf("mended, found %s", show(found))
		}
		w.sql("DROP FUNCTION care.act_as(text)")
	})
	t.Run("healthy again", func(t *testing.T) { w := *w; w.TB = t; w.clean(w.attack()) })
}
