package migrate

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	tenantA = "aaaaaaaa-0000-4000-8000-000000000001"
	tenantB = "bbbbbbbb-0000-4000-8000-000000000002"
	head    = "c41f7a90d2e6"
)

// TestEnGardeSchema runs the real scripts and the real Alembic project, and asks the server what
// each role can then do.
func TestEnGardeSchema(t *testing.T) {
	s := startServer(t) // also skips under -short
	python := alembicPython(t, s)
	for range 2 { // the second must change nothing and not fail
		if err := Bootstrap(t.Context(), Hardened, s.super("engarde"), s.passwords); err != nil {
			t.Fatal(err)
		}
	}

	t.Run("up, down and up again leave the same schema", func(t *testing.T) { upDownUp(t, s, python) })
	plant(t, s)
	t.Run("every tenant table is covered", func(t *testing.T) { covered(t, s) })
	t.Run("a tenant sees its own rows only", func(t *testing.T) { isolated(t, s) })
	t.Run("refusals", func(t *testing.T) { refused(t, s) })
	t.Run("the owner works under FORCE", func(t *testing.T) { ownerWorks(t, s) })
	t.Run("audit is write-only", func(t *testing.T) { auditWriteOnly(t, s) })
	t.Run("the side table gives Langflow two columns", func(t *testing.T) { sideTable(t, s) })
	t.Run("removing a tenant leaves nothing", func(t *testing.T) { removal(t, s) })
	t.Run("AfterLangflow without Langflow says so", func(t *testing.T) { withoutLangflow(t, s) })
}

