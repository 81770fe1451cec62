package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// startServers brings up PostgreSQL, PgBouncer and Redis with one database and role.
func startServers(t *testing.T, n *Native) {
	t.Helper()
	if err := startThree(t.Context(), n); err != nil {
		t.Fatal(err)
	}
}

func startThree(ctx context.Context, n *Native) error {
	if err := n.InitPostgres(ctx); err != nil {
		return err
	}
	if err := n.StartPostgres(ctx); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, n.DirectDSN("postgres", "postgres").Reveal())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, sql := range []string{"CREATE ROLE app LOGIN PASSWORD '" + n.Secrets.Role("app").Reveal() + "'", "CREATE DATABASE shop OWNER app"} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return errors.Join(n.StartPgBouncer(ctx, "shop", []string{"app"}), n.StartRedis(ctx))
}

func query(t *testing.T, dsn DSN, sql string) string {
	t.Helper()
	cfg, err := pgx.ParseConfig(dsn.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec // transaction pooling keeps no prepared statement
	conn, err := pgx.ConnectConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var got string
	if err := conn.QueryRow(t.Context(), sql).Scan(&got); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return got
}

func TestServersStartAnswerAndLeaveNothing(t *testing.T) {
	n := open(t, Options{})
	startServers(t, n)
	if got := query(t, n.PooledDSN("app", "shop"), "SELECT current_user::text || '@' || current_database()"); got != "app@shop" {
		t.Errorf("through the pooler: %s", got)
	}
	cache := redis.NewClient(&redis.Options{Addr: n.Addr(Redis), Password: n.Secrets.Redis.Reveal()})
	defer cache.Close()
	if err := cache.Set(t.Context(), "a", "b", 0).Err(); err != nil {
		t.Error(err)
	}
	open := redis.NewClient(&redis.Options{Addr: n.Addr(Redis)})
	defer open.Close()
	if err := open.Ping(t.Context()).Err(); err == nil {
		t.Error("redis answers without a password")
	}
	// What others can see of a process must not hold a password.
	for _, pid := range descendants(n.keeper.pid) {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if text := strings.ReplaceAll(string(data), "\x00", " "); err == nil && n.Secrets.Redact(text) != text {
			t.Errorf("pid %d shows a secret", pid)
		}
	}
	// Neither a signal to our name nor one to our terminal's session may meet the keeper.
	session, err := syscall.Getpgid(n.keeper.pid)
	if st, ok := readStat(n.keeper.pid); !ok || st.comm != keeperName || err != nil || session != n.keeper.pid {
		t.Errorf("the keeper is called %q, process group %d of pid %d, %v", st.comm, session, n.keeper.pid, err)
	}
	s := n.Stack("shop", "app")
	for name, want := range map[string]string{
		"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "max_connections": "200",
		"pgbouncer.pool_mode": "transaction", "pgbouncer.max_client_conn": "200", "pgbouncer.default_pool_size": "25",
		"pgbouncer.reserve_pool_size": "5", "pgbouncer.reserve_pool_timeout": "3",
	} {
		if s.Settings[name] != want {
			t.Errorf("%s = %q, want %q", name, s.Settings[name], want)
		}
	}
	if len(s.Services) != 3 || s.Services[0].Version == "" || !strings.HasPrefix(s.Services[0].Version, "15.") {
		t.Errorf("services: %+v", s.Services)
	}
	tr := traceOf(n.scratch, n.keeper.pid, n.get(Postgres).port, n.get(PgBouncer).port, n.get(Redis).port)
	if len(tr.pids) < 8 || len(tr.shared) != 1 {
		t.Fatalf("the trace sees too little to judge: %+v", tr)
	}
	if err := n.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	tr.mustVanish(t, time.Second)
	for _, name := range []string{Postgres, PgBouncer, Redis} {
		if st, err := os.Stat(n.LogFile(name)); err != nil || st.Size() == 0 {
			t.Errorf("log of %s isn't kept: %v", name, err)
		}
	}
}

func TestPoolerServesFurtherDatabases(t *testing.T) {
	n := open(t, Options{Without: []string{Langflow}})
	startServers(t, n)
	conn, err := pgx.Connect(t.Context(), n.DirectDSN("postgres", "postgres").Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), "CREATE DATABASE clone TEMPLATE shop OWNER app"); err != nil {
		t.Fatal(err)
	}
	if err := n.PoolDatabases(t.Context(), "shop", "clone"); err != nil {
		t.Fatal(err)
	}
	if got := query(t, n.PooledDSN("app", "clone"), "SELECT current_database()::text"); got != "clone" {
		t.Error(got)
	}
	if err := n.PoolDatabases(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "DROP DATABASE clone"); err != nil {
		t.Errorf("the pooler still holds the database: %v", err)
	}
}

