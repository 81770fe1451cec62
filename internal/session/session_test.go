package session

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/engardehq/bulkhead/internal/oracle"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/stack/stacktest"
	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

func TestMain(m *testing.M) { stacktest.Main(m) }

// schema is the smallest target there is: a table of the tenants' rows, and one whose key is checked at COMMIT only.
const schema = `
CREATE ROLE app LOGIN;
CREATE TABLE items (id uuid PRIMARY KEY, tenant_id uuid NOT NULL, name text NOT NULL);
CREATE TABLE late (n int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED);
INSERT INTO late VALUES (1);
ALTER TABLE items ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON items USING (tenant_id = NULLIF(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT ON items, late TO app;`

type server struct {
	super *pgx.Conn
	world *world.World
	dsn   map[string]string // "direct" and "pooled"
	runs  int
}

// start brings PostgreSQL and PgBouncer up with the schema and the seeded rows of three tenants.
func start(t testing.TB) *server {
	t.Helper()
	n := stacktest.Postgres(t, stack.PgBouncer)
	s := &server{dsn: map[string]string{}}
	var err error
	if s.super, err = pgx.Connect(t.Context(), n.DirectDSN("postgres", "postgres").Reveal()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.super.Close(context.Background()) })
	s.exec(t, schema)
	s.exec(t, "ALTER ROLE app PASSWORD '"+n.Secrets.Role("app").Reveal()+"'")
	s.fill(t)
	if err := n.StartPgBouncer(t.Context(), "postgres", []string{"app"}); err != nil {
		t.Fatal(err)
	}
	s.dsn["direct"], s.dsn["pooled"] = n.DirectDSN("app", "postgres").Reveal(), n.PooledDSN("app", "postgres").Reveal()
	return s
}

