package checks

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/result"
)

// policy is one policy of a tenants' table.
type policy struct {
	table      *catalog.Relation
	name       string
	command    string // as in pg_policy.polcmd
	permissive bool
	roles      []string
	using      string // "" where there is none
	check      string
	columns    []string            // of the table that it reads
	reads      map[uint32][]string // columns of other relations that it reads
}

// side is a way in which policies judge rows: which of them apply, and by which of their two conditions.
type side struct {
	command string // SELECT ...
	polcmd  string // as in pg_policy.polcmd
	written bool   // the condition on rows that come to be, WITH CHECK, which is USING where it isn't given
	channel string
	does    string
}

var sides = []side{
	{"SELECT", "r", false, "S06", "read rows of other tenants"},
	{"UPDATE", "w", false, "W02", "change rows of other tenants"},
	{"UPDATE", "w", true, "W01", "move rows to other tenants"},
	{"DELETE", "d", false, "W02", "delete rows of other tenants"},
	{"INSERT", "a", true, "W01", "insert rows for other tenants"},
}

// condition is the condition of a policy on one side.
func (s side) condition(p *policy) string {
	if s.written && p.check != "" {
		return p.check
	}
	if p.using == "" {
		return "true"
	}
	return p.using
}

func (s side) applies(p *policy) bool {
	// A policy without a condition for the side doesn't speak there: FOR INSERT has no USING.
	return p.command == s.polcmd || p.command == "*"
}

// policiesByTrial judges the policies of each table, role and command by what they do with rows of other tenants. Policies that say the same
// of columns of the same types are tried once.
func policiesByTrial(ctx context.Context, a *audit) error {
	policies, err := a.policies(ctx)
	if err != nil {
		return err
	}
	a.facts.policies = policies
	may, err := a.commands(ctx)
	if err != nil {
		return err
	}
	var trials []*trial
	known := map[string]*trial{}
	for _, role := range a.facts.attack {
		for _, table := range a.facts.tables {
			if !table.RowSecurity {
				continue // told by S04
			}
			for _, s := range sides {
				if !may[role][table.OID][s.command] {
					continue
				}
				t := a.trialOf(role, table, s, policies[table])
				if len(t.policies) == 0 && t.excepted {
					continue // the exception is all there is
				}
				if before := known[t.key]; before != nil {
					before.cases = append(before.cases, t.cases...)
					continue
				}
				known[t.key] = t
				trials = append(trials, t)
			}
		}
	}
	err = a.hold(ctx, trials)
	a.tell(trials) // what was found counts, whatever failed beside it
	return errors.Join(err, a.claims(ctx, policies, may))
}

// trialOf puts together what decides over rows on one side of a table for a role.
func (a *audit) trialOf(role string, table *catalog.Relation, s side, policies []*policy) *trial {
	t := &trial{role: role, table: table, side: s, cases: []trialCase{{table, s}}}
	for _, p := range policies {
		if !s.applies(p) || !a.holdsFor(p, role) {
			continue
		}
		if a.excepted(p, role) {
			t.excepted = true
			continue
		}
		t.policies = append(t.policies, p)
		for _, c := range p.columns {
			if !slices.Contains(t.columns, c) {
				t.columns = append(t.columns, c)
			}
		}
	}
	if c := table.Tenancy.Column; c != "" && !slices.Contains(t.columns, c) {
		t.columns = append(t.columns, c)
	}
	slices.Sort(t.columns)
	t.key = t.sameness()
	return t
}

// sameness tells trials apart: by role, conditions, types of columns, and by the table where that is spoken of by name.
func (t *trial) sameness() string {
	parts := []string{t.role, t.table.Tenancy.Column}
	for _, p := range t.policies {
		condition := t.side.condition(p)
		parts = append(parts, fmt.Sprint(p.permissive), condition)
		if regexp.MustCompile(`\b` + regexp.QuoteMeta(t.table.Name) + `\b`).MatchString(condition) {
			parts = append(parts, t.table.FullName())
		}
	}
	for _, name := range t.columns {
		if c := t.table.Column(name); c != nil {
			parts = append(parts, c.Name, c.Type, fmt.Sprint(c.NotNull))
		}
	}
	if t.table.Tenancy.Column == "" {
		parts = append(parts, t.table.Tenancy.Mine)
	}
	if len(t.policies) == 0 {
		parts = append(parts, t.table.FullName())
	}
	return strings.Join(parts, "\x00")
}

