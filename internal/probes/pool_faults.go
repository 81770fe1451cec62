package probes

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/probes/book"
	"github.com/engardehq/bulkhead/internal/result"
)

// mishap is a way in which a transaction of the victim's ends that it didn't intend.
type mishap struct {
	name string
	do   func(ctx context.Context, s *session, boss *session, pid uint32) error // its error is expected and not looked at
	gone bool                                                                   // the client doesn't end its transaction itself
}

var mishaps = []mishap{
	{"an error, then ROLLBACK", func(ctx context.Context, s, _ *session, _ uint32) error { return s.run(ctx, "SELECT 1/0") }, false},
	{"an error, and the client goes away", func(ctx context.Context, s, _ *session, _ uint32) error { return s.run(ctx, "SELECT 1/0") }, true},
	{"a statement that is cancelled", func(ctx context.Context, s, _ *session, _ uint32) error {
		later := time.AfterFunc(50*time.Millisecond, func() { _ = s.PgConn().CancelRequest(ctx) })
		defer later.Stop()
		return s.run(ctx, "SELECT pg_catalog.pg_sleep(2)")
	}, false},
	{"a statement that takes too long", func(ctx context.Context, s, _ *session, _ uint32) error {
		return s.run(ctx, "SET LOCAL statement_timeout = 20", "SELECT pg_catalog.pg_sleep(2)")
	}, false},
	{"a client whose socket is cut", func(_ context.Context, s, _ *session, _ uint32) error { return s.PgConn().Conn().Close() }, true},
	{"a server process that is ended", func(ctx context.Context, s, boss *session, pid uint32) error {
		_, err := boss.Exec(ctx, "SELECT pg_catalog.pg_terminate_backend($1, 1000)", int32(pid))
		_ = s.run(ctx, "SELECT 1")
		return err
	}, true},
}

// accidents ends transactions of the victim's in all the ways in which they end in life, and is the next user of the connection.
func accidents(ctx context.Context, c *Config, b book.Book) error {
	o := b.At("C05")
	boss, err := admin(ctx, c)
	if err != nil {
		return err
	}
	defer boss.leave()
	victim, attacker := pair(c)
	for _, d := range doors(c) {
		w, err := findWitness(ctx, c, boss, d.role, []string{victim, attacker})
		if err != nil {
			o.Unsure(err.Error())
			continue
		}
		for _, m := range mishaps {
			if m.gone && !d.pooled {
				continue // nobody has this connection after it
			}
			if err := accident(ctx, c, o, d, m, w, boss); err != nil {
				o.Unsure(fmt.Sprintf("%s, as %s: %v", m.name, d, err))
			}
		}
	}
	return nil
}

func accident(ctx context.Context, c *Config, o *book.Outcome, d door, m mishap, w *witness, boss *session) error {
	victim, _ := pair(c)
	s, err := d.enter(ctx, c)
	if err != nil {
		return err
	}
	defer s.leave()
	if err := s.run(ctx, "BEGIN"); err != nil {
		return err
	}
	if err := s.become(ctx, victim); err != nil {
		return err
	}
	pid, _, err := s.who(ctx)
	if err != nil {
		return err
	}
	if seen, err := s.sees(ctx, w); err != nil || !slices.Contains(seen, victim) {
		return fmt.Errorf("the victim doesn't see its own rows of %s (%w)", w.relation.FullName(), err)
	}
	if m.do(ctx, s, boss, pid) == nil && !m.gone {
		return fmt.Errorf("what must fail didn't")
	}
	if m.gone {
		s.leave()
	} else if err := s.run(ctx, "ROLLBACK"); err != nil {
		return err
	}
	if !d.pooled {
		return nextUser(ctx, c, o, d, s, m, w)
	}
	for range 3 { // whatever connections come first: the one of the accident among them, if it is lent again at all
		next, err := d.enter(ctx, c)
		if err != nil {
			return err
		}
		defer next.leave()
		if err := nextUser(ctx, c, o, d, next, m, w); err != nil {
			return err
		}
	}
	return nil
}

