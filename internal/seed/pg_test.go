package seed

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/fixtures"
	"github.com/engardehq/bulkhead/internal/migrate"
	"github.com/engardehq/bulkhead/internal/stack/stacktest"
	"github.com/engardehq/bulkhead/internal/target"
)

func TestMain(m *testing.M) { stacktest.Main(m) }

const database = "engarde"

// langflowSchema is what Langflow 1.13.0 makes of an empty database, without its rows: `pg_dump -s -O -x -n langflow`.
const langflowSchema = "testdata/langflow-1.13.0.sql"

// makeTarget starts a PostgreSQL 15 of the test's own, with EnGarde's tables by its real migrations and with Langflow's, and
// gives the superuser's address.
func makeTarget(t *testing.T) string {
	t.Helper()
	n := stacktest.Postgres(t)
	super := n.DirectDSN("postgres", database).Reveal()
	passwords := map[string]string{}
	for _, role := range []string{"engarde_migrator", "engarde_user", "langflow_app", "audit_user"} {
		passwords[role] = n.Secrets.Role(role).Reveal()
	}
	if err := migrate.Bootstrap(t.Context(), migrate.Hardened, super, passwords); err != nil {
		t.Fatal(err)
	}
	python, migrator := stacktest.Python(t, n, "engarde", "engarde/requirements.txt"), n.DirectDSN("engarde_migrator", database).Reveal()
	if out, err := migrate.Alembic(t.Context(), migrate.Hardened, t.TempDir(), python, migrator, "upgrade", "head"); err != nil {
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
