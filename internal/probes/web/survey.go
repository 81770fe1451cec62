package web

import (
	"context"
	"strings"

	"github.com/engardehq/bulkhead/internal/probes"
)

// survey asks, on each call that only reads, as the owner for what is its own. Where it is served, a refusal of anybody else says something; these
// calls are the other probes' ground.
func (a *attack) survey(ctx context.Context) {
	calls := a.calls()
	each(ctx, len(calls), atOnce, func(ctx context.Context, i int) {
		if c := calls[i]; c.safe() {
			a.control(ctx, c, i)
		}
	})
}

// control asks on one call as the owner.
func (a *attack) control(ctx context.Context, c call, round int) {
	_, owner := a.pair(round)
	slots := a.slots(c)
	theirs := a.belonging(slots, owner)
	r := a.request(c, slots, filling{ids: requiredOnly(slots, theirs)}, a.Login(owner))
	ans, err := a.client.send(ctx, r)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.scope.Combinations++
	if err != nil || !ans.ok() {
		return
	}
	// Being served another's shows as well that the call serves tenants' rows; what is wrong with it the probes will tell.
	if _, anothers := a.foreign(owner, ans, r); !anothers && !a.own(owner, ans) {
		return
	}
	a.controls[c.String()] = true
	for i, s := range slots {
		if before, known := a.served[s.of]; theirs[i] != "" && strings.Contains(string(ans.body), theirs[i]) && (!known || len(a.slots(before)) > len(slots)) {
			a.served[s.of] = c
		}
	}
}

// requiredOnly leaves out objects that narrow an answer: together they may match nothing.
func requiredOnly(slots []slot, ids []string) []string {
	some := make([]string, len(ids))
	needed := false
	for i, s := range slots {
		if s.required || s.in == "path" {
			some[i], needed = ids[i], true
		}
	}
	if !needed && len(some) > 0 {
		some[0] = ids[0]
	}
	return some
}

// controlled are the calls on which the owner is served its own; with or without naming an object.
func (a *attack) controlled(naming bool) (all []call) {
	for _, c := range a.calls() {
		if a.controls[c.String()] && naming == (len(a.slots(c)) > 0) && c.care.Limit == 0 {
			all = append(all, c)
		}
	}
	return all
}

// ground are a few controlled calls of each kind: the first of those that list, and of those that name an object.
func (a *attack) ground(each int) (all []call) {
	for _, naming := range []bool{false, true} {
		some := a.controlled(naming)
		all = append(all, some[:min(each, len(some))]...)
	}
	return all
}

// prime has the owner ask for its objects, on the same lane, and last for a list: what a service remembers of it, in its process or on the session that
// it used, the next caller may find.
func (a *attack) prime(ctx context.Context, c call, owner int) {
	a.ask(ctx, c, owner)
	if lists := a.controlled(false); len(lists) > 0 && a.primes() {
		a.ask(ctx, lists[0], owner)
	}
}

func (a *attack) ask(ctx context.Context, c call, owner int) {
	slots := a.slots(c)
	_, _ = a.client.send(ctx, a.request(c, slots, filling{ids: requiredOnly(slots, a.belonging(slots, owner))}, a.Login(owner)))
}

// primes tells whether that is done before each try, not by the survey alone.
func (a *attack) primes() bool {
	return a.Depth == probes.Full || a.Depth == probes.Pairs && a.scope.Verbs <= manyCalls
}

// primeFor does so by a call that is known to serve the objects that an aim is at.
func (a *attack) primeFor(ctx context.Context, m aim, owner int) {
	for i, s := range m.slots {
		a.mu.Lock()
		c, known := a.served[s.of]
		a.mu.Unlock()
		if m.foreign[i] && known {
			a.prime(ctx, c, owner)
		}
	}
}

const noGround = "no route serves an owner its own, so a refusal says nothing"
