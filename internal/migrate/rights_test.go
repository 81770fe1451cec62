package migrate

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	insufficientPrivilege = "42501"
	foreignKeyViolation   = "23503"
	uniqueViolation       = "23505"
)

// wantCode fails unless the statement is refused with the code, and leaves the transaction usable.
func wantCode(t *testing.T, tx pgx.Tx, code, query string, args ...any) {
	t.Helper()
	inner, err := tx.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = inner.Exec(t.Context(), query, args...)
	_ = inner.Rollback(t.Context())
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code != code {
		t.Errorf("%s: got %v, want SQLSTATE %s", query, err, code)
	}
}

func refused(t *testing.T, s *server) {
	conn := s.connect(t, s.as("engarde_user"))
	asTenant(t, conn, tenantA, func(tx pgx.Tx) {
		run(t, tx, `INSERT INTO public.campaigns (tenant_id, name) VALUES ($1, 'own')`, tenantA)
		for _, query := range []string{
			`INSERT INTO public.campaigns (tenant_id, name) VALUES ($1, 'x')`,
			`UPDATE public.campaigns SET tenant_id = $1`,
			`INSERT INTO public.tenants (id, name, slug) VALUES ($1, 'x', 'x')`,
			`INSERT INTO public.langflow_tenant_users (tenant_id, user_id, username) VALUES ($1, gen_random_uuid(), 'x')`,
		} {
			wantCode(t, tx, insufficientPrivilege, query, tenantB)
		}
		for _, query := range []string{
			`TRUNCATE public.campaigns`, `TRUNCATE public.tenants CASCADE`,
			`ALTER TABLE public.campaigns DISABLE ROW LEVEL SECURITY`, `DROP POLICY tenant_isolation ON public.campaigns`,
			`CREATE TABLE public.mine (id int)`, `CREATE TEMP TABLE mine (id int)`, `CREATE SCHEMA mine`,
			`CREATE TRIGGER peek BEFORE INSERT ON public.campaigns EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
			`SET ROLE engarde_owner`, `SET ROLE langflow_app`, `INSERT INTO public.plans (code, name, seats, monthly_price) VALUES ('x', 'x', 1, 1)`,
			`SELECT * FROM public.alembic_version`,
		} {
			wantCode(t, tx, insufficientPrivilege, query)
		}
		// Bare forms touch one's own rows only.
		if tag := run(t, tx, `UPDATE public.campaigns SET name = 'all of mine'`); tag.RowsAffected() != 4 {
			t.Errorf("bare UPDATE changed %d rows, want 4", tag.RowsAffected())
		}
		if tag := run(t, tx, `DELETE FROM public.campaigns`); tag.RowsAffected() != 4 {
			t.Errorf("bare DELETE removed %d rows, want 4", tag.RowsAffected())
		}
		// A key that includes the tenant can't point at another tenant's row, even a known one.
		wantCode(t, tx, foreignKeyViolation, `INSERT INTO public.campaigns (tenant_id, brand_id, name) VALUES ($1, $2, 'x')`, tenantA, tenantB)
		run(t, tx, `INSERT INTO public.brands (tenant_id, name) VALUES ($1, $2)`, tenantA, "brand of "+tenantB)
	})
	asTenant(t, s.connect(t, s.as("langflow_app")), tenantA, func(tx pgx.Tx) {
		wantCode(t, tx, insufficientPrivilege, `INSERT INTO public.campaigns (tenant_id, name) VALUES ($1, 'x')`, tenantA)
		wantCode(t, tx, insufficientPrivilege, `CREATE TEMP TABLE mine (id int)`)
	})
	if _, err := s.connect(t, s.as("audit_user")).Exec(t.Context(), `DELETE FROM public.campaigns`); err == nil {
		t.Error("audit_user could delete")
	}
}

func ownerWorks(t *testing.T, s *server) {
	conn := s.connect(t, s.as("engarde_migrator"))
	var pg *pgconn.PgError
	if _, err := conn.Exec(t.Context(), `SELECT FROM public.campaigns`); !errors.As(err, &pg) || pg.Code != insufficientPrivilege {
		t.Errorf("the migrator reads without becoming the owner: %v", err)
	}
	run(t, conn, `SET ROLE engarde_owner`)
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	if n := count(t, tx, `SELECT count(*) FROM public.campaigns`); n != 6 {
		t.Errorf("the owner sees %d campaigns through its policy, want 6", n)
	}
	// Validation looks at the rows of all tenants: one bad row of one tenant must stop it. The
	// same with the owner's policies gone shows that it is they that make it work.
	run(t, tx, `ALTER TABLE public.campaigns DROP CONSTRAINT campaigns_brand_id_fkey`)
	const add = `ALTER TABLE public.campaigns ADD CONSTRAINT again FOREIGN KEY (tenant_id, brand_id) REFERENCES public.brands (tenant_id, id)`
	inner, _ := tx.Begin(t.Context())
	run(t, inner, add)
	_ = inner.Rollback(t.Context())
	run(t, tx, `UPDATE public.campaigns SET brand_id = gen_random_uuid() WHERE tenant_id = $1`, tenantB)
	wantCode(t, tx, foreignKeyViolation, add)
	run(t, tx, `DROP POLICY owner_maintenance ON public.campaigns`)
	if n := count(t, tx, `SELECT count(*) FROM public.campaigns`); n != 0 {
		t.Errorf("the owner sees %d campaigns without its policy, want 0: FORCE is not in force", n)
	}
	// Blind, it finds nothing wrong and calls the constraint valid: a hole without an error.
	if _, err := tx.Exec(t.Context(), add); err != nil {
		t.Errorf("validation without the owner's policy: got %v; it used to pass over the bad rows, which is what the policy is for", err)
	}
}

func auditWriteOnly(t *testing.T, s *server) {
	const entry = `INSERT INTO audit.cross_schema_access (tenant_id, operation, source_schema, target_schema) VALUES ($1, 'test', 'langflow', 'public')`
	for _, role := range []string{"engarde_user", "langflow_app"} {
		conn := s.connect(t, s.as(role))
		asTenant(t, conn, tenantA, func(tx pgx.Tx) {
			run(t, tx, entry, tenantA)
			wantCode(t, tx, insufficientPrivilege, entry, tenantB)
			for _, query := range []string{
				entry + ` RETURNING at`,
				`SELECT tenant_id FROM audit.cross_schema_access WHERE tenant_id = $1`,
				`UPDATE audit.cross_schema_access SET operation = 'x' WHERE tenant_id = $1`,
				`DELETE FROM audit.cross_schema_access WHERE tenant_id = $1`,
				`INSERT INTO audit.cross_schema_access (tenant_id, operation, source_schema, target_schema, at) VALUES ($1, 'x', 'x', 'x', now() - interval '1 day')`,
				`INSERT INTO audit.cross_schema_access (tenant_id, operation, source_schema, target_schema, role_name) VALUES ($1, 'x', 'x', 'x', 'audit_user')`,
			} {
				wantCode(t, tx, insufficientPrivilege, query, tenantA)
			}
			wantCode(t, tx, insufficientPrivilege, `TRUNCATE audit.cross_schema_access`)
			if err := tx.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
		if _, err := conn.Exec(t.Context(), entry, tenantA); err == nil {
			t.Errorf("%s wrote an audit entry with no tenant set", role)
		}
	}
	roles := texts(t, s.connect(t, s.as("audit_user")), `SELECT role_name::text FROM audit.cross_schema_access ORDER BY 1`)
	if got := strings.Join(roles, " "); got != "engarde_user langflow_app" {
		t.Errorf("audit_user reads entries by %q, want one of each application", got)
	}
}

func sideTable(t *testing.T, s *server) {
	conn := s.connect(t, s.as("langflow_app"))
	if n := count(t, conn, `SELECT count(*) FROM (SELECT user_id, tenant_id FROM public.langflow_tenant_users) AS x`); n != 2 {
		t.Errorf("langflow_app finds %d users without a tenant set, want 2", n)
	}
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	wantCode(t, tx, insufficientPrivilege, `SELECT username FROM public.langflow_tenant_users`)
	wantCode(t, tx, insufficientPrivilege, `SELECT * FROM public.langflow_tenant_users`)
	asTenant(t, s.connect(t, s.as("engarde_user")), tenantA, func(tx pgx.Tx) {
		if n := count(t, tx, `SELECT count(*) FROM public.langflow_tenant_users`); n != 1 {
			t.Errorf("engarde_user sees %d users of its tenant, want 1", n)
		}
		// Else a tenant could lay claim to another's Langflow user.
		wantCode(t, tx, insufficientPrivilege, `INSERT INTO public.langflow_tenant_users (tenant_id, user_id, username) VALUES ($1, gen_random_uuid(), 'x')`, tenantA)
		wantCode(t, tx, insufficientPrivilege, `UPDATE public.langflow_tenant_users SET user_id = gen_random_uuid()`)
	})
	super, err := s.connect(t, s.super("engarde")).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = super.Rollback(t.Context()) }()
	wantCode(t, super, uniqueViolation, `INSERT INTO public.langflow_tenant_users (tenant_id, user_id, username) VALUES ($1, gen_random_uuid(), 'second')`, tenantA)
}

func removal(t *testing.T, s *server) {
	conn := s.connect(t, s.as("engarde_user"))
	asTenant(t, conn, tenantA, func(tx pgx.Tx) {
		if tag := run(t, tx, `DELETE FROM public.tenants`); tag.RowsAffected() != 1 {
			t.Errorf("removed %d tenants, want 1", tag.RowsAffected())
		}
		for _, table := range []string{"tenants", "brands", "campaigns", "langflow_tenant_users"} {
			if n := count(t, tx, `SELECT count(*) FROM public.`+pgx.Identifier{table}.Sanitize()); n != 0 {
				t.Errorf("%d rows left in %s", n, table)
			}
		}
	})
}