// nextUser is the attacker on the connection: without a tenant it must see nothing, with its own its own rows.
func nextUser(ctx context.Context, c *Config, o *book.Outcome, d door, s *session, m mishap, w *witness) error {
	victim, attacker := pair(c)
	var before, own []string
	var left string
	err := s.inTransaction(ctx, "COMMIT", func() (err error) {
		if _, left, err = s.who(ctx); err != nil {
			return err
		}
		if before, err = s.look(ctx, w, true); err != nil {
			return err
		}
		if err = s.become(ctx, attacker); err != nil {
			return err
		}
		own, err = s.sees(ctx, w)
		return err
	})
	if err != nil {
		return err
	}
	if o.Looked(len(before) == 0 && left == "" && only(own, attacker)) {
		return nil
	}
	f := result.Finding{Channel: "C05", Severity: result.Weakness, Count: 1, Where: w.relation.FullName(),
		What: "after a transaction that ended by accident the next client of its connection isn't alone: " + m.name,
		Evidence: []result.Evidence{{Tenant: attacker, Owner: victim, Table: w.relation.FullName(), Detail: fmt.Sprintf("as %s: finds the tenant %q set; sees the rows of %d tenants without one, of %d with its own",
			d, left, len(before), len(own))}},
		Fix: "-- end the connection, or run DISCARD ALL on it, before it is lent again"}
	if slices.Contains(before, victim) || slices.Contains(own, victim) {
		f.Severity = result.Leak
	}
	o.Add(f)
	return nil
}

// options connects with settings of its own, through the pooler: none of them may reach the server, least of all its next client.
func options(ctx context.Context, c *Config, b book.Book) error {
	o := b.At("C07")
	boss, err := admin(ctx, c)
	if err != nil {
		return err
	}
	defer boss.leave()
	victim, attacker := pair(c)
	for _, d := range doors(c) {
		if !d.pooled {
			continue
		}
		if err := sameRole(ctx, c, o, d); err != nil {
			o.Unsure(fmt.Sprintf("connecting as %s: %v", d, err))
		}
		w, err := findWitness(ctx, c, boss, d.role, []string{victim, attacker})
		if err != nil {
			o.Unsure(err.Error())
			continue
		}
		for _, p := range startups(c, victim) {
			if err := startUp(ctx, c, o, d, p, w); err != nil {
				o.Unsure(fmt.Sprintf("connecting with %s, as %s: %v", p.name, d, err))
			}
		}
	}
	o.Residue("who can connect straight to PostgreSQL as an application can give any option, as he can set any tenant")
	return nil
}

// startup is a parameter of the connection, and the setting by which it would show.
type startup struct {
	name   string // as given
	value  string
	shows  string
	wanted string
}

func startups(c *Config, victim string) (all []startup) {
	settings := [][2]string{{c.Target.Tenancy.Setting, victim}, {"row_security", "off"}, {"search_path", "pg_temp"}, {"session_replication_role", "replica"}}
	for _, r := range c.Target.Roles {
		settings = append(settings, [2]string{"role", r.Name})
	}
	for _, set := range settings {
		all = append(all, startup{"options", "-c " + set[0] + "=" + set[1], set[0], set[1]}, startup{"options", "--" + strings.ReplaceAll(set[0], "_", "-") + "=" + set[1], set[0], set[1]},
			startup{set[0], set[1], set[0], set[1]})
	}
	return all
}

func startUp(ctx context.Context, c *Config, o *book.Outcome, d door, p startup, w *witness) error {
	s, err := d.enter(ctx, c, func(config *pgx.ConnConfig) { config.RuntimeParams[p.name] = p.value })
	if err != nil {
		if o.Looked(refused(err)) {
			return nil
		}
		return err
	}
	defer s.leave()
	var now string
	if err := s.QueryRow(ctx, "SELECT coalesce(pg_catalog.current_setting($1, true), '')", p.shows).Scan(&now); err != nil {
		return err
	}
	if p.shows == "role" && now == d.role { // what a role starts with
		now = ""
	}
	if o.Looked(now != p.wanted) {
		return nil
	}
	victim, _ := pair(c)
	f := result.Finding{Channel: "C07", Severity: result.Weakness, Count: 1, Where: "the pooler, " + d.role,
		What:     "connection options get past the pooler: a client starts its session with " + p.shows + " as it likes",
		Evidence: []result.Evidence{{Detail: p.name + " = " + p.value + ": SHOW says " + now}},
		Fix:      "-- in pgbouncer.ini: name options in ignore_startup_parameters, and no such parameter in connect_query, track_extra_parameters or the database's line"}
	if seen, err := s.sees(ctx, w); err == nil && slices.Contains(seen, victim) {
		f.Severity = result.Leak
	}
	o.Add(f)
	return nil
}
