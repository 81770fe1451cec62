package seed

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/fixtures"
	"github.com/engardehq/bulkhead/internal/migrate"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/target"
)

// The test binary holds its own servers, as bulkhead does.
func TestMain(m *testing.M) {
	if stack.IsKeeper() {
		os.Exit(stack.Keep())
	}
	os.Exit(m.Run())
}

const database = "engarde"

// langflowSchema is what Langflow 1.13.0 makes of an empty database, without its rows: `pg_dump -s -O -x -n langflow`.
const langflowSchema = "testdata/langflow-1.13.0.sql"

// makeTarget starts a PostgreSQL 15 of the test's own, with EnGarde's tables by its real migrations and with Langflow's, and
// gives the superuser's address.
func makeTarget(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped by -short: it needs a PostgreSQL server of its own")
	}
	n, err := stack.Open(t.Context(), stack.Options{Out: t.TempDir(), Log: t.Logf,
		Without: []string{stack.PgBouncer, stack.Redis, stack.Langflow}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	for _, step := range []func(context.Context) error{n.InitPostgres, n.StartPostgres} {
		if err := step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	super := n.DirectDSN("postgres", database).Reveal()
	passwords := map[string]string{}
	for _, role := range []string{"engarde_migrator", "engarde_user", "langflow_app", "audit_user"} {
		passwords[role] = n.Secrets.Role(role).Reveal()
	}
	if err := migrate.Bootstrap(t.Context(), migrate.Hardened, super, passwords); err != nil {
		t.Fatal(err)
	}
	python, migrator := alembicPython(t, n), n.DirectDSN("engarde_migrator", database).Reveal()
	if out, err := migrate.Alembic(t.Context(), python, migrator, "upgrade", "head"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	dump, err := os.ReadFile(langflowSchema)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := connectTo(t, super).Exec(t.Context(), string(dump)); err != nil {
		t.Fatalf("%s: %v", langflowSchema, err)
	}
	return super
}

// alembicPython is an interpreter with the requirements of EnGarde's migrations: the one that BULKHEAD_ALEMBIC_PYTHON
// names, else that of the environment which runs use too.
func alembicPython(t *testing.T, n *stack.Native) string {
	t.Helper()
	if python := os.Getenv("BULKHEAD_ALEMBIC_PYTHON"); python != "" {
		return python
	}
	lock, err := fixtures.FS.ReadFile("engarde/requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	venv, err := n.Env(t.Context(), "engarde", lock, func(step string) { t.Log(step) })
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(venv, "bin", "python")
}

func connectTo(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// engarde is the shipped target, as far as seeding reads it.
func engarde(t *testing.T, schemas ...string) target.Target {
	t.Helper()
	out := target.Target{Name: "engarde", Schemas: schemas, Tenancy: target.Tenancy{Column: "tenant_id"}}
	if err := target.ReadStrict(fixtures.FS, "engarde/seed.yaml", &out.Seed); err != nil {
		t.Fatal(err)
	}
	return out
}
