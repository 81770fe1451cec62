package facts

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// after gives two clients one after the other on one connection of the pool: the first does what is given, outside a transaction or in one with a
// tenant of its own, and stays connected.
func (p *place) after(first string) *session {
	p.Helper()
	one, two := p.pooled(app), p.pooled(app)
	one.run(first)
	if a, b := one.value("SELECT pg_backend_pid()"), two.value("SELECT pg_backend_pid()"); a != b {
		p.Fatalf("two clients of one pool run on backends %s and %s", a, b)
	}
	return two
}

var pooling = []fact{
	{"through transaction pooling a session's SET reaches the next client", func(p *place) {
		p.after("SET app.tenant = '2'").gives("SELECT count(*) FROM notes", "20")
	}},
	{"so does set_config(..., false)", func(p *place) {
		p.after("SELECT set_config('app.tenant', '2', false)").gives("SELECT count(*) FROM notes", "20")
	}},
	{"SET LOCAL and set_config(..., true) end with the transaction", func(p *place) {
		p.after("BEGIN; SET LOCAL app.tenant = '2'; COMMIT").gives("SELECT count(*) FROM notes", "0")
		p.after("BEGIN; SELECT set_config('app.tenant', '2', true); COMMIT").gives("SELECT count(*) FROM notes", "0")
	}},
	{"a WITH HOLD cursor shows the next client the rows of a tenant that was set with SET LOCAL", func(p *place) {
		p.after("BEGIN; SET LOCAL app.tenant = '2'; DECLARE kept CURSOR WITH HOLD FOR SELECT tenant FROM notes; COMMIT").gives("FETCH 1 FROM kept", "2")
	}},
	{"a temporary table shows the next client the rows of a tenant that was set with SET LOCAL", func(p *place) {
		p.after("BEGIN; SET LOCAL app.tenant = '2'; CREATE TEMP TABLE kept AS SELECT * FROM notes; COMMIT").gives("SELECT count(*) FROM kept", "20")
	}},
	{"a prepared statement of SQL stays for the next client, with the constants in it; it runs for who executes it", func(p *place) {
		s := p.after("BEGIN; SET LOCAL app.tenant = '2'; PREPARE kept AS SELECT count(*), 'of tenant 2' FROM notes; EXECUTE kept; COMMIT")
		s.gives("BEGIN; SET LOCAL app.tenant = '1'; EXECUTE kept", "10 of tenant 2")
		s.run("COMMIT")
	}},
	{"LISTEN stays for the next client, who gets the notifications", func(p *place) {
		s := p.after("LISTEN news")
		s.run("SELECT pg_notify('news', 'of tenant 2')")
		if !slices.Contains(s.notices, "of tenant 2") {
			p.Errorf("the next client got %q", s.notices)
		}
	}},
	{"a session's advisory lock stays for the next client, who can release it", func(p *place) {
		p.after("BEGIN; SET LOCAL app.tenant = '2'; SELECT pg_advisory_lock(7); COMMIT").gives("SELECT pg_advisory_unlock(7)", "t")
	}},
	{"role and search path stay for the next client too", func(p *place) {
		s := p.after("SET search_path = fact_owner")
		s.refused("42P01", "SELECT FROM notes")
	}},
	{"the pooler refuses the startup parameter options; told to ignore it, it drops it", func(p *place) {
		dsn := p.stack.PooledDSN(app, p.database).Reveal()
		config, err := pgconn.ParseConfig(dsn)
		if err != nil {
			p.Fatal(err)
		}
		config.RuntimeParams["options"] = "-c app.tenant=2"
		p.pooled(app).gives("SELECT count(*) FROM notes", "0")
		conn, err := pgconn.ConnectConfig(p.Context(), config)
		if err != nil {
			p.Fatal(err) // the pooler of the system under test ignores it
		}
		s := &session{place: p, conn: conn}
		s.gives("SELECT current_setting('app.tenant', true), count(*) FROM notes", `\N 0`)
		s.close()
		if _, err := p.stack.PoolerShow(p.Context(), "SET ignore_startup_parameters = extra_float_digits"); err != nil {
			p.Fatal(err)
		}
		p.Cleanup(func() {
			if _, err := p.stack.PoolerShow(context.WithoutCancel(p.Context()), "RELOAD"); err != nil {
				p.Error(err)
			}
		})
		conn, err = pgconn.ConnectConfig(p.Context(), config)
		if err == nil || !strings.Contains(err.Error(), "unsupported startup parameter: options") {
			p.Errorf("connecting with options: %v", err)
		}
		if err == nil {
			_ = conn.Close(p.Context())
		}
	}},
}
