package facts

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/stack/stacktest"
	"github.com/engardehq/bulkhead/sql"
)

func TestMain(m *testing.M) { stacktest.Main(m) }

// The roles of all facts. The owner owns the table notes; the app may do everything with it that a grant can give, but TRUNCATE.
const (
	owner = "fact_owner"
	app   = "fact_app"
	super = "postgres"
)

// base is the database that each fact gets a copy of: ten notes of tenant 1 and twenty of tenant 2, kept apart as they should be.
const base = `
GRANT ALL ON SCHEMA public TO fact_owner;
GRANT USAGE ON SCHEMA public TO fact_app;
SET ROLE fact_owner;
CREATE TABLE notes (id int PRIMARY KEY, tenant int NOT NULL, note text NOT NULL);
INSERT INTO notes SELECT i, CASE WHEN i <= 10 THEN 1 ELSE 2 END, 'note ' || i FROM generate_series(1, 30) AS i;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON notes USING (tenant = NULLIF(current_setting('app.tenant', true), '')::int);
GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO fact_app;
ANALYZE notes`

// fact is one thing that is so, and what shows it.
type fact struct {
	claim string
	show  func(p *place)
}

// TestFacts shows all facts on one server, each in a database of its own.
func TestFacts(t *testing.T) {
	n := stacktest.Postgres(t, stack.PgBouncer, stack.Redis)
	ctx := t.Context()
	admin := &place{T: t, stack: n, database: "postgres"}
	conn := admin.as(super)
	password, err := sql.FS.ReadFile("bootstrap/role_password.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{owner, app} {
		conn.run("CREATE ROLE " + role + " LOGIN")
		var set string
		if err := connectPGX(t, admin).QueryRow(ctx, string(password), role, n.Secrets.Role(role).Reveal()).Scan(&set); err != nil {
			t.Fatal(err)
		}
		conn.run(set)
	}
	conn.run("ALTER SYSTEM SET wal_level = logical") // logical decoding can't do with less
	for _, step := range []func(context.Context) error{n.StopPostgres, n.StartPostgres, n.StartRedis} {
		if err := step(ctx); err != nil {
			t.Fatal(err)
		}
	}
	conn = admin.as(super)
	conn.run("CREATE DATABASE fact_base")
	first := &place{T: t, stack: n, database: "fact_base"}
	made := first.as(super)
	made.run(base)
	made.close()
	if err := n.StartPgBouncer(ctx, "fact_base", []string{owner, app}); err != nil {
		t.Fatal(err)
	}
	all := slices.Concat(settings, owners, policies, past, keys, maintenance, databases, pooling, plans, caches)
	for i, f := range all {
		t.Run(f.claim, func(t *testing.T) {
			p := &place{T: t, stack: n, database: "fact_" + strconv.Itoa(i)}
			conn.run("CREATE DATABASE " + p.database + " TEMPLATE fact_base")
			f.show(p)
		})
	}
}

// place is where a fact is shown: a database of its own, and the servers.
type place struct {
	*testing.T
	stack    *stack.Native
	database string
}

// as opens a session of a role, straight to PostgreSQL.
func (p *place) as(role string) *session {
	p.Helper()
	return p.connect(p.stack.DirectDSN(role, p.database).Reveal())
}

// pooled opens a session of a role through the pooler.
func (p *place) pooled(role string) *session {
	p.Helper()
	err := p.stack.PoolDatabases(p.Context(), p.database)
	if err == nil {
		// One connection for all clients: what one leaves, the next gets.
		_, err = p.stack.PoolerShow(p.Context(), "SET default_pool_size = 1")
	}
	if err != nil {
		p.Fatal(err)
	}
	return p.connect(p.stack.PooledDSN(role, p.database).Reveal())
}

func (p *place) connect(dsn string) *session {
	p.Helper()
	s := &session{place: p}
	config, err := pgconn.ParseConfig(dsn)
	if err != nil {
		p.Fatal(err)
	}
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { s.notices = append(s.notices, n.Message) }
	config.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) { s.notices = append(s.notices, n.Payload) }
	if s.conn, err = pgconn.ConnectConfig(p.Context(), config); err != nil {
		p.Fatal(err)
	}
	p.Cleanup(s.close)
	return s
}

// session is one connection. It speaks the simple protocol, as psql does: several statements at a time, all answers as text.
type session struct {
	*place
	conn    *pgconn.PgConn
	notices []string
}

func (s *session) close() { _ = s.conn.Close(context.Background()) }

func (s *session) try(text string) (*pgconn.Result, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.Context()), 30*time.Second) // clean-up runs with the test's context ended
	defer cancel()
	results, err := s.conn.Exec(ctx, text).ReadAll()
	if err != nil || len(results) == 0 {
		return nil, err
	}
	return results[len(results)-1], nil
}

// run runs what must succeed.
func (s *session) run(text string) *pgconn.Result {
	s.Helper()
	r, err := s.try(text)
	if err != nil {
		s.Fatalf("%s: %v", text, err)
	}
	return r
}

// gives holds the rows of the last statement against those wanted, one a line, columns separated by a space, NULL as \N.
func (s *session) gives(text string, want ...string) {
	s.Helper()
	var got []string
	for _, row := range s.run(text).Rows {
		var cells []string
		for _, cell := range row {
			if cell == nil {
				cell = []byte(`\N`)
			}
			cells = append(cells, string(cell))
		}
		got = append(got, strings.Join(cells, " "))
	}
	if !slices.Equal(got, want) {
		s.Errorf("%s gives %q, want %q", text, got, want)
	}
}

// touches holds the number of rows that the last statement read or wrote.
func (s *session) touches(rows int64, text string) {
	s.Helper()
	if got := s.run(text).CommandTag.RowsAffected(); got != rows {
		s.Errorf("%s touches %d rows, want %d", text, got, rows)
	}
}

// refused wants an error with this SQLSTATE, and gives its text and detail.
func (s *session) refused(code, text string) string {
	s.Helper()
	_, err := s.try(text)
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Code != code {
		s.Errorf("%s: error %v, want SQLSTATE %s", text, err, code)
		return ""
	}
	return e.Message + "\n" + e.Detail
}

// value is the only value that a statement gives.
func (s *session) value(text string) string {
	s.Helper()
	return string(s.run(text).Rows[0][0])
}

func connectPGX(t *testing.T, p *place) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), p.stack.DirectDSN(super, p.database).Reveal())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}
