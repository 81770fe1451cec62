package probes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/probes/book"
	"github.com/engardehq/bulkhead/internal/result"
)

// heldMax bounds the server connections that are held so that the one that is wanted comes next.
const heldMax = 30

// onServer runs f in a transaction of a client of its own on the server process pid, COMMIT after it. It holds the connections that the
// pooler gives instead until the right one comes; ok is false where it never does.
func (d door) onServer(ctx context.Context, c *Config, pid uint32, f func(*session) error) (ok bool, err error) {
	var held []*session
	defer func() {
		for _, s := range held {
			s.leave() // with its transaction, which did nothing
		}
	}()
	for range heldMax {
		s, err := d.enter(ctx, c)
		if err != nil {
			return false, err
		}
		held = append(held, s)
		if err := s.run(ctx, "BEGIN"); err != nil {
			return false, err
		}
		got, _, err := s.who(ctx)
		if err != nil {
			return false, err
		}
		if got == pid {
			err := f(s)
			end := "COMMIT"
			if err != nil {
				end = "ROLLBACK"
			}
			return true, errors.Join(err, s.run(context.WithoutCancel(ctx), end))
		}
	}
	return false, nil
}

// tidy takes from a server connection all that a client can leave there.
func (d door) tidy(ctx context.Context, c *Config, pid uint32) error {
	_, err := d.onServer(context.WithoutCancel(ctx), c, pid, func(s *session) error {
		return s.run(ctx, "CLOSE ALL", "DEALLOCATE ALL", "UNLISTEN *", "SELECT pg_catalog.pg_advisory_unlock_all()", "DISCARD TEMP", "RESET ROLE", "RESET ALL")
	})
	return err
}

// mode is the pooler's way to lend connections; "" where it can't be asked.
func mode(ctx context.Context, c *Config) string {
	return poolerSays(ctx, c)["pool_mode"]
}

// poolerSays is the pooler's configuration, empty where its console can't be asked.
func poolerSays(ctx context.Context, c *Config) map[string]string {
	said := map[string]string{}
	if c.Console == "" {
		return said
	}
	s, err := door{role: "console", name: "pooled", dsn: c.Console}.enter(ctx, c)
	if err != nil {
		return said
	}
	defer s.leave()
	results, err := s.PgConn().Exec(ctx, "SHOW CONFIG").ReadAll()
	if err != nil {
		return said
	}
	for _, r := range results {
		for _, row := range r.Rows {
			said[string(row[0])] = string(row[1])
		}
	}
	return said
}

// sessionTenant is what C03 is about; all else that can be left is C04's.
const sessionTenant = "the tenant set for the session"

// leaving is something that a client may leave on its connection.
type leaving struct {
	name  string
	leave func(*session) error             // in a transaction in which the victim is set
	there func(*session) (string, error)   // on the same server connection as the next client: what is still there, "" for nothing
	shows func(*session) ([]string, error) // whose rows the next client gets by it, after it has set its own tenant; nil where it holds none
	mend  string                           // SQL that denies it, where it can be denied
}

