package migrate

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// TestAfterLangflow runs the real Langflow beside EnGarde's migrations. Both orders of them, other versions and upgrades are tried by
// `bulkhead layouts`.
func TestAfterLangflow(t *testing.T) {
	s := startServer(t)
	if err := Bootstrap(t.Context(), Hardened, s.super("engarde"), s.passwords); err != nil {
		t.Fatal(err)
	}
	l := newLangflow(t, s)
	alembic(t, s, alembicPython(t, s), "upgrade", "head")
	l.start(t)
	before, err := Revisions(t.Context(), s.super("engarde"))
	if err != nil || !cmp.Equal(before.Public, []string{head}) || len(before.Langflow) == 0 {
		t.Fatalf("revisions: %+v, %v", before, err)
	}
	denied(t, s, `SELECT * FROM langflow.flow`)
	for range 2 {
		after(t, s)
	}
	besideLangflow(t, s, l)

	l.stop(t)
	l.start(t)
	afterRestart(t, s, l, before)
	madeAnew(t, s)
	stepAside(t, s)
}

// stepAside: before an upgrade nothing reads Langflow's columns and nobody its tables, and Langflow still can; afterwards all is as before.
func stepAside(t *testing.T, s *server) {
	if err := BeforeUpgrade(t.Context(), Hardened, s.super("engarde")); err != nil {
		t.Fatal(err)
	}
	denied(t, s, `SELECT * FROM langflow.flow`)
	if n := count(t, s.connect(t, s.as("langflow_app")), `SELECT count(*) FROM flow`); n == 0 {
		t.Error("langflow_app sees no flow before the upgrade")
	}
	run(t, s.connect(t, s.super("engarde")), `BEGIN; ALTER TABLE langflow.flow ALTER COLUMN updated_at TYPE text, ALTER COLUMN name TYPE varchar(500); ROLLBACK`)
	after(t, s)
	everyTableCovered(t, s)
}

func after(t *testing.T, s *server) {
	t.Helper()
	if err := AfterLangflow(t.Context(), Hardened, s.super("engarde")); err != nil {
		t.Fatal(err)
	}
}

// denied checks that the backend's role may not run the query, tenant set or not.
func denied(t *testing.T, s *server, query string) {
	t.Helper()
	conn := s.connect(t, s.as("engarde_user"))
	asTenant(t, conn, tenantA, func(tx pgx.Tx) { wantCode(t, tx, insufficientPrivilege, query) })
}

// besideLangflow lets two tenants work in Langflow through its API and looks at what the
// database then shows to whom.
func besideLangflow(t *testing.T, s *server, l *langflow) {
	migrator := s.connect(t, s.as("engarde_migrator"))
	run(t, migrator, `SET ROLE engarde_owner`)
	flows := map[string]string{}
	for _, tenant := range []string{tenantA, tenantB} {
		user, token := l.user(t, "user of "+tenant)
		flows[tenant] = l.flow(t, token, "flow of "+tenant)
		run(t, migrator, `INSERT INTO public.tenants (id, name, slug) VALUES ($1, 'tenant', 'tenant')`, tenant)
		run(t, migrator, `INSERT INTO public.langflow_tenant_users (tenant_id, user_id, username) VALUES ($1, $2, 'flow')`, tenant, user)
	}
	everyTableCovered(t, s)
	// Langflow gives each user starter flows and a folder too, so ids are looked for, not counted.
	conn := s.connect(t, s.as("engarde_user"))
	for _, tenant := range []string{tenantA, tenantB, tenantA} {
		other := map[string]string{tenantA: tenantB, tenantB: tenantA}[tenant]
		asTenant(t, conn, tenant, func(tx pgx.Tx) {
			for _, table := range []string{"langflow.flow", "public.tenant_flows"} {
				if n := count(t, tx, `SELECT count(*) FROM `+table+` WHERE id = $1`, flows[tenant]); n != 1 {
					t.Errorf("%s doesn't find its own flow in %s", tenant, table)
				}
				if n := count(t, tx, `SELECT count(*) FROM `+table+` WHERE id = $1`, flows[other]); n != 0 {
					t.Errorf("%s finds the other's flow in %s", tenant, table)
				}
			}
			if n := count(t, tx, `SELECT count(*) FROM public.tenant_flows WHERE tenant_id IS DISTINCT FROM $1`, tenant); n != 0 {
				t.Errorf("%s: %d flows of others in the view", tenant, n)
			}
			if n := count(t, tx, `SELECT count(*) FROM langflow."user"`); n != 1 {
				t.Errorf("%s sees %d Langflow users, want its own one", tenant, n)
			}
			if n := count(t, tx, `SELECT count(*) FROM langflow.folder`); n == 0 {
				t.Errorf("%s sees no folder: its own is hidden from it", tenant)
			}
			wantCode(t, tx, insufficientPrivilege, `UPDATE langflow.flow SET name = 'x'`)
			wantCode(t, tx, insufficientPrivilege, `SELECT * FROM langflow.alembic_version`)
		})
		for _, table := range []string{"langflow.flow", "public.tenant_flows", `langflow."user"`, "langflow.vertex_build"} {
			if n := count(t, conn, `SELECT count(*) FROM `+table); n != 0 {
				t.Errorf("%d rows of %s without a tenant set, want 0", n, table)
			}
		}
	}
	ownerIsForced(t, s)
}