func alembic(t *testing.T, s *server, python string, args ...string) {
	t.Helper()
	if out, err := Alembic(t.Context(), Hardened, t.TempDir(), python, s.as("engarde_migrator"), args...); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func upDownUp(t *testing.T, s *server, python string) {
	alembic(t, s, python, "upgrade", "head")
	first := dump(t, s)
	if n := count(t, s.connect(t, s.super("engarde")), `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`); n < 105 {
		t.Errorf("%d tables in public, want at least 105", n)
	}
	alembic(t, s, python, "downgrade", "base")
	left := texts(t, s.connect(t, s.super("engarde")), `SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
		UNION SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1`)
	if diff := cmp.Diff([]string{"alembic_version", "alembic_version_pkc"}, left); diff != "" {
		t.Errorf("left after the downgrade:\n%s", diff)
	}
	alembic(t, s, python, "upgrade", "head")
	if diff := cmp.Diff(strings.Split(first, "\n"), strings.Split(dump(t, s), "\n")); diff != "" {
		t.Errorf("schema changed by down and up:\n%s", diff)
	}
	heads, err := Revisions(t.Context(), s.super("engarde"))
	if diff := cmp.Diff(Heads{Public: []string{head}}, heads); diff != "" || err != nil {
		t.Errorf("revisions: %v\n%s", err, diff)
	}
}

// dump gives the schema as pg_dump writes it, with owners, policies and grants.
func dump(t *testing.T, s *server) string {
	t.Helper()
	cmd := exec.Command("/usr/lib/postgresql/15/bin/pg_dump", "--schema-only", "--dbname", s.url("postgres", "", "engarde"))
	cmd.Env = append(os.Environ(), "PGPASSWORD="+s.n.Secrets.Superuser.Reveal())
	out, err := cmd.Output()
	if err != nil || len(out) < 10_000 {
		t.Fatalf("pg_dump: %v, %d bytes", err, len(out))
	}
	return regexp.MustCompile(`(?m)^\\(un)?restrict .*$`).ReplaceAllString(string(out), "")
}

// plant puts rows of two tenants into the tables that the checks read.
func plant(t *testing.T, s *server) {
	t.Helper()
	conn := s.connect(t, s.super("engarde"))
	for _, tenant := range []string{tenantA, tenantB} {
		run(t, conn, `INSERT INTO public.tenants (id, name, slug) VALUES ($1, 'tenant', 'tenant')`, tenant)
		run(t, conn, `INSERT INTO public.brands (tenant_id, id, name) VALUES ($1, $1, 'brand of ' || $1::uuid)`, tenant)
		run(t, conn, `INSERT INTO public.campaigns (tenant_id, brand_id, name, budget)
			SELECT $1, $1, 'campaign ' || n, 10 FROM generate_series(1, 3) AS n`, tenant)
		run(t, conn, `INSERT INTO public.langflow_tenant_users (tenant_id, user_id, username) VALUES ($1, gen_random_uuid(), 'flow')`, tenant)
	}
}

func covered(t *testing.T, s *server) {
	conn := s.connect(t, s.super("engarde"))
	tables := count(t, conn, `SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attname = 'tenant_id'`)
	if tables < 100 {
		t.Errorf("%d tables with tenant_id, want at least 100", tables)
	}
	for name, query := range map[string]string{
		"without RLS, FORCE or tenant_isolation": `SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
			AND (c.relname = 'tenants' OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'))
			AND NOT (c.relrowsecurity AND c.relforcerowsecurity
			         AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant_isolation'))`,
		"key not led by the tenant": `SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
			JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
			WHERE c.relnamespace = 'public'::regnamespace AND i.indkey[0] <> a.attnum
			AND i.indexrelid::regclass::text <> 'langflow_tenant_users_user_id_key'`,
		"foreign key to a tenant table without the tenant": `SELECT conname FROM pg_constraint k
			JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attname = 'tenant_id'
			WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace AND NOT a.attnum = ANY (k.conkey)
			AND EXISTS (SELECT FROM pg_attribute f WHERE f.attrelid = k.confrelid AND f.attname = 'tenant_id')`,
		"no column that takes 40 characters": `SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
			AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
			AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
				AND (a.atttypid = 'varchar'::regtype AND a.atttypmod - 4 >= 64 OR a.atttypid = 'text'::regtype
				     AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c' AND a.attnum = ANY (k.conkey))))`,
		"column of a type that seeding has no encoder for": `SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
			WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND a.atttypid NOT IN
			('uuid'::regtype, 'text'::regtype, 'varchar'::regtype, 'smallint'::regtype, 'integer'::regtype, 'bigint'::regtype,
			 'numeric'::regtype, 'boolean'::regtype, 'timestamptz'::regtype, 'date'::regtype, 'jsonb'::regtype, 'text[]'::regtype, 'float8'::regtype)`,
		"right beyond the matrix": `SELECT c.relname || ': ' || r.role || ' ' || v.verb FROM pg_class c,
			unnest(ARRAY['engarde_user', 'langflow_app', 'audit_user', 'engarde_migrator']) AS r(role),
			unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS v(verb)
			WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND has_table_privilege(r.role, c.oid, v.verb)
			AND NOT (r.role = 'engarde_user' AND v.verb IN ('INSERT', 'UPDATE', 'DELETE'))`,
		"temporary tables for": `SELECT r FROM unnest(ARRAY['engarde_user', 'langflow_app', 'audit_user', 'engarde_migrator']) AS r
			WHERE has_database_privilege(r, current_database(), 'TEMP') OR has_database_privilege(r, current_database(), 'CREATE')
			   OR has_schema_privilege(r, 'public', 'CREATE')`,
	} {
		if found := texts(t, conn, query); len(found) > 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
}

func isolated(t *testing.T, s *server) {
	const all = `SELECT count(*) FROM public.campaigns`
	for _, role := range []string{"engarde_user", "langflow_app"} {
		conn := s.connect(t, s.as(role))
		if n := count(t, conn, all); n != 0 {
			t.Errorf("%s, fresh session, no tenant: %d rows, want 0", role, n)
		}
		for _, tenant := range []string{tenantA, tenantB, tenantA} { // the later ones on a used session
			asTenant(t, conn, tenant, func(tx pgx.Tx) {
				if own, foreign := count(t, tx, all+` WHERE tenant_id = $1`, tenant), count(t, tx, all+` WHERE tenant_id <> $1`, tenant); own != 3 || foreign != 0 {
					t.Errorf("%s as %s: %d own and %d foreign rows, want 3 and 0", role, tenant, own, foreign)
				}
				if n := count(t, tx, `SELECT count(*) FROM public.tenants`); n != 1 {
					t.Errorf("%s as %s: %d tenants, want 1", role, tenant, n)
				}
			})
			if n := count(t, conn, all); n != 0 {
				t.Errorf("%s, used session, no tenant: %d rows, want 0", role, n)
			}
		}
		asTenant(t, conn, tenantA, func(tx pgx.Tx) {
			run(t, tx, `SELECT public.set_current_tenant_id(NULL)`)
			if n := count(t, tx, all); n != 0 {
				t.Errorf("%s after setting NULL: %d rows, want 0", role, n)
			}
		})
	}
	if n := count(t, s.connect(t, s.as("audit_user")), all); n != 6 {
		t.Errorf("audit_user sees %d campaigns, want 6", n)
	}
}

func withoutLangflow(t *testing.T, s *server) {
	err := AfterLangflow(t.Context(), Hardened, s.super("engarde"))
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || !strings.Contains(err.Error(), "sql/bootstrap/hardened/after_langflow.sql:") ||
		!strings.Contains(err.Error(), "start Langflow once") {
		t.Errorf("want the file, the line and the mend, with the server's error reachable, got: %v", err)
	}
}

// asTenant runs body in a transaction with the tenant set, and rolls it back.
func asTenant(t *testing.T, conn *pgx.Conn, tenant string, body func(pgx.Tx)) {
	t.Helper()
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	run(t, tx, `SELECT public.set_current_tenant_id($1)`, tenant)
	body(tx)
}

type querier interface {
	Exec(context.Context, string, ...any) (pgconn.CommandTag, error)
	Query(context.Context, string, ...any) (pgx.Rows, error)
	QueryRow(context.Context, string, ...any) pgx.Row
}

func run(t *testing.T, conn querier, query string, args ...any) pgconn.CommandTag {
	t.Helper()
	tag, err := conn.Exec(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return tag
}

func count(t *testing.T, conn querier, query string, args ...any) (n int) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func texts(t *testing.T, conn querier, query string, args ...any) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return found
}
