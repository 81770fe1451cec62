package probes

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/tenant"
)

// sighting is another tenant's data in an answer.
type sighting struct {
	owner string // the tenant, "" where the mark doesn't tell
	table string // schema.table
	row   string // the row's id, where it is known
	what  string // what showed it
}

// evidence words a sighting for a finding.
func (s sighting) evidence(role, attacker, detail string) result.Evidence {
	if detail != "" && s.what != "" {
		detail += "; "
	}
	return result.Evidence{Tenant: attacker, Owner: s.owner, Table: s.table, Row: s.row, Detail: "as " + role + ": " + detail + s.what}
}

// judge tells whose data an answer holds: by the marks of a seeded world where there is one, and by values that only one tenant has.
type judge struct {
	a       *Attack
	numbers map[string]int   // of tenants in the world, by id
	values  map[string]value // distinctive values of the tenants' rows, by text
	own     map[*catalog.Relation]map[string]int64
	bases   map[*catalog.Relation][]*catalog.Relation // what views read
}

// value is something that only one tenant's rows have.
type value struct {
	tenant string
	table  *catalog.Relation
}

// valueLen is the shortest text that is taken for distinctive.
const (
	valueLen    = 6
	valueRows   = 4 // of each tenant and table
	valueBudget = 4000
)

func newJudge(ctx context.Context, a *Attack) (*judge, error) {
	j := &judge{a: a, numbers: map[string]int{}, values: map[string]value{}, own: map[*catalog.Relation]map[string]int64{},
		bases: map[*catalog.Relation][]*catalog.Relation{}}
	rows, err := a.boss.Query(ctx, text("bases.sql"))
	if err != nil {
		return nil, err
	}
	var view, base uint32
	if _, err = pgx.ForEachRow(rows, []any{&view, &base}, func() error {
		if v, b := a.Catalog.ByOID(view), a.Catalog.ByOID(base); v != nil && b != nil {
			j.bases[v] = append(j.bases[v], b)
		}
		return nil
	}); err != nil {
		return nil, fmt.Errorf("what views read: %w", err)
	}
	if a.World != nil {
		for _, id := range a.Tenants {
			if u, ok := parse(id); ok {
				if ref, ok := a.World.Codec.Ref(u); ok && ref.Table == tenant.TenantTable {
					j.numbers[id] = ref.Tenant
				}
			}
		}
	}
	return j, nil
}

func parse(text string) (u tenant.UUID, ok bool) {
	tenant.ScanUUIDs([]byte(text), func(found tenant.UUID) bool { u, ok = found, true; return false })
	return u, ok
}

// foreign looks for another tenant's data in text that a role has been shown while acting for a tenant. What the target shows that role on
// purpose, and what is the same for all, doesn't count, nor does what the role has said itself.
func (j *judge) foreign(role, attacker string, text []byte, said ...any) (s sighting, found bool) {
	if s, found = j.marked(role, attacker, text, j.marks(said)); found {
		return s, true
	}
	if len(j.values) == 0 {
		return s, false
	}
	for _, word := range words(withoutArguments(string(text), said)) {
		if v, ok := j.values[word]; ok && v.tenant != attacker && catalog.Accepted(j.a.Target, role, v.table) == nil {
			return sighting{owner: v.tenant, table: v.table.FullName(), what: fmt.Sprintf("the value %q, which only that tenant has", word)}, true
		}
	}
	return s, false
}

// marked looks for ids and canaries of the seeded world.
func (j *judge) marked(role, attacker string, text []byte, said map[mark]bool) (s sighting, found bool) {
	self, known := j.numbers[attacker]
	if !known {
		return s, false
	}
	w := j.a.World
	look := func(ref tenant.Ref, token bool, what string) bool {
		if said[mark{ref, token}] || ref.Tenant == self || ref.Tenant >= w.Tenants {
			return true
		}
		s = sighting{owner: w.Codec.TenantID(ref.Tenant).String(), what: what}
		if t := w.Numbered(ref.Table); t != nil {
			r := j.a.Catalog.Named(t.Name)
			if r != nil && (r.Shared != "" || catalog.Accepted(j.a.Target, role, r) != nil) {
				return true
			}
			s.table, s.row = t.Name, w.Codec.ID(ref).String()
		}
		found = true
		return false
	}
	tenant.ScanUUIDs(text, func(u tenant.UUID) bool {
		ref, ok := w.Codec.Ref(u)
		return !ok || look(ref, false, "id "+u.String())
	})
	if !found {
		w.Codec.Scan(text, func(sight tenant.Sighting) bool {
			return !sight.Whole || look(sight.Ref, true, "a canary of that row")
		})
	}
	return s, found
}