// everyTableCovered reads the catalog: RLS and FORCE on every table, and nothing readable by the
// backend's role that has no tenant policy.
func everyTableCovered(t *testing.T, s *server) {
	conn := s.connect(t, s.super("engarde"))
	const tables = `FROM pg_class c WHERE c.relnamespace = 'langflow'::regnamespace AND c.relkind IN ('r', 'p')`
	if n := count(t, conn, `SELECT count(*) `+tables); n < 9 {
		t.Fatalf("%d tables in langflow", n)
	}
	const policy = `EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = '`
	for name, query := range map[string]string{
		"without RLS or FORCE":               `SELECT c.relname ` + tables + ` AND NOT (c.relrowsecurity AND c.relforcerowsecurity)`,
		"without service policy":             `SELECT c.relname ` + tables + ` AND NOT ` + policy + `langflow_service')`,
		"readable without tenant policy":     `SELECT c.relname ` + tables + ` AND has_any_column_privilege('engarde_user', c.oid, 'SELECT') <> ` + policy + `tenant_isolation')`,
		"writable by the backend or monitor": `SELECT c.relname ` + tables + ` AND (has_table_privilege('engarde_user', c.oid, 'INSERT,UPDATE,DELETE,TRUNCATE') OR has_table_privilege('audit_user', c.oid, 'INSERT,UPDATE,DELETE,TRUNCATE'))`,
		"not owned by langflow_app":          `SELECT c.relname ` + tables + ` AND c.relowner <> 'langflow_app'::regrole`,
	} {
		if found := texts(t, conn, query); len(found) > 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
	t.Logf("with a way to the tenant: %s", strings.Join(texts(t, conn, `SELECT c.relname `+tables+` AND `+policy+`tenant_isolation') ORDER BY 1`), " "))
	t.Logf("without: %s", strings.Join(texts(t, conn, `SELECT c.relname `+tables+` AND NOT `+policy+`tenant_isolation') ORDER BY 1`), " "))
}

// ownerIsForced shows that Langflow's role reads its own tables by its policy alone.
func ownerIsForced(t *testing.T, s *server) {
	tx, err := s.connect(t, s.as("langflow_app")).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	if n := count(t, tx, `SELECT count(*) FROM flow`); n < 2 {
		t.Errorf("langflow_app sees %d flows, want those of both tenants", n)
	}
	run(t, tx, `DROP POLICY langflow_service ON flow`)
	if n := count(t, tx, `SELECT count(*) FROM flow`); n != 0 {
		t.Errorf("langflow_app sees %d flows without its policy, want 0: FORCE is not in force", n)
	}
}

// madeAnew does what a Langflow upgrade does: a table dropped and made again comes out bare. It
// must be closed to the backend until AfterLangflow has run, and covered then. Langflow wouldn't
// start again after it: the copy's indexes have names that it doesn't know.
func madeAnew(t *testing.T, s *server) {
	conn := s.connect(t, s.as("langflow_app"))
	for _, query := range []string{
		`BEGIN`, `CREATE TABLE anew (LIKE vertex_build INCLUDING ALL)`, `DROP TABLE vertex_build`, `ALTER TABLE anew RENAME TO vertex_build`, `COMMIT`,
	} {
		run(t, conn, query)
	}
	denied(t, s, `SELECT * FROM langflow.vertex_build`)
	after(t, s)
	everyTableCovered(t, s)
	run(t, s.connect(t, s.as("engarde_user")), `SELECT * FROM langflow.vertex_build`)
}

// afterRestart: Langflow compares its models with the database at every start, and came up.
func afterRestart(t *testing.T, s *server, l *langflow, before Heads) {
	now, err := Revisions(t.Context(), s.super("engarde"))
	if diff := cmp.Diff(before, now); diff != "" || err != nil {
		t.Errorf("revisions after the restart: %v\n%s", err, diff)
	}
	after(t, s)
	everyTableCovered(t, s)
	token := l.login(t, "user of "+tenantA, "password of user of "+tenantA)
	id := l.flow(t, token, "made after the restart")
	l.must(t, http.MethodGet, "/api/v1/flows/"+id, token, nil)
	asTenant(t, s.connect(t, s.as("engarde_user")), tenantA, func(tx pgx.Tx) {
		if n := count(t, tx, `SELECT count(*) FROM public.tenant_flows WHERE id = $1`, id); n != 1 {
			t.Errorf("the flow made after the restart is not in the view")
		}
	})
}
