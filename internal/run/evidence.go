package run

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/checks"
	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/oracle"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/session"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

const evidenceKept = 5 // cases of one finding

// evidence gathers the oracle's faults while the load runs, by what they say of which table. It is safe for concurrent use.
type evidence struct {
	world *world.World

	mu     sync.Mutex
	counts oracle.Counts
	groups map[group]*found
}

type group struct {
	verdict oracle.Verdict
	table   string
	op      string
	role    string
	channel string // of a leak for which the catalog shows no door
}

type found struct {
	count int64
	cases []result.Evidence
}

func newEvidence(w *world.World) *evidence { return &evidence{world: w, groups: map[group]*found{}} }

// add notes what was wrong with the reply to the n-th execution.
func (e *evidence) add(n int64, op *ops.Op, x ops.Execution, r *session.Reply) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.counts.Add(r.Counts)
	for _, f := range r.Faults {
		at := group{f.Verdict, f.Table, op.Name, x.Role, cmp.Or(op.Channel, "load")}
		g := e.groups[at]
		if g == nil {
			g = &found{}
			e.groups[at] = g
		}
		g.count++
		if len(g.cases) < evidenceKept {
			g.cases = append(g.cases, e.describe(n, op.Name, x.Tenant, f))
		}
	}
}

func (e *evidence) describe(n int64, op string, asked int, f session.Fault) result.Evidence {
	out := result.Evidence{Operation: op, Execution: n, Tenant: e.world.Codec.TenantID(asked).String(), File: f.File,
		Connection: f.Connection, Detail: f.Detail}
	if f.Ref != (tenant.Ref{}) {
		out.Table, out.Row = f.Table, e.world.Codec.ID(f.Ref).String()
		out.Owner = e.world.Codec.TenantID(f.Ref.Tenant).String()
	}
	return out
}

// total gives the counts so far.
func (e *evidence) total() oracle.Counts {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.counts
}

// findings makes one finding of each group, the gravest and most frequent first.
func (e *evidence) findings() (all []result.Finding, doors []checks.Door) {
	e.mu.Lock()
	defer e.mu.Unlock()
	type item struct {
		finding result.Finding
		door    checks.Door
	}
	var items []item
	for at, g := range e.groups {
		f := result.Finding{Channel: at.channel, Count: g.count, Evidence: g.cases, Where: fmt.Sprintf("%s, read by %s as %s", cmp.Or(at.table, "a body"), at.op, at.role)}
		switch at.verdict {
		case oracle.Foreign:
			f.Severity = result.Leak
			f.What = fmt.Sprintf("%s returned rows of other tenants from %s", at.op, cmp.Or(at.table, "a table that its ids don't name"))
		case oracle.Planted:
			if at.channel != "load" { // over HTTP: an answer that shows nothing of the other tenant's
				f.Severity = result.Weakness
				f.What = fmt.Sprintf("%s is served for another tenant's object as for an own one", at.op)
				f.Fix = "look objects up by id and by the caller's tenant, and answer for another's as for one that isn't there"
				break
			}
			f.Channel, f.Severity, f.Where = "W01", result.Leak, fmt.Sprintf("%s as %s", at.op, at.role)
			f.What = fmt.Sprintf("%s could write into another tenant's rows", at.op)
			f.Fix = "give each policy of the table a WITH CHECK that compares the tenant, or none at all, so that USING is the check"
		case oracle.Missing:
			f.Severity = result.Weakness
			f.What = fmt.Sprintf("%s did not return own rows of %s that had to be there", at.op, at.table)
			f.Fix = "look for a policy or condition that hides rows from their own tenant, or for a lost write"
		default:
			f.Severity = result.Note
			f.What = fmt.Sprintf("%s returned something that was neither seeded nor written", at.op)
			f.Fix = "find out who else writes to this database; until then this run can't answer"
		}
		items = append(items, item{f, checks.Door{Table: at.table, Role: at.role}})
	}
	rank := []result.Severity{result.Leak, result.Weakness, result.Note}
	slices.SortFunc(items, func(a, b item) int {
		return cmp.Or(slices.Index(rank, a.finding.Severity)-slices.Index(rank, b.finding.Severity),
			cmp.Compare(b.finding.Count, a.finding.Count), cmp.Compare(a.finding.What, b.finding.What))
	})
	for _, i := range items {
		all, doors = append(all, i.finding), append(doors, i.door)
	}
	return all, doors
}

// explain asks the catalog, for each leak that the load saw, which door it came through. A leak without a door found, or without a
// catalog to ask, stays a leak.
func explain(ctx context.Context, sys *System, t Target, e *evidence, doc *result.Run) {
	findings, doors := e.findings()
	for i := range findings {
		if f := &findings[i]; f.Severity == result.Leak && doors[i].Table != "" {
			doors[i].Setting, doors[i].Meant = t.Tenancy.Setting, meant(t, doors[i])
			name(f, causes(ctx, sys, doors[i]))
		}
	}
	doc.Findings = append(doc.Findings, findings...)
}

// meant are the policies that the target declares to show a role more of a table than a tenant's rows.
func meant(t Target, d checks.Door) (policies []string) {
	for _, e := range t.Exceptions {
		if here, err := path.Match(e.Object, d.Table); err == nil && here && e.Role == d.Role && e.Policy != "" {
			policies = append(policies, e.Policy)
		}
	}
	return policies
}

// name gives a leak the channel of its first cause and the mends of all.
func name(f *result.Finding, causes []checks.Cause) {
	for i, c := range causes {
		if i == 0 && c.Channel != "load" {
			f.Channel = c.Channel
		}
		f.What += "; " + c.What
		f.Fix = strings.TrimSpace(f.Fix + " " + c.Fix)
	}
}

const lookUpLimit = 10 * time.Second

func causes(ctx context.Context, sys *System, door checks.Door) []checks.Cause {
	ctx, cancel := context.WithTimeout(ctx, lookUpLimit)
	defer cancel()
	var found []checks.Cause
	conn, err := pgx.Connect(ctx, sys.Stack.DSN.Direct[superuser].Reveal())
	if err == nil {
		found, err = checks.Causes(ctx, conn, door)
		_ = conn.Close(ctx)
	}
	switch {
	case err != nil:
		return []checks.Cause{{Channel: "load", What: "its cause could not be looked up: " + stack.Redact(err.Error())}}
	case len(found) == 0:
		return []checks.Cause{{Channel: "load", What: "the catalog shows no open door that bulkhead knows",
			Fix: "run the statements of the evidence as " + door.Role + " and read the policies of " + door.Table}}
	}
	return found
}