func leavings(ctx context.Context, c *Config, d door, w *witness) []leaving {
	one := func(query string) func(*session) (string, error) {
		return func(s *session) (found string, err error) {
			err = s.QueryRow(ctx, query).Scan(&found)
			if errors.Is(err, pgx.ErrNoRows) {
				err = nil
			}
			return found, err
		}
	}
	do := func(statement string) func(*session) error {
		return func(s *session) error { return s.run(ctx, statement) }
	}
	rows := func(query string) func(*session) ([]string, error) {
		return func(s *session) ([]string, error) {
			rows, err := s.Query(ctx, query, pgx.QueryExecModeSimpleProtocol)
			if err != nil {
				return nil, err
			}
			return pgx.CollectRows(rows, pgx.RowTo[string])
		}
	}
	victim, _ := pair(c)
	all := []leaving{
		{"cursors WITH HOLD", do("DECLARE bh_hold CURSOR WITH HOLD FOR " + w.read), one("SELECT name FROM pg_catalog.pg_cursors WHERE name = 'bh_hold'"), rows("FETCH ALL FROM bh_hold"), ""},
		{"temporary tables", do("CREATE TEMPORARY TABLE bh_temp AS SELECT found.tenant FROM (" + w.read + ") AS found(tenant)"),
			one("SELECT relname::text FROM pg_catalog.pg_class WHERE relname = 'bh_temp' AND relnamespace = pg_catalog.pg_my_temp_schema()"), rows("SELECT tenant FROM pg_temp.bh_temp"),
			"REVOKE TEMPORARY ON DATABASE " + identifier(c.Target.Database) + " FROM PUBLIC, " + identifier(d.role) + ";"},
		{"prepared statements", do("PREPARE bh_prepared AS " + w.read), one("SELECT name FROM pg_catalog.pg_prepared_statements WHERE name = 'bh_prepared'"), rows("EXECUTE bh_prepared"), ""},
		{"search_path", do("SET search_path = pg_catalog"), one("SELECT name FROM pg_catalog.pg_settings WHERE name = 'search_path' AND source = 'session'"), nil, ""},
		{"row_security", do("SET row_security = off"), one("SELECT name FROM pg_catalog.pg_settings WHERE name = 'row_security' AND source = 'session'"), nil, ""},
		{"LISTEN", do("LISTEN bh_listen"), one("SELECT channel FROM pg_catalog.pg_listening_channels() AS channel WHERE channel = 'bh_listen'"), nil, ""},
		{"advisory locks", do("SELECT pg_catalog.pg_advisory_lock_shared(2075, 1)"), one("SELECT 'lock' FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND classid = 2075 AND pid = pg_catalog.pg_backend_pid() LIMIT 1"), nil, ""},
		{sessionTenant, func(s *session) error { return s.put(ctx, victim, false) }, func(s *session) (string, error) {
			_, tenant, err := s.who(ctx)
			return tenant, err
		}, nil, ""},
	}
	var becomes []string
	for _, r := range c.Target.Roles {
		if r.Name == d.role {
			becomes = r.Becomes
		}
	}
	for _, r := range c.Target.Roles {
		if r.Name != d.role && !slices.Contains(becomes, r.Name) {
			all = append(all, leaving{"the role " + r.Name, do("SET ROLE " + identifier(r.Name)), one("SELECT current_user::text WHERE current_user <> session_user"), nil,
				"REVOKE " + identifier(r.Name) + " FROM " + identifier(d.role) + ";"})
		}
	}
	return all
}

// borrowed looks at many connections as the pooler lends them, then leaves on one what a client can leave, and looks as the next client
// what came of it. What it left it takes away again.
func borrowed(ctx context.Context, c *Config, b book.Book) error {
	o := b.At("C04")
	boss, err := admin(ctx, c)
	if err != nil {
		return err
	}
	defer boss.leave()
	victim, attacker := pair(c)
	how := mode(ctx, c)
	for _, d := range doors(c) {
		if !d.pooled {
			continue
		}
		if err := fingerprints(ctx, c, o, d); err != nil {
			return err
		}
		if c.Depth == Glance {
			continue
		}
		w, err := findWitness(ctx, c, boss, d.role, []string{victim, attacker})
		if err != nil {
			o.Unsure(err.Error())
			continue
		}
		for _, l := range leavings(ctx, c, d, w) {
			if l.name == sessionTenant {
				continue // C03 does it
			}
			if err := leaveAndLook(ctx, c, o, d, l, how); err != nil {
				o.Unsure(fmt.Sprintf("%s, as %s: %v", l.name, d, err))
			}
		}
	}
	nameLeft(o)
	return nil
}

// nameLeft tells as one residue what transaction pooling leaves by its nature.
func nameLeft(o *book.Outcome) {
	if len(o.Left) > 0 {
		o.Residue("through transaction pooling a client that may run any SQL can leave for the next one: " + strings.Join(o.Left, ", ") + "; server_reset_query_always = 1 ends that")
	}
}

// fingerprints borrows connections at the same time, so that they differ, and looks what is on them.
func fingerprints(ctx context.Context, c *Config, o *book.Outcome, d door) error {
	many := 8
	if c.Depth == Glance {
		many = 3
	}
	for range many {
		s, err := d.enter(ctx, c)
		if err != nil {
			return err
		}
		defer s.leave()
		if err := s.run(ctx, "BEGIN"); err != nil {
			return err
		}
		rows, err := s.Query(ctx, text("fingerprint.sql"), c.Target.Tenancy.Setting)
		if err != nil {
			return err
		}
		var left []string
		var what, detail string
		if _, err := pgx.ForEachRow(rows, []any{&what, &detail}, func() error {
			left = append(left, what+" = "+detail)
			return nil
		}); err != nil {
			return err
		}
		if o.Looked(len(left) == 0) {
			continue
		}
		o.Add(result.Finding{Channel: "C04", Severity: result.Weakness, Count: 1, Where: "pooled connections of " + d.role,
			What:     "a connection is lent with what its last client left on it: " + strings.Join(left, "; "),
			Evidence: []result.Evidence{{Connection: s.PgConn().PID(), Detail: strings.Join(left, "; ")}},
			Fix:      "DISCARD ALL; -- on these connections; in pgbouncer.ini: server_reset_query = DISCARD ALL, and server_reset_query_always = 1"})
	}
	return nil
}
