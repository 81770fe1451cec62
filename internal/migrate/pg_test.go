package migrate

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/fixtures"
	"github.com/engardehq/bulkhead/internal/stack"
)

// The test binary builds Python environments as bulkhead does, under a keeper.
func TestMain(m *testing.M) {
	if stack.IsKeeper() {
		os.Exit(stack.Keep())
	}
	os.Exit(m.Run())
}

// passwords need quoting in SQL and escaping in a URL, so that forgetting either shows.
var passwords = map[string]string{
	"engarde_migrator": `m'i"g%r/a\tor?`, "engarde_user": "b'ack end", "langflow_app": "lang$flow$", "audit_user": "au@dit:1",
}

// server is a PostgreSQL of the test's own.
type server struct {
	t    *testing.T
	port int
}

const superPassword = "super-secret-of-the-test"

// startServer starts PostgreSQL 15 on a free loopback port in a folder that goes away again.
// PostgreSQL won't run as root, so there it runs as user postgres.
func startServer(t *testing.T) *server {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped by -short: it needs a PostgreSQL server of its own")
	}
	const bin = "/usr/lib/postgresql/15/bin"
	if _, err := os.Stat(filepath.Join(bin, "postgres")); err != nil {
		t.Skipf("no PostgreSQL 15 at %s (Debian: apt install postgresql-15)", bin)
	}
	dir, err := os.MkdirTemp("", "bulkhead-migrate-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	attr := asPostgres(t, dir)

	secret := filepath.Join(dir, "pw")
	if err := os.WriteFile(secret, []byte(superPassword+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "postgres", "-E", "UTF8",
		"--no-locale", "--auth=scram-sha-256", "--pwfile="+secret, "--no-sync")
	initdb.Dir, initdb.SysProcAttr = dir, attr
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}

	port := freePort(t)
	logFile, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer logFile.Close()
	pg := exec.Command(filepath.Join(bin, "postgres"), "-D", filepath.Join(dir, "data"), "-p", strconv.Itoa(port), "-k", "",
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "log_statement=all")
	pg.Dir, pg.SysProcAttr, pg.Stdout, pg.Stderr = dir, attr, logFile, logFile
	if err := pg.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = pg.Process.Signal(syscall.SIGINT)
		_ = pg.Wait()
		noPasswordIn(t, filepath.Join(dir, "log"))
	})
	s := &server{t: t, port: port}
	s.waitReady()
	return s
}

// asPostgres gives the process attributes for a server process and hands it the folder.
func asPostgres(t *testing.T, dir string) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if os.Geteuid() != 0 {
		return attr
	}
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
	return attr
}

// noPasswordIn fails the test where a password stands in the server's log, which writes every
// statement.
func noPasswordIn(t *testing.T, logFile string) {
	content, err := os.ReadFile(logFile)
	if err != nil || len(content) == 0 {
		t.Errorf("no server log to search for passwords: %v", err)
	}
	if !strings.Contains(string(content), "CREATE ROLE") {
		t.Errorf("the server log has no statements, so it can't show that passwords stay out of it")
	}
	for role, password := range passwords {
		for _, form := range []string{password, strings.ReplaceAll(password, "'", "''")} {
			if strings.Contains(string(content), form) {
				t.Errorf("the password of %s stands in the server log", role)
			}
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

func (s *server) waitReady() {
	s.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		conn, err := pgx.Connect(context.Background(), s.super("postgres"))
		if err == nil {
			_ = conn.Close(context.Background())
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("PostgreSQL not ready after 30 s: %v", err)
		}
	}
}

func (s *server) super(database string) string { return s.url("postgres", superPassword, database) }

func (s *server) as(role string) string { return s.url(role, passwords[role], "engarde") }

func (s *server) url(role, password, database string) string {
	address := url.URL{Scheme: "postgresql", User: url.UserPassword(role, password),
		Host: fmt.Sprintf("127.0.0.1:%d", s.port), Path: database}
	return address.String()
}

// connect opens a session of a role that the test closes at its end.
func (s *server) connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// alembicPython gives an interpreter with the project's locked requirements: the one that
// BULKHEAD_ALEMBIC_PYTHON names, else that of the environment which runs use too, built now
// where it isn't there yet.
func alembicPython(t *testing.T) string {
	t.Helper()
	if python := os.Getenv("BULKHEAD_ALEMBIC_PYTHON"); python != "" {
		return python
	}
	n, err := stack.Open(t.Context(), stack.Options{Out: t.TempDir(), Log: t.Logf,
		Without: []string{stack.PgBouncer, stack.Redis, stack.Langflow}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := n.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	venv, err := n.Env(t.Context(), "engarde", lock(t, "engarde/requirements.txt"), func(step string) { t.Log(step) })
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(venv, "bin", "python")
}

func lock(t *testing.T, name string) []byte {
	t.Helper()
	content, err := fixtures.FS.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
