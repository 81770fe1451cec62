package probes

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/probes/book"
	"github.com/engardehq/bulkhead/internal/result"
)

// execModes are pgx's ways to run a statement, and whether they can go through a pooler that lends transactions.
var execModes = []struct {
	name   string
	mode   pgx.QueryExecMode
	pooled bool
}{
	{"cache_statement", pgx.QueryExecModeCacheStatement, false},
	{"cache_describe", pgx.QueryExecModeCacheDescribe, false},
	{"describe_exec", pgx.QueryExecModeDescribeExec, false},
	{"exec", pgx.QueryExecModeExec, true},
	{"simple_protocol", pgx.QueryExecModeSimpleProtocol, true},
}

// executions of one statement by a tenant: from the sixth on PostgreSQL may use a plan without the parameters' values.
const executions = 7

// plans runs one statement for two tenants in turn on one connection, in each exec mode, with each way to choose plans.
func plans(ctx context.Context, c *Config, b book.Book) error {
	o := b.At("C06")
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
		for _, m := range execModes {
			if d.pooled && !m.pooled {
				continue
			}
			for _, choice := range []string{"auto", "force_generic_plan", "force_custom_plan"} {
				if err := planned(ctx, c, o, d, w, m.name, m.mode, choice); err != nil {
					o.Unsure(fmt.Sprintf("exec mode %s, %s, as %s: %v", m.name, choice, d, err))
				}
			}
		}
	}
	if err := planTables(ctx, c, o, boss); err != nil {
		return err
	}
	return planRoles(ctx, c, o, boss)
}

// planTables runs a prepared statement on every table of tenants, for one tenant after the other, by one plan.
func planTables(ctx context.Context, c *Config, o *book.Outcome, boss *session) error {
	victim, attacker := pair(c)
	for _, d := range doors(c) {
		if d.pooled {
			continue
		}
		readable, err := c.Catalog.Readable(ctx, boss.Conn, d.role)
		if err != nil {
			return err
		}
		s, err := d.enter(ctx, c, func(config *pgx.ConnConfig) { config.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement })
		if err != nil {
			return err
		}
		defer s.leave()
		for r, columns := range readable {
			if r.Tenancy == nil || catalog.Accepted(c.Target, d.role, r) != nil {
				continue
			}
			// Sums that hardly agree for different rows; counts do.
			digest := "SELECT coalesce(sum(pg_catalog.hashtext(ROW(t." + identifier(columns[0]) + ", " + r.Tenancy.Of + ")::text)::bigint), 0)::bigint FROM " + r.SQL() + " AS t"
			if r.Tenancy.Column == "" {
				digest = "SELECT coalesce(sum(pg_catalog.hashtext(t." + identifier(columns[0]) + "::text)::bigint), 0)::bigint FROM " + r.SQL() + " AS t"
			}
			var prepared, simple int64
			for _, tenant := range []string{victim, attacker} {
				err := s.inTransaction(ctx, "COMMIT", func() error {
					if err := s.run(ctx, "SET LOCAL plan_cache_mode = force_generic_plan"); err != nil {
						return err
					}
					if err := s.become(ctx, tenant); err != nil {
						return err
					}
					if err := s.QueryRow(ctx, digest).Scan(&prepared); err != nil {
						return err
					}
					return s.QueryRow(ctx, digest, pgx.QueryExecModeSimpleProtocol).Scan(&simple)
				})
				if err != nil {
					o.Unsure(fmt.Sprintf("%s, as %s: %v", r.FullName(), d, err))
					break
				}
				if o.Looked(prepared == simple) {
					continue
				}
				o.Add(result.Finding{Channel: "C06", Severity: result.Leak, Count: 1, Where: r.FullName(), What: plansMixed, Fix: plansFix,
					Evidence: []result.Evidence{{Tenant: tenant, Owner: victim, Table: r.FullName(), Detail: "as " + d.String() + ": other rows by a plan made before than by one made for it"}}})
			}
		}
	}
	return nil
}

const (
	plansMixed = "a statement's plan made for one tenant or role answers another"
	plansFix   = "-- no function that a policy calls may be IMMUTABLE (ALTER FUNCTION ... STABLE): it is evaluated once, when the plan is made"
)

func planned(ctx context.Context, c *Config, o *book.Outcome, d door, w *witness, name string, mode pgx.QueryExecMode, choice string) error {
	s, err := d.enter(ctx, c, func(config *pgx.ConnConfig) { config.DefaultQueryExecMode = mode })
	if err != nil {
		return err
	}
	defer s.leave()
	victim, attacker := pair(c)
	for range executions {
		for _, tenant := range []string{victim, attacker} {
			var seen []string
			err := s.inTransaction(ctx, "COMMIT", func() error {
				if err := s.run(ctx, "SET LOCAL plan_cache_mode = "+choice); err != nil {
					return err
				}
				if err := s.become(ctx, tenant); err != nil {
					return err
				}
				seen, err = s.sees(ctx, w)
				return err
			})
			if err != nil {
				return err
			}
			mixed(o, "C06", plansMixed, fmt.Sprintf("exec mode %s, plan_cache_mode %s, as %s", name, choice, d), w, tenant, seen,
				plansFix)
		}
	}
	return nil
}

// mixed judges one answer that must hold the tenant's own rows and nothing else.
func mixed(o *book.Outcome, channel, what, how string, w *witness, tenant string, seen []string, fix string) {
	if o.Looked(only(seen, tenant)) {
		return
	}
	f := result.Finding{Channel: channel, Severity: result.Leak, Count: 1, Where: w.relation.FullName(), What: what, Fix: fix}
	if len(seen) == 0 {
		f.Severity, f.What = result.Weakness, "a tenant doesn't get its own rows"
	}
	var owner string
	for _, other := range seen {
		if other != tenant {
			owner = other
		}
	}
	f.Evidence = []result.Evidence{{Tenant: tenant, Owner: owner, Table: w.relation.FullName(), Detail: fmt.Sprintf("%s: the rows of %d tenants", how, len(seen))}}
	o.Add(f)
}

// planRoles runs one prepared statement as each confined role in turn on one connection: a plan holds the policies of a role.
func planRoles(ctx context.Context, c *Config, o *book.Outcome, boss *session) error {
	victim, attacker := pair(c)
	var roles []string
	var w *witness
	for _, role := range c.Target.Confined() {
		found, err := findWitness(ctx, c, boss, role, []string{victim, attacker})
		if err != nil {
			continue
		}
		if w == nil || found.relation == w.relation {
			w, roles = found, append(roles, role)
		}
	}
	if w == nil {
		return nil
	}
	s, err := door{role: "superuser", name: "direct", dsn: c.Admin}.enter(ctx, c, func(config *pgx.ConnConfig) { config.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement })
	if err != nil {
		return err
	}
	defer s.leave()
	for range executions {
		for i, role := range roles {
			for _, tenant := range []string{victim, attacker} {
				var seen []string
				err := s.inTransaction(ctx, "ROLLBACK", func() error {
					if err := s.run(ctx, "SET LOCAL ROLE "+identifier(role)); err != nil {
						return err
					}
					if err := s.become(ctx, tenant); err != nil {
						return err
					}
					seen, err = s.sees(ctx, w)
					return err
				})
				if err != nil {
					return err
				}
				mixed(o, "C06", plansMixed, fmt.Sprintf("one prepared statement, role %d of %d (%s)", i+1, len(roles), role), w, tenant, seen,
					plansFix)
			}
		}
	}
	return nil
}
