package seed

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/fixtures"
	"github.com/engardehq/bulkhead/internal/migrate"
	"github.com/engardehq/bulkhead/internal/target"
)

// roles of the target and the passwords that the test gives them.
var passwords = map[string]string{"engarde_migrator": "m", "engarde_user": "b", "langflow_app": "l", "audit_user": "a"}

// startServer starts a PostgreSQL 15 of the test's own on a free loopback port and gives the address of a database, by name.
func startServer(t *testing.T) func(database, role string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped by -short: it needs a PostgreSQL server of its own")
	}
	const bin = "/usr/lib/postgresql/15/bin"
	if _, err := os.Stat(filepath.Join(bin, "postgres")); err != nil {
		t.Skipf("no PostgreSQL 15 at %s (Debian: apt install postgresql-15)", bin)
	}
	dir, err := os.MkdirTemp("", "bulkhead-seed-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if os.Geteuid() == 0 { // PostgreSQL won't run as root
		account, err := user.Lookup("postgres")
		if err != nil {
			t.Skipf("running as root and there is no user postgres to start the server as: %v", err)
		}
		uid, _ := strconv.Atoi(account.Uid)
		gid, _ := strconv.Atoi(account.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "postgres", "-E", "UTF8",
		"--no-locale", "--auth=trust", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = dir, attr
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	port := freePort(t)
	pg := exec.Command(filepath.Join(bin, "postgres"), "-D", filepath.Join(dir, "data"), "-p", strconv.Itoa(port), "-k", "",
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "log_min_messages=panic")
	pg.Dir, pg.SysProcAttr = dir, attr
	if err := pg.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = pg.Process.Signal(syscall.SIGINT)
		_ = pg.Wait()
	})
	dsn := func(database, role string) string {
		return fmt.Sprintf("postgresql://%s:%s@127.0.0.1:%d/%s", role, passwords[role], port, database)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		conn, err := pgx.Connect(t.Context(), dsn("postgres", "postgres"))
		if err == nil {
			_ = conn.Close(context.Background())
			return dsn
		}
		if time.Now().After(deadline) {
			t.Fatalf("PostgreSQL not ready after 30 s: %v", err)
		}
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// alembicPython is an interpreter with the requirements of EnGarde's migrations: the one that BULKHEAD_ALEMBIC_PYTHON
// names, else a virtual environment that the test makes.
func alembicPython(t *testing.T) string {
	t.Helper()
	if python := os.Getenv("BULKHEAD_ALEMBIC_PYTHON"); python != "" {
		return python
	}
	lock, err := fixtures.FS.ReadFile("engarde/requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, python := filepath.Join(dir, "requirements.txt"), filepath.Join(dir, "venv", "bin", "python")
	if err := os.WriteFile(file, lock, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"python3", "-m", "venv", filepath.Join(dir, "venv")},
		{python, "-m", "pip", "install", "-q", "--require-hashes", "-r", file},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Skipf("no environment for Alembic: %v: %v\n%s\n(install fixtures/engarde/requirements.txt into a virtual environment "+
				"and set BULKHEAD_ALEMBIC_PYTHON to its python)", args, err, out)
		}
	}
	return python
}

// langflowSchema is what Langflow 1.13.0 makes of an empty database, without its rows: `pg_dump -s -O -x -n langflow`.
const langflowSchema = "testdata/langflow-1.13.0.sql"

// makeTarget gives a server a database with EnGarde's tables by its real migrations, and with Langflow's.
func makeTarget(t *testing.T, dsn func(database, role string) string) {
	t.Helper()
	super := dsn("engarde", "postgres")
	if err := migrate.Bootstrap(t.Context(), migrate.Hardened, super, passwords); err != nil {
		t.Fatal(err)
	}
	if out, err := migrate.Alembic(t.Context(), alembicPython(t), dsn("engarde", "engarde_migrator"), "upgrade", "head"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	dump, err := os.ReadFile(langflowSchema)
	if err != nil {
		t.Fatal(err)
	}
	conn := connectTo(t, super)
	if _, err := conn.Exec(t.Context(), string(dump)); err != nil {
		t.Fatalf("%s: %v", langflowSchema, err)
	}
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