func TestPostgresThatRefusesShowsItsLog(t *testing.T) {
	n := open(t, Options{})
	if err := n.InitPostgres(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(n.DataDir(), "PG_VERSION"), []byte("9.6\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := n.StartPostgres(t.Context())
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(e.Log, "incompatible") || e.Mend == "" {
		t.Fatalf("want the log's last lines and a mend, got: %v", err)
	}
}

func TestPortInUseNamesItsHolder(t *testing.T) {
	n := open(t, Options{})
	startServers(t, n)
	_, err := Open(t.Context(), Options{Out: t.TempDir(), Ports: map[string]int{Redis: n.get(Redis).port}})
	if err == nil || !strings.Contains(err.Error(), "redis-server") || !strings.Contains(err.Error(), "in use") {
		t.Fatalf("got: %v", err)
	}
}

func TestStateRoundTrip(t *testing.T) {
	t.Setenv(cacheEnv, t.TempDir())
	n := open(t, Options{})
	startServers(t, n)
	states, err := OpenStates()
	if err != nil {
		t.Fatal(err)
	}
	if err := states.Save(t.Context(), "k1", n, nil); err == nil {
		t.Fatal("a running server's data folder was saved")
	}
	if err := n.keeper.stop(t.Context(), Postgres, syscall.SIGQUIT, 10*time.Second); err != nil {
		t.Fatal(err)
	}
	n.set(Postgres, nil)
	if err := states.Save(t.Context(), "k1", n, nil); err == nil || !strings.Contains(err.Error(), "cleanly") {
		t.Fatalf("a crashed server's data folder was saved: %v", err)
	}
	if err := n.StartPostgres(t.Context()); err != nil { // recovers, on the same port
		t.Fatal(err)
	}
	if err := n.StopPostgres(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(n.LangflowDir(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(n.LangflowDir(), "secret_key"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := states.Save(t.Context(), "k1", n, map[string][]byte{"world.json": []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	if err := n.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	m := open(t, Options{})
	st, err := states.Lookup("k1")
	if err != nil || st == nil {
		t.Fatalf("lookup: %v, %v", st, err)
	}
	if err := st.CopyTo(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if err := m.StartPostgres(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := query(t, m.DirectDSN("app", "shop"), "SELECT current_user::text"); got != "app" {
		t.Error(got)
	}
	if _, err := os.Stat(filepath.Join(m.LangflowDir(), "secret_key")); err != nil {
		t.Error(err)
	}
	if data, err := st.ReadFile("world.json"); err != nil || string(data) != "{}" {
		t.Errorf("world.json: %q, %v", data, err)
	}
}

func TestDetachedStackStaysUntilDown(t *testing.T) {
	n := open(t, Options{})
	startServers(t, n)
	path := filepath.Join(t.TempDir(), "stack.json")
	s := n.Stack("shop", "app")
	tr := traceOf(n.scratch, n.keeper.pid, s.Services[0].Port, s.Services[1].Port, s.Services[2].Port)
	if err := n.Detach(t.Context(), s, path); err != nil {
		t.Fatal(err)
	}
	// The test is still the keeper's parent and has to collect it, as init does after up.
	go func() { var ws syscall.WaitStatus; _, _ = syscall.Wait4(n.keeper.pid, &ws, 0, nil) }()
	t.Cleanup(func() { _, _ = Down(context.Background(), path) })
	time.Sleep(300 * time.Millisecond)
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Fatalf("stack file: %v, %v", st, err)
	}
	got, err := Load(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if q := query(t, got.DSN.Pooled["app"], "SELECT 'yes'::text"); q != "yes" {
		t.Error(q)
	}
	if _, err := Down(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	tr.mustVanish(t, time.Second)
	if err := s.Save(path); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(t.Context(), path); !errors.Is(err, ErrGone) || !strings.Contains(err.Error(), "bulkhead up") {
		t.Errorf("load of a gone stack: %v", err)
	}
	if _, err := Down(t.Context(), path); !errors.Is(err, ErrGone) {
		t.Errorf("down of a gone stack: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error("down left the file of a gone stack")
	}
}