func (s *server) exec(t testing.TB, sql string) {
	t.Helper()
	if _, err := s.super.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func (s *server) fill(t testing.TB) {
	t.Helper()
	var err error
	if s.world, err = world.New(world.Plan{Seed: 1, Tenants: 3, Largest: 1, Tables: []world.Table{{Name: "public.items", Rows: 30, Columns: []world.Column{
		{Name: "id", Type: "uuid", Kind: world.ID}, {Name: "tenant_id", Type: "uuid", Kind: world.Tenant},
		{Name: "name", Type: "text", Kind: world.Text, Template: "{token}"}}}}}); err != nil {
		t.Fatal(err)
	}
	for tn := range 3 {
		for row := range s.world.Rows(&s.world.Tables[0], tn) {
			st := s.insert(s.world.Ref(&s.world.Tables[0], tn, tenant.Row(row)))
			if _, err := s.super.PgConn().ExecParams(t.Context(), st.SQL, st.Args, st.OIDs, binary, nil).Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// insert is the statement that writes a row.
func (s *server) insert(ref tenant.Ref) Statement {
	table := &s.world.Tables[0]
	st := Statement{File: "insert.sql", SQL: "INSERT INTO items (id, tenant_id, name) VALUES ($1, $2, $3)", OIDs: []uint32{2950, 2950, 25}}
	for i := range table.Columns {
		v, _ := s.world.AppendValue(nil, table, &table.Columns[i], ref.Tenant, ref.Row)
		st.Args = append(st.Args, v)
	}
	return st
}

// newest is a read of all that a tenant can see, without a condition.
func (s *server) newest(tn int) Statement {
	return Statement{File: "newest.sql", SQL: "SELECT id, tenant_id, name FROM items",
		Want: &oracle.Want{Table: &s.world.Tables[0], Tenant: tn, Shape: oracle.One, Row: 0}}
}

func (s *server) one(tn int, row tenant.Row) Statement {
	id := s.world.Codec.ID(s.world.Ref(&s.world.Tables[0], tn, row))
	return Statement{File: "one.sql", SQL: "SELECT id, tenant_id, name FROM items WHERE id = $1", Args: [][]byte{id[:]}, OIDs: []uint32{2950},
		Want: &oracle.Want{Table: &s.world.Tables[0], Tenant: tn, Shape: oracle.One, Row: row}}
}

func plain(sql string) Statement { return Statement{File: "plain.sql", SQL: sql} }

func (s *server) open(t testing.TB, way string, pipelined bool, timeout time.Duration) (*Session, *oracle.Ledger) {
	t.Helper()
	s.runs++
	ledger := oracle.NewLedger(s.runs) // rows of its own
	way, prepared := strings.CutSuffix(way, " prepared")
	d, err := Open(t.Context(), Config{DSN: map[string]string{"app": s.dsn[way]}, Prepared: prepared, Connections: 1, SetTenant: "SELECT set_config('app.tenant', $1::uuid::text, true)",
		Pipelined: pipelined, Timeout: timeout}, &oracle.Oracle{World: s.world, Ledger: ledger, TenantColumn: "tenant_id"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d.NewSession(), ledger
}

// There is one connection, so each request also shows that the one before left it usable.
func TestDo(t *testing.T) {
	s := start(t)
	const patience = 10 * time.Second
	for _, way := range []string{"direct", "direct prepared", "pooled"} {
		for _, pipelined := range []bool{true, false} {
			t.Run(way+map[bool]string{true: " pipelined", false: " one by one"}[pipelined], func(t *testing.T) {
				sess, ledger := s.open(t, way, pipelined, patience)
				written := func() tenant.Ref { return ledger.Ask(1, 1) }
				tell := func(name string, req *Request, class string, counts oracle.Counts) Reply {
					t.Helper()
					req.Role = "app"
					reply := sess.Do(t.Context(), req)
					if got := ErrorClass(reply.Err); got != class {
						t.Errorf("%s: error class %q (%v), want %q", name, got, reply.Err, class)
					}
					if diff := cmp.Diff(counts, reply.Counts); diff != "" {
						t.Errorf("%s: foreign, damaged, missing (-want +got):\n%s%+v", name, diff, reply.Faults)
					}
					return reply
				}
				reply := tell("own row", &Request{Tenant: 1, Statements: []Statement{s.one(1, 3), s.one(1, 4)}}, "", oracle.Counts{})
				if reply.Rows != 2 || reply.Service <= 0 || reply.Done.IsZero() {
					t.Errorf("reply %+v", reply)
				}
				tell("no such row", &Request{Tenant: 1, Statements: []Statement{s.one(1, 999)}}, "", oracle.Counts{Missing: 1})

				ref := written()
				tell("write and read back", &Request{Tenant: 1, Statements: []Statement{s.insert(ref), s.one(1, ref.Row)}, Wrote: []tenant.Ref{ref}}, "", oracle.Counts{})
				tell("read what was written", &Request{Tenant: 1, Statements: []Statement{s.one(1, ref.Row)}}, "", oracle.Counts{})

				bad := written()
				reply = tell("a failing statement", &Request{Tenant: 1, Statements: []Statement{s.insert(bad), plain("SELECT 1/0")}, Wrote: []tenant.Ref{bad}}, "SQLSTATE 22012", oracle.Counts{})
				var pg *pgconn.PgError
				if !errors.As(reply.Err, &pg) {
					t.Errorf("the server's error is out of reach in %v", reply.Err)
				}
				tell("the failed write isn't there", &Request{Tenant: 1, Statements: []Statement{s.one(1, bad.Row)}}, "", oracle.Counts{Missing: 1})

				late := written()
				tell("refused at COMMIT", &Request{Tenant: 1, Statements: []Statement{s.insert(late), plain("INSERT INTO late VALUES (1)")}, Wrote: []tenant.Ref{late}}, "SQLSTATE 23505", oracle.Counts{})
				tell("insert for another", &Request{Tenant: 2, Statements: []Statement{s.insert(written())}}, "SQLSTATE 42501", oracle.Counts{})
				refused := &Request{Tenant: 2, Statements: []Statement{s.insert(written())}, Refused: "42501"}
				tell("insert for another, as wanted", refused, "", oracle.Counts{})
				planted := written()
				accepted := &Request{Tenant: 1, Statements: []Statement{s.insert(planted)}, Wrote: []tenant.Ref{planted}, Refused: "42501"}
				tell("insert for another, accepted", accepted, "", oracle.Counts{Planted: 1})
				tell("what was accepted isn't left there", &Request{Tenant: 1, Statements: []Statement{s.one(1, planted.Row)}}, "", oracle.Counts{Missing: 1})
				tell("still usable", &Request{Tenant: 2, Statements: []Statement{s.one(2, 0)}}, "", oracle.Counts{})
			})
		}
	}
	t.Run("a leak", func(t *testing.T) {
		s.exec(t, "ALTER TABLE items DISABLE ROW LEVEL SECURITY")
		defer s.exec(t, "ALTER TABLE items ENABLE ROW LEVEL SECURITY")
		sess, _ := s.open(t, "pooled", true, patience)
		reply := sess.Do(t.Context(), &Request{Role: "app", Tenant: 1, Statements: []Statement{s.newest(1)}})
		if reply.Err != nil || reply.Counts.Foreign != int(s.world.Rows(&s.world.Tables[0], 0)+s.world.Rows(&s.world.Tables[0], 2)) {
			t.Errorf("error %v, %d foreign rows", reply.Err, reply.Counts.Foreign)
		}
		if f := reply.Faults[0]; f.File != "newest.sql" || f.Connection == 0 || f.Table != "public.items" {
			t.Errorf("evidence %+v", f)
		}
	})
	for _, pipelined := range []bool{true, false} {
		t.Run("lost answers", func(t *testing.T) {
			sess, ledger := s.open(t, "direct", pipelined, 500*time.Millisecond)
			ref := ledger.Ask(1, 1)
			reply := sess.Do(t.Context(), &Request{Role: "app", Tenant: 1, Statements: []Statement{s.insert(ref), plain("SELECT pg_sleep(5)")}, Wrote: []tenant.Ref{ref}})
			if ErrorClass(reply.Err) != "timeout" {
				t.Errorf("too slow: %v", reply.Err)
			}
			reply = sess.Do(t.Context(), &Request{Role: "app", Tenant: 1, Statements: []Statement{plain("SELECT pg_terminate_backend(pg_backend_pid())")}})
			if reply.Err == nil || ErrorClass(reply.Err) == "timeout" {
				t.Errorf("killed: %v", reply.Err)
			}
			if reply := sess.Do(t.Context(), &Request{Role: "app", Tenant: 1, Statements: []Statement{s.one(1, 0)}}); reply.Err != nil || reply.Rows != 1 {
				t.Errorf("afterwards: %v, %d rows", reply.Err, reply.Rows)
			}
		})
	}
}

// A load that is cancelled doesn't wait for its answers, and the server is told to stop: nothing is written once the ledger is settled.
func TestCutOff(t *testing.T) {
	s := start(t)
	for _, way := range []string{"direct", "direct prepared", "pooled"} {
		for _, pipelined := range []bool{false, true} {
			t.Run(way+map[bool]string{true: " pipelined", false: " one by one"}[pipelined], func(t *testing.T) {
				sess, ledger := s.open(t, way, pipelined, time.Minute)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(100*time.Millisecond, cancel)
				ref := ledger.Ask(1, 1)
				reply := sess.Do(ctx, &Request{Role: "app", Tenant: 1, Statements: []Statement{plain("SELECT pg_sleep(50)"), s.insert(ref)}, Wrote: []tenant.Ref{ref}})
				if got := ErrorClass(reply.Err); got != "canceled" {
					t.Errorf("error class %q (%v)", got, reply.Err)
				}
				if reply.Committed {
					t.Error("said to be committed")
				}
				for until := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
					var asleep int
					if err := s.super.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app' AND state = 'active'").Scan(&asleep); err != nil {
						t.Fatal(err)
					}
					if asleep == 0 {
						break
					}
					if time.Now().After(until) {
						t.Fatal("the server goes on with what was cut off")
					}
				}
				if reply := sess.Do(ctx, &Request{Role: "app", Tenant: 1, Statements: []Statement{s.one(1, 0)}}); ErrorClass(reply.Err) == "" {
					t.Error("done after the end")
				}
				if reply := sess.Do(t.Context(), &Request{Role: "app", Tenant: 1, Statements: []Statement{s.one(1, 0), s.one(1, ref.Row)}}); reply.Err != nil || reply.Counts != (oracle.Counts{Missing: 1}) {
					t.Errorf("afterwards: %v, %+v", reply.Err, reply.Counts)
				}
			})
		}
	}
}

// What is known of a commit decides what the ledger says, so each answer has its case.
func TestFate(t *testing.T) {
	said := func(severity string) error { return &pgconn.PgError{SeverityUnlocalized: severity, Code: "57P01"} }
	tests := map[string]struct {
		tag  string
		err  error
		want fate
	}{
		"committed":            {"COMMIT", nil, commitDone},
		"rolled back instead":  {"ROLLBACK", nil, commitRefused},
		"refused":              {"", said("ERROR"), commitRefused},
		"server shutting down": {"", said("FATAL"), commitUnknown},
		"connection lost":      {"", errors.New("EOF"), commitUnknown},
	}
	for name, tt := range tests {
		if got, err := fateOf(&Request{}, pgconn.NewCommandTag(tt.tag), tt.err); got != tt.want || (err == nil) != (tt.want == commitDone) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// BenchmarkDo is a transaction that reads 10 rows, over 8 connections.
func BenchmarkDo(b *testing.B) {
	s := start(b)
	for _, pipelined := range []bool{true, false} {
		b.Run(map[bool]string{true: "pipelined", false: "one by one"}[pipelined], func(b *testing.B) {
			d, err := Open(b.Context(), Config{DSN: map[string]string{"app": s.dsn["direct"]}, Prepared: true, Connections: 8, Pipelined: pipelined,
				SetTenant: "SELECT set_config('app.tenant', $1::uuid::text, true)", Timeout: time.Minute},
				&oracle.Oracle{World: s.world, Ledger: oracle.NewLedger(1), TenantColumn: "tenant_id"})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(d.Close)
			b.ReportAllocs()
			b.SetParallelism(4)
			b.RunParallel(func(p *testing.PB) {
				sess := d.NewSession()
				req := &Request{Role: "app", Tenant: 1, Statements: []Statement{s.newest(1)}}
				for p.Next() {
					if reply := sess.Do(b.Context(), req); reply.Err != nil || reply.Rows == 0 || reply.Counts.Foreign > 0 {
						b.Fatalf("%v, %d rows, %+v", reply.Err, reply.Rows, reply.Counts)
					}
				}
			})
		})
	}
}
