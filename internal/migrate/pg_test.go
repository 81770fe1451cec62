package migrate

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/stack/stacktest"
)

func TestMain(m *testing.M) { stacktest.Main(m) }

// awkward passwords need quoting in SQL and escaping in a URL, so that forgetting either shows.
var awkward = map[string]string{"engarde_migrator": `m'i"g%r/a\tor?`, "engarde_user": "b'ack $en$d", "audit_user": "au@dit:1"}

// server is a PostgreSQL of the test's own.
type server struct {
	n         *stack.Native
	passwords map[string]string // of every role that logs in
}

// startServer starts a PostgreSQL that logs every statement, and at the test's end searches its log for passwords.
func startServer(t *testing.T) *server {
	t.Helper()
	s := &server{n: stacktest.Postgres(t), passwords: maps.Clone(awkward)}
	// The stack itself hands Langflow its password.
	s.passwords["langflow_app"] = s.n.Secrets.Role("langflow_app").Reveal()
	s.logStatements(t)
	t.Cleanup(func() {
		ctx := context.Background()
		if err := errors.Join(s.n.StopLangflow(ctx), s.n.StopPostgres(ctx)); err != nil {
			t.Error(err)
		}
		s.noPasswordInLog(t)
	})
	return s
}

// logStatements returns when each new session logs its statements: the postmaster tells its sessions after it has reloaded itself.
func (s *server) logStatements(t *testing.T) {
	t.Helper()
	conn := s.connect(t, s.super("postgres"))
	run(t, conn, `ALTER SYSTEM SET log_statement = 'all'`)
	run(t, conn, `SELECT pg_reload_conf()`)
	for deadline := time.Now().Add(30 * time.Second); texts(t, conn, `SHOW log_statement`)[0] != "all"; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("log_statement isn't on after 30 s")
		}
	}
}

// noPasswordInLog fails the test where a password stands in the server's log.
func (s *server) noPasswordInLog(t *testing.T) {
	content, err := os.ReadFile(s.n.LogFile(stack.Postgres))
	if err != nil || len(content) == 0 {
		t.Errorf("no server log to search for passwords: %v", err)
	}
	if !strings.Contains(string(content), "CREATE ROLE") {
		t.Errorf("the server log has no statements, so it can't show that passwords stay out of it")
	}
	for role, password := range s.passwords {
		for _, form := range []string{password, strings.ReplaceAll(password, "'", "''")} {
			if strings.Contains(string(content), form) {
				t.Errorf("the password of %s stands in the server log", role)
			}
		}
	}
}

func (s *server) super(database string) string { return s.n.DirectDSN("postgres", database).Reveal() }

func (s *server) as(role string) string { return s.url(role, s.passwords[role], "engarde") }

func (s *server) url(role, password, database string) string {
	address := url.URL{Scheme: "postgresql", User: url.UserPassword(role, password), Host: s.n.Addr(stack.Postgres), Path: database}
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

// alembicPython gives an interpreter with the requirements of EnGarde's migrations.
func alembicPython(t *testing.T, s *server) string {
	t.Helper()
	return stacktest.Python(t, s.n, "engarde", "engarde/requirements.txt")
}
