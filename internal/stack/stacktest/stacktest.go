// Package stacktest gives tests real servers of their own: the native stack, ended with the test however it ends. It is for tests
// alone, and fails rather than skips where something that they need is missing; -short is the one reason to skip.
package stacktest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/fixtures"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/target"
	"github.com/engardehq/bulkhead/sql"
)

// Main is the TestMain of a package whose tests use servers: the test binary holds them itself, as bulkhead does.
func Main(m *testing.M) {
	if stack.IsKeeper() {
		os.Exit(stack.Keep())
	}
	os.Exit(m.Run())
}

// Postgres opens a stack and starts an empty PostgreSQL 15 in it. The other services named can be started by the test.
func Postgres(t testing.TB, others ...string) *stack.Native {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped by -short: it needs servers of its own")
	}
	without := map[string]bool{stack.PgBouncer: true, stack.Redis: true, stack.Langflow: true}
	for _, name := range others {
		delete(without, name)
	}
	o := stack.Options{Out: t.TempDir(), Log: t.Logf}
	for name := range without {
		o.Without = append(o.Without, name)
	}
	n, err := stack.Open(t.Context(), o)
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
	return n
}

// Python gives the interpreter of an environment with locked requirements (a file of package fixtures). Runs use the same one; it is
// built where it isn't there yet.
func Python(t testing.TB, n *stack.Native, name, requirements string) string {
	t.Helper()
	locked, err := fixtures.FS.ReadFile(requirements)
	if err != nil {
		t.Fatal(err)
	}
	venv, err := n.Env(t.Context(), name, locked, func(step string) { t.Log(step) })
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(venv, "bin", "python")
}

// Clinic makes the database of the target fixtures/clinic in an empty PostgreSQL and gives that target. Its roles get the stack's
// passwords, so that Native.DirectDSN serves them.
func Clinic(t testing.TB, n *stack.Native) target.Target {
	t.Helper()
	clinic, err := target.Load(fixtures.FS, "clinic")
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	run := func(database, statement string, args ...any) (answer string) {
		conn, err := pgx.Connect(ctx, n.DirectDSN("postgres", database).Reveal())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(ctx)
		if len(args) > 0 {
			err = conn.QueryRow(ctx, statement, args...).Scan(&answer)
		} else {
			_, err = conn.Exec(ctx, statement)
		}
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	schema, err := fixtures.FS.ReadFile("clinic/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	password, err := sql.FS.ReadFile("bootstrap/role_password.sql")
	if err != nil {
		t.Fatal(err)
	}
	run("postgres", "CREATE DATABASE clinic TEMPLATE template0")
	run("clinic", string(schema))
	for _, role := range clinic.Logins() {
		run("clinic", run("clinic", string(password), role, n.Secrets.Role(role).Reveal()))
	}
	return clinic
}
