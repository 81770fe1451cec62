package probes

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/probes/book"
	"github.com/engardehq/bulkhead/internal/result"
)

// worthless are values of the tenant's parameter that name no tenant: each must show no row, or be an error.
func worthless(c *Config) []string {
	a, b := pair(c)
	return []string{"", " ", "%", "*", "null", "NULL", "all", "none", "default", "public", "system", "admin", "anonymous", "guest", "root", "superuser", "service",
		"true", "false", "0", "-1", "1 OR 1=1", "' OR ''='", "00000000-0000-0000-0000-000000000000",
		"ffffffff-ffff-ffff-ffff-ffffffffffff", "{" + a + "," + b + "}", a + "," + b, a + " OR true", "x" + a, strings.Repeat("9", 40)}
}

// state is one way to have no tenant.
type state struct {
	name  string
	value *string // nil: nothing is set
	used  bool    // after another tenant's transaction on the same session
}

func states(c *Config, glance bool) (all []state) {
	all = []state{{"no tenant, fresh session", nil, false}, {"no tenant, after another tenant's transaction", nil, true}}
	for _, value := range worthless(c) {
		if glance && value != "" {
			break
		}
		all = append(all, state{"the tenant " + quote(value), &value, true})
	}
	return all
}

// open is a table that shows rows to a session that has no tenant.
type open struct {
	relation *catalog.Relation
	role     string
	states   []string
	doors    []string
	rows     int64   // at most a thousand
	value    *string // of the first state that showed them
	given    string  // the tenant that the session began with
	kept     bool    // sessions of the role keep the tenant of their last transaction, so this one had one
}

// noTenant reads every table with tenants' rows that a confined role may read, without a tenant and with what is none.
func noTenant(ctx context.Context, c *Config, b book.Book) error {
	o := b.At("C01")
	boss, err := admin(ctx, c)
	if err != nil {
		return err
	}
	defer boss.leave()
	var opened []*open
	kept := map[string]bool{}
	for _, d := range doors(c) {
		if c.Depth == Glance && d.pooled {
			continue
		}
		if opened, err = noTenantThrough(ctx, c, d, boss, o, opened, kept); err != nil {
			return err
		}
	}
	for _, one := range opened {
		one.kept = one.value == nil && kept[one.role]
	}
	if o.Units == 0 {
		o.Unsure("no confined role reads any table of tenants")
	}
	return noTenantFindings(ctx, boss, o, opened)
}

// noTenantThrough adds the tables that show rows to a role at one door, and notes in kept whether its sessions keep their tenant.
func noTenantThrough(ctx context.Context, c *Config, d door, boss *session, o *book.Outcome, opened []*open, kept map[string]bool) ([]*open, error) {
	readable, err := c.Catalog.Readable(ctx, boss.Conn, d.role)
	if err != nil {
		return opened, err
	}
	var relations []*catalog.Relation
	for r := range readable {
		if r.Tenancy != nil && catalog.Accepted(c.Target, d.role, r) == nil {
			relations = append(relations, r)
		}
	}
	slices.SortFunc(relations, func(a, b *catalog.Relation) int { return strings.Compare(a.FullName(), b.FullName()) })
	s, err := d.enter(ctx, c)
	if err != nil {
		return opened, err
	}
	defer s.leave()
	_, given, err := s.who(ctx)
	if err != nil {
		return opened, err
	}
	victim, _ := pair(c)
	begun := false
	for _, st := range states(c, c.Depth == Glance) {
		if st.used && !begun {
			begun = true
			if err := s.inTransaction(ctx, "COMMIT", func() error { return s.become(ctx, victim) }); err != nil {
				return opened, fmt.Errorf("setting the tenant as %s: %w", d, err)
			}
			_, left, err := s.who(ctx)
			if err != nil {
				return opened, err
			}
			kept[d.role] = kept[d.role] || left == victim
		}
		counts, err := s.countWith(ctx, relations, st.value)
		if err != nil {
			return opened, err
		}
		for i, r := range relations {
			n := counts[i]
			if o.Looked(n == 0) {
				continue
			}
			theirs, err := ofTenants(ctx, boss, r, n)
			if err != nil {
				return opened, err
			}
			if theirs == 0 { // rows that belong to nobody
				o.Hits--
				continue
			}
			opened = keepOpen(opened, r, d, st, theirs, given)
		}
	}
	return opened, nil
}