func (a *audit) policies(ctx context.Context) (map[*catalog.Relation][]*policy, error) {
	out := map[*catalog.Relation][]*policy{}
	err := query(ctx, a.conn, "policies.sql", func(rows pgx.Rows) error {
		p := &policy{reads: map[uint32][]string{}}
		var table uint32
		var reads []string
		err := rows.Scan(&table, &p.name, &p.command, &p.permissive, &p.roles, &p.using, &p.check, &p.columns, &reads)
		p.table = a.catalog.ByOID(table)
		for _, r := range reads {
			var oid uint32
			words := strings.Fields(r)
			if _, serr := fmt.Sscan(words[0], &oid); serr == nil {
				p.reads[oid] = words[1:]
			}
		}
		out[p.table] = append(out[p.table], p)
		return err
	}, a.facts.params["tables"])
	return out, err
}

func (a *audit) commands(ctx context.Context) (map[string]map[uint32]map[string]bool, error) {
	out := map[string]map[uint32]map[string]bool{}
	err := query(ctx, a.conn, "commands.sql", func(rows pgx.Rows) error {
		var role string
		var oid uint32
		var reads, inserts, updates, deletes bool
		err := rows.Scan(&role, &oid, &reads, &inserts, &updates, &deletes)
		if out[role] == nil {
			out[role] = map[uint32]map[string]bool{}
		}
		out[role][oid] = map[string]bool{"SELECT": reads, "INSERT": inserts, "UPDATE": updates, "DELETE": deletes}
		return err
	}, a.facts.attack, a.facts.params["tables"])
	return out, err
}

// told is what one policy lets through, for all roles and on all sides: one cause, one finding.
type told struct {
	channels    []string
	table       *catalog.Relation
	policy      *policy
	beside      bool
	witness     string
	conditions  []string
	roles, does []string
}

// tell makes findings of trials: what each policy lets through, and rows that are kept from their own tenant.
func (a *audit) tell(trials []*trial) {
	var all []*told
	var denied []hit
	for _, t := range trials {
		for _, c := range t.cases {
			if t.denied != "" && c.side.command == "SELECT" {
				denied = append(denied, hit{object: c.table.FullName(), role: t.role, what: t.role + " may read the table, but " + t.denied,
					why: "own rows are withheld", mend: a.tight(nil, c.table, t.role)})
			}
			for _, o := range t.opened {
				p := a.sameOn(c.table, o.policy)
				i := slices.IndexFunc(all, func(o *told) bool { return o.table == c.table && o.policy == p })
				if i < 0 {
					all, i = append(all, &told{table: c.table, policy: p, beside: o.beside, witness: o.witness}), len(all)
				}
				one, channel := all[i], c.side.channel
				if channel == "S06" && o.beside {
					channel = "S05"
				}
				one.beside = one.beside && o.beside // dropped only where another one stays for all that it does
				one.channels, one.roles, one.does = once(one.channels, channel), once(one.roles, t.role), once(one.does, c.side.does)
				one.conditions = once(one.conditions, c.side.condition(p))
			}
		}
	}
	found := map[string][]hit{"S06": denied}
	for _, o := range all {
		mend := a.tight(o.policy, o.table, o.roles[0])
		if o.beside {
			mend = "DROP POLICY IF EXISTS " + quote(o.policy.name) + " ON " + o.table.SQL() + ";"
		}
		slices.SortFunc(o.channels, func(x, y string) int { return slices.Index(byWeight, x) - slices.Index(byWeight, y) })
		for _, c := range o.channels[1:] {
			a.hits[c]++ // that channel is open as well
		}
		roles := strings.Join(o.roles, ", ")
		found[o.channels[0]] = append(found[o.channels[0]], hit{object: o.table.FullName(), role: roles,
			what: "policy " + o.policy.name + " lets " + roles + " " + strings.Join(o.does, ", ") + ": " + o.witness, why: "its condition is " + strings.Join(o.conditions, " and "), mend: mend})
	}
	for _, channel := range byWeight {
		a.report(channel, result.Weakness, found[channel])
	}
}

// byWeight are the channels of policies; a policy that opens several is told under the first.
var byWeight = []string{"S05", "S06", "W02", "W01"}

// once adds a word where it isn't there yet.
func once(words []string, word string) []string {
	if slices.Contains(words, word) {
		return words
	}
	return append(words, word)
}