// mark is an id or a canary.
type mark struct {
	ref   tenant.Ref
	token bool
}

// marks are those in what a caller says itself: an answer may well repeat them, in whatever case.
func (j *judge) marks(said []any) map[mark]bool {
	if j.a.World == nil || len(said) == 0 {
		return nil
	}
	all := map[mark]bool{}
	for _, one := range said {
		if s, ok := one.(string); ok {
			tenant.ScanUUIDs([]byte(s), func(u tenant.UUID) bool {
				if ref, ok := j.a.World.Codec.Ref(u); ok {
					all[mark{ref, false}] = true
				}
				return true
			})
			j.a.World.Codec.Scan([]byte(s), func(sight tenant.Sighting) bool {
				all[mark{sight.Ref, true}] = true
				return true
			})
		}
	}
	return all
}

// words cuts a text where values end.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("\t\n\r\"',;(){}[]|<>=", r) || unicode.IsControl(r) })
}

// learn gathers values that only one tenant has, for the tables that carry no marks: in a database without a world all of them.
func (j *judge) learn(ctx context.Context) error {
	if len(j.values) > 0 {
		return nil
	}
	several := map[string]bool{}
	for _, r := range j.a.Catalog.TenantTables() {
		if len(j.values) > valueBudget {
			break
		}
		if j.a.World != nil {
			if _, seeded := j.a.World.Table(r.FullName()); seeded {
				continue
			}
		}
		for _, id := range j.a.Tenants {
			rows, err := j.a.boss.Query(ctx, "SELECT v FROM (SELECT pg_catalog.to_jsonb(t) AS j FROM "+r.SQL()+" AS t WHERE "+r.Tenancy.Mine+
				" LIMIT $2) AS picked, LATERAL pg_catalog.jsonb_each_text(picked.j) AS e(k, v) WHERE v IS NOT NULL AND length(v) BETWEEN $3 AND 200",
				pgx.QueryExecModeExec, id, valueRows, valueLen)
			if err != nil {
				return err
			}
			found, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				return fmt.Errorf("values of %s: %w", r.FullName(), err)
			}
			for _, v := range found {
				if before, ok := j.values[v]; several[v] || ok && before.tenant != id || len(words(v)) != 1 || words(v)[0] != v {
					several[v] = true
					delete(j.values, v)
					continue
				}
				j.values[v] = value{id, r}
			}
		}
	}
	for v := range j.values { // dates, numbers and states are nobody's own
		if !distinctive(v) {
			delete(j.values, v)
		}
	}
	return nil
}

// distinctive tells a name or an id from a date, a number or a word that rows have in common.
func distinctive(v string) bool {
	if _, id := parse(v); id {
		return true
	}
	letters := strings.ContainsFunc(v, unicode.IsLetter)
	others := strings.ContainsFunc(v, func(r rune) bool { return !unicode.IsLetter(r) })
	return letters && others && !strings.Contains(v, "+00") && !strings.Contains(v, "T0") && !strings.Contains(v, "T1")
}

// ownRows is how many rows of a table belong to a tenant, as the superuser counts them; cached, and counted anew when asked.
func (j *judge) ownRows(ctx context.Context, r *catalog.Relation, id string, anew bool) (n int64, err error) {
	if n, ok := j.own[r][id]; ok && !anew {
		return n, nil
	}
	if err := j.a.boss.QueryRow(ctx, "SELECT count(*) FROM "+r.SQL()+" AS t WHERE "+r.Tenancy.Mine, pgx.QueryExecModeExec, id).Scan(&n); err != nil {
		return 0, fmt.Errorf("counting %s's rows: %w", r.FullName(), err)
	}
	if j.own[r] == nil {
		j.own[r] = map[string]int64{}
	}
	j.own[r][id] = n
	return n, nil
}

// sorted gives a role's readable relations by name.
func (a *Attack) sorted(role string) (relations []*catalog.Relation) {
	for r := range a.readable[role] {
		relations = append(relations, r)
	}
	slices.SortFunc(relations, func(x, y *catalog.Relation) int { return strings.Compare(x.FullName(), y.FullName()) })
	return relations
}

// others are the tenants that are not this one.
func (a *Attack) others(id string) (all []string) {
	return slices.DeleteFunc(slices.Clone(a.Tenants), func(t string) bool { return t == id })
}