// countWith counts the rows that a session sees of each relation while the parameter has a value, nil for as it is. It stops at a thousand; an
// error is no row.
func (s *session) countWith(ctx context.Context, relations []*catalog.Relation, value *string) ([]int64, error) {
	var segments []segment
	for _, r := range relations {
		var seg segment // a transaction of its own
		if value != nil {
			seg = one("SELECT pg_catalog.set_config($1, $2, true)", s.c.Target.Tenancy.Setting, *value)
		}
		segments = append(segments, append(seg, statement{sql: "SELECT count(*) FROM (SELECT FROM " + r.SQL() + " LIMIT 1000) AS seen"}))
	}
	ctx, cancel := context.WithTimeout(ctx, 10*statementLimit)
	defer cancel()
	answers, err := s.pipeline(ctx, segments...)
	if err != nil {
		return nil, err
	}
	counts := make([]int64, len(relations))
	for i := range relations {
		if text := strings.TrimSpace(answers[i].last().text); text != "" {
			if counts[i], err = strconv.ParseInt(text, 10, 64); err != nil {
				return nil, fmt.Errorf("counting rows of %s: %w", relations[i].FullName(), err)
			}
		}
	}
	return counts, nil
}

// ofTenants takes from the rows that were seen those that can be nobody's.
func ofTenants(ctx context.Context, boss *session, r *catalog.Relation, seen int64) (int64, error) {
	var nobodys int64
	err := boss.QueryRow(ctx, "SELECT count(*) FROM (SELECT FROM "+r.SQL()+" AS t WHERE "+r.Tenancy.Of+" IS NULL LIMIT 1000) AS nobodys").Scan(&nobodys)
	return max(seen-nobodys, 0), err
}

func keepOpen(opened []*open, r *catalog.Relation, d door, st state, rows int64, given string) []*open {
	i := slices.IndexFunc(opened, func(o *open) bool { return o.relation == r && o.role == d.role })
	if i < 0 {
		opened = append(opened, &open{relation: r, role: d.role, rows: rows, value: st.value, given: given})
		i = len(opened) - 1
	}
	if !slices.Contains(opened[i].states, st.name) {
		opened[i].states = append(opened[i].states, st.name)
	}
	if !slices.Contains(opened[i].doors, d.name) {
		opened[i].doors = append(opened[i].doors, d.name)
	}
	return opened
}

// noTenantFindings makes a finding of each cause: tables that the same mend shuts for the same role are one.
func noTenantFindings(ctx context.Context, boss *session, o *book.Outcome, opened []*open) error {
	for _, one := range opened {
		fix, cause, err := mendOpen(ctx, boss, one)
		if err != nil {
			return err
		}
		table := one.relation.FullName()
		f := result.Finding{
			Channel: "C01", Severity: result.Leak, Count: 1, Where: table, Fix: fix,
			What: fmt.Sprintf("%s reads tenants' rows of %s without being a tenant: %s", one.role, table, cause),
			Evidence: []result.Evidence{{Table: table, Detail: fmt.Sprintf("%d rows or more, as %s (%s), with %s", one.rows, one.role,
				strings.Join(one.doors, ", "), strings.Join(one.states, "; "))}},
		}
		if same := slices.IndexFunc(o.Findings, func(g result.Finding) bool { return g.Fix == fix }); same >= 0 {
			g := &o.Findings[same]
			g.Count++
			if g.Count <= book.EvidenceMax {
				g.Evidence = append(g.Evidence, f.Evidence...)
				if !strings.Contains(g.Where, table) {
					g.Where += ", " + table
				}
			}
			continue
		}
		o.Findings = append(o.Findings, f)
	}
	return nil
}

