package checks

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/target"
)

// claims finds policies that go by a relation in which the application can lay claim to rows of others: it may write there, and no key keeps
// it from naming what belongs to somebody else.
func (a *audit) claims(ctx context.Context, policies map[*catalog.Relation][]*policy, may map[string]map[uint32]map[string]bool) error {
	keys := map[uint32][][]string{}
	err := query(ctx, a.conn, "keys.sql", func(rows pgx.Rows) error {
		var oid uint32
		var columns []string
		err := rows.Scan(&oid, &columns)
		keys[oid] = append(keys[oid], columns)
		return err
	})
	if err != nil {
		return err
	}
	var hits []hit
	writers, err := a.writable(ctx)
	if err != nil {
		return err
	}
	for _, table := range a.facts.tables {
		for _, p := range policies[table] {
			if !p.permissive || slices.Contains(p.columns, table.Tenancy.Column) {
				continue // a condition on the tenant column itself is not to be talked round
			}
			for _, role := range a.facts.attack {
				if !a.holdsFor(p, role) || a.excepted(p, role) || len(may[role][table.OID]) == 0 {
					continue
				}
				for oid, columns := range p.reads {
					by := a.catalog.ByOID(oid)
					if by == nil || !by.IsTable() || !slices.Contains(writers[by], role) || catalog.Accepted(a.target, role, by) != nil || kept(by, columns, keys[oid]) {
						continue
					}
					hits = append(hits, hit{object: table.FullName(), role: role,
						what: "policy " + p.name + " goes by " + by.FullName() + ", where " + role + " may write, and no key keeps it from naming what is another tenant's",
						why:  "whoever adds a row there claims the rows of others here", mend: "REVOKE INSERT, UPDATE ON " + by.SQL() + " FROM " + quote(role) + ";"})
				}
			}
		}
	}
	a.report("S06", result.Weakness, hits)
	return nil
}

// holdsFor tells whether a policy applies to a role, by name, by membership or as PUBLIC.
func (a *audit) holdsFor(p *policy, role string) bool {
	return slices.ContainsFunc(p.roles, func(r string) bool { return r == public || slices.Contains(a.facts.roles[role].rights, r) })
}

// excepted tells whether the target declares that a policy opens its table to a role.
func (a *audit) excepted(p *policy, role string) bool {
	return slices.ContainsFunc(a.target.Exceptions, func(e target.Exception) bool {
		return e.Role == role && e.Policy == p.name && matches(e.Object, p.table.FullName())
	})
}

// kept tells whether what a policy reads of a relation is kept apart there: rows have policies, and a key on the columns that name things.
func kept(r *catalog.Relation, columns []string, keys [][]string) bool {
	if !r.RowSecurity || r.Tenancy == nil {
		return false
	}
	for _, key := range keys {
		if !slices.ContainsFunc(key, func(k string) bool { return k == r.Tenancy.Column || !slices.Contains(columns, k) }) {
			return true
		}
	}
	return false
}

// writable gives the confined roles that may insert into or update a relation.
func (a *audit) writable(ctx context.Context) (map[*catalog.Relation][]string, error) {
	out := map[*catalog.Relation][]string{}
	var oids []uint32
	for _, r := range a.catalog.Relations {
		oids = append(oids, r.OID)
	}
	err := query(ctx, a.conn, "commands.sql", func(rows pgx.Rows) error {
		var role string
		var oid uint32
		var reads, inserts, updates, deletes bool
		err := rows.Scan(&role, &oid, &reads, &inserts, &updates, &deletes)
		if r := a.catalog.ByOID(oid); inserts || updates {
			out[r] = append(out[r], role)
		}
		return err
	}, a.facts.attack, oids)
	return out, err
}

// sameOn finds the policy of another table that says what this one says.
func (a *audit) sameOn(table *catalog.Relation, p *policy) *policy {
	if p.table == table {
		return p
	}
	for _, same := range []func(*policy) bool{
		func(o *policy) bool { return o.name == p.name && o.using == p.using && o.check == p.check },
		func(o *policy) bool { return o.using == p.using && o.check == p.check },
	} {
		if i := slices.IndexFunc(a.facts.policies[table], same); i >= 0 {
			return a.facts.policies[table][i]
		}
	}
	return p
}

// tight is SQL that makes a policy keep to the tenant; without a policy, that makes one.
func (a *audit) tight(p *policy, table *catalog.Relation, role string) string {
	mine := a.mine(table)
	if p == nil {
		return "CREATE POLICY own_rows ON " + table.SQL() + " TO " + quote(role) + " USING (" + mine + ");"
	}
	alter := []string{"ALTER POLICY " + quote(p.name) + " ON " + table.SQL()}
	if p.command != "a" {
		alter = append(alter, "USING ("+mine+")")
	}
	if p.check != "" || p.command == "a" {
		alter = append(alter, "WITH CHECK ("+mine+")")
	}
	return strings.Join(alter, " ") + ";"
}

// mine is the condition that a row is the tenant's that is set, as a policy of the table says it.
func (a *audit) mine(table *catalog.Relation) string {
	tenant := "NULLIF(current_setting(" + quoteLiteral(a.target.Tenancy.Setting) + ", true), '')"
	if column := table.Tenancy.Column; column != "" {
		return quote(column) + " = " + tenant + "::" + table.Column(column).Type
	}
	// Only what stands before the first sub-query speaks of the table itself, which has no alias in a policy.
	own, rest, _ := strings.Cut(table.Tenancy.Mine, ") IN (")
	return strings.ReplaceAll(own, "t.", "") + ") IN (" + strings.ReplaceAll(rest, "$1", tenant)
}
