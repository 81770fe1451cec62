package web

import (
	"context"
	"fmt"

	"github.com/engardehq/bulkhead/internal/probes"
	"github.com/engardehq/bulkhead/internal/result"
)

// writeTo asks by a call that changes something, and looks whether the victim's rows are as they were. The owner doesn't try it: his rows were
// seeded and are needed as they are. That an id is right is known from the routes that read.
func (a *attack) writeTo(ctx context.Context, m aim) {
	t, ok := a.tries(m)
	if !ok {
		return
	}
	if a.primes() {
		a.primeFor(ctx, m, t.victim)
	}
	before, err := a.digests(ctx, m, t)
	if err != nil {
		a.at(a.Profile.Channel).Unsure(err.Error())
		return
	}
	v, err := t.there(ctx)
	if err != nil {
		a.noAnswer(m.call, err)
		return
	}
	after, err := a.digests(ctx, m, t)
	if err != nil {
		a.at(a.Profile.Channel).Unsure(err.Error())
		return
	}
	n := v
	if a.Depth != probes.Glance {
		n, err = t.nowhere(ctx)
	}
	asked := a.identities()
	if a.primes() && err == nil {
		_, err = t.malformed(ctx)
	} else if asked > 1 {
		asked-- // malformed ids of writes are tried on large services by a full attack alone; the probe of errors sends some
	}
	a.scope.Combinations += asked
	if err != nil {
		a.noAnswer(m.call, err)
		return
	}
	changed := false
	for i, is := range after {
		if is != before[i] {
			changed = true
			a.changed(m, t, i, is == "")
			if before[i] != "" {
				if err := a.rows.putBack(ctx, a.World, m.slots[i].of.table, t.victim, t.theirs[i]); err != nil {
					a.at(a.Profile.Channel).Unsure(err.Error())
				}
			}
		}
	}
	held := a.heldFor(m)
	if leaked := a.judge(m, t, v, held && !changed); leaked || changed {
		return
	}
	if _, alike := same(v, n); !alike && (v.ok() || n.ok() || v.status != n.status) {
		how, err := tells(func() (reply, error) { return t.there(ctx) }, func() (reply, error) { return t.nowhere(ctx) })
		if err == nil && how != "" {
			a.existence(m, how)
		}
	}
}

// heldFor tells whether some route has served the owner the objects that are aimed at.
func (a *attack) heldFor(m aim) bool {
	for i, s := range m.slots {
		if _, served := a.served[s.of]; m.foreign[i] && !served {
			return false
		}
	}
	return true
}

// digests are the states of the victim's rows that an aim names.
func (a *attack) digests(ctx context.Context, m aim, t tries) (all []string, err error) {
	for i, s := range m.slots {
		digest := ""
		if m.foreign[i] && (s.of.column == "" || s.of.column == "id") {
			if digest, err = a.rows.digest(ctx, a.World, s.of.table, t.victim, t.theirs[i]); err != nil {
				return nil, err
			}
		}
		all = append(all, digest)
	}
	return all, nil
}

// changed is a victim's row that another tenant's request has changed or deleted.
func (a *attack) changed(m aim, t tries, i int, gone bool) {
	what := "a route lets one tenant change another's object"
	if gone {
		what = "a route lets one tenant delete another's object"
	}
	o := a.at(a.Profile.Channel)
	o.Looked(false)
	o.Add(result.Finding{Channel: a.Profile.Channel, Severity: result.Leak, Count: 1, Where: a.where(m.call), What: what,
		Fix: fmt.Sprintf("-- %s %s: look objects up by id and by the caller's tenant", a.Name, m.call),
		Evidence: []result.Evidence{{Tenant: a.World.Codec.TenantID(t.attacker).String(), Owner: a.World.Codec.TenantID(t.victim).String(),
			Table: m.slots[i].of.table, Row: t.theirs[i], Detail: fmt.Sprintf("%s %s", m.call, m.aimed())}}})
}