// mendOpen looks for what lets a session without a tenant in, and gives the statement that shuts it.
func mendOpen(ctx context.Context, boss *session, one *open) (fix, cause string, err error) {
	r, tenancy := one.relation, boss.c.Target.Tenancy
	if one.kept {
		return "-- have " + tenancy.Set + " set the tenant for the transaction alone: SET LOCAL, or set_config with true as its third argument",
			"its session keeps the tenant of an earlier transaction", nil
	}
	rows, err := boss.Query(ctx, text("tenant_settings.sql"), tenancy.Setting, one.role)
	if err != nil {
		return "", "", err
	}
	defer rows.Close()
	if one.value == nil && rows.Next() {
		var value string
		err := rows.Scan(&value, &fix)
		return fix, "its sessions start with a tenant set, " + quote(value), err
	}
	rows.Close()
	switch {
	case one.value == nil && one.given != "":
		return "-- take the tenant out of what the pooler does at connect (pgbouncer.ini: connect_query, the database's line), then: RECONNECT", "its sessions come with a tenant set, " + quote(one.given), nil
	case r.Kind == catalog.View:
		return "ALTER VIEW " + r.SQL() + " SET (security_invoker = true);", "the view reads with its owner's rights", nil
	case !r.IsTable():
		return "REVOKE SELECT ON " + r.SQL() + " FROM " + identifier(one.role) + ";", "no policy holds for what it is", nil
	case !r.RowSecurity:
		return "ALTER TABLE " + r.SQL() + " ENABLE ROW LEVEL SECURITY;\nALTER TABLE " + r.SQL() + " FORCE ROW LEVEL SECURITY;", "row security is off", nil
	}
	return mendPolicy(ctx, boss, one)
}

// mendPolicy tries each policy's condition by itself: the one that holds for some row without a tenant is at fault.
func mendPolicy(ctx context.Context, boss *session, one *open) (fix, cause string, err error) {
	r, tenancy := one.relation, boss.c.Target.Tenancy
	rows, err := boss.Query(ctx, text("policies.sql"), r.OID, one.role)
	if err != nil {
		return "", "", err
	}
	type policy struct{ name, condition string }
	var policies []policy
	for rows.Next() {
		var p policy
		if err := rows.Scan(&p.name, &p.condition); err != nil {
			return "", "", err
		}
		policies = append(policies, p)
	}
	if err := rows.Err(); err != nil {
		return "", "", err
	}
	// The condition that serves: the row's tenant is the one that is set, in the form that knows no row where none is.
	mine := strings.ReplaceAll(r.Tenancy.Mine, "$1", "NULLIF(current_setting("+quote(tenancy.Setting)+", true), '')")
	// Only before the sub-query, if there is one, is t the table itself.
	head, tail, nested := strings.Cut(mine, " IN (SELECT ")
	mine = strings.ReplaceAll(head, "t.", pgxName(r)+".")
	if nested {
		mine += " IN (SELECT " + tail
	}
	fresh, err := admin(ctx, boss.c) // in which the parameter was never set
	if err != nil {
		return "", "", err
	}
	defer fresh.leave()
	for _, p := range policies {
		var holds bool
		err := fresh.inTransaction(ctx, "ROLLBACK", func() error {
			if one.value != nil {
				if err := fresh.put(ctx, *one.value, true); err != nil {
					return err
				}
			}
			return fresh.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+r.SQL()+" WHERE "+p.condition+")").Scan(&holds)
		})
		if err == nil && holds {
			return "ALTER POLICY " + identifier(p.name) + " ON " + r.SQL() + " USING (" + mine + ");", "the policy " + p.name + " lets it in: " + p.condition, nil
		}
	}
	return "ALTER TABLE " + r.SQL() + " FORCE ROW LEVEL SECURITY;", "its policies don't hold for the role", nil
}
