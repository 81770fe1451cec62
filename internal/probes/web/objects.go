package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/probes"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/tenant"
)

var objectsSpec = Spec{Name: "objects", Doc: "asks on every route and verb for another tenant's objects, for none and for malformed ids; compares answers, and looks whether the victim's rows are as they were",
	Channels: func(p *Profile) []string { return []string{p.Channel} }, Glance: true, Run: objects}

// aim is one way to ask for objects on a call: which of its slots name another tenant's.
type aim struct {
	call
	slots   []slot
	foreign []bool
	beside  bool // own ids stand beside the foreign ones in a list
	round   int  // which tenants
}

// objects asks for what isn't the caller's.
func objects(ctx context.Context, a *attack) error {
	var reads, writes, plain []aim
	calls := a.calls()
	rounds := 1
	if a.Depth == probes.Full || a.Depth == probes.Pairs && len(calls) <= manyCalls {
		rounds = min(len(a.Tenants), 3)
	}
	for i, c := range calls {
		slots := a.slots(c)
		for round := range rounds {
			aims := a.aims(c, slots, i+round)
			switch {
			case len(slots) == 0 && c.safe():
				plain = append(plain, aim{call: c, round: i + round})
			case c.safe():
				reads = append(reads, aims...)
			default:
				writes = append(writes, aims...)
			}
		}
	}
	each(ctx, len(plain), atOnce, func(ctx context.Context, i int) { a.askPlainly(ctx, plain[i]) })
	each(ctx, len(reads), atOnce, func(ctx context.Context, i int) { a.askFor(ctx, reads[i]) })
	// What makes objects comes last: one may get an id that another tenant's has, and would be taken for that.
	slices.SortStableFunc(writes, func(x, y aim) int { return cmp.Compare(x.late(), y.late()) })
	// One after the other: what a victim's row looks like before and after must be one request's doing.
	for _, w := range writes {
		a.writeTo(ctx, w)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	naming := slices.ContainsFunc(a.calls(), func(c call) bool { return len(a.slots(c)) > 0 })
	if len(a.controls) == 0 || naming && len(a.served) == 0 {
		a.at(a.Profile.Channel).Unsure("no route served an owner its own object, so that another's wasn't served says nothing")
	}
	_, err := a.rows.tidy(ctx, a.World, a.Profile.Schemas)
	return err
}

func (m aim) late() int {
	if m.verb == http.MethodPost && len(m.PathParams) == 0 {
		return 1
	}
	return 0
}

// aims are the ways to point a call at others: all its objects another's, and, where there are several, each one alone.
func (a *attack) aims(c call, slots []slot, round int) (all []aim) {
	if len(slots) == 0 {
		return nil
	}
	every := make([]bool, len(slots))
	for i := range every {
		every[i] = true
	}
	all = append(all, aim{c, slots, every, false, round})
	if a.Depth == probes.Glance {
		return all
	}
	for i, s := range slots {
		if s.list {
			all = append(all, aim{c, slots, every, true, round})
		}
		// A write that names own objects beside may succeed, on an own row that was seeded. One that makes something anew changes none.
		if len(slots) > 1 && (c.safe() || s.in == "path" || (aim{call: c}).late() > 0) {
			one := make([]bool, len(slots))
			one[i] = true
			all = append(all, aim{c, slots, one, false, round})
		}
	}
	return all
}

// askPlainly makes a call that names no object: whatever of another tenant is in the answer is a leak.
func (a *attack) askPlainly(ctx context.Context, m aim) {
	attacker, _ := a.pair(m.round)
	r := a.request(m.call, nil, filling{}, a.Login(attacker))
	ans, err := a.client.send(ctx, r)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.scope.Combinations++
	o := a.at(a.Profile.Channel)
	if err != nil {
		a.noAnswer(m.call, err)
		return
	}
	s, leak := a.foreign(attacker, ans, r)
	if a.controls[m.call.String()] {
		o.Looked(!leak)
	}
	if leak {
		o.Add(result.Finding{Channel: a.Profile.Channel, Severity: result.Leak, Count: 1, Where: a.where(m.call), What: "a list that names no object shows another tenant's",
			Fix:      fmt.Sprintf("-- %s %s: select by the tenant of the caller", a.Name, m.call),
			Evidence: []result.Evidence{a.evidence(attacker, s, fmt.Sprintf("%s answers %d", m.call, ans.status))}})
	}
}

// ids are the objects that an aim names: foreign ones, and own ones in the slots that aren't aimed.
func (a *attack) ids(m aim, attacker int, others func(i int) string) (ids, sent []string) {
	own := a.belonging(m.slots, attacker)
	ids = make([]string, len(m.slots))
	for i, s := range m.slots {
		switch {
		case m.foreign[i]:
			ids[i] = others(i)
			sent = append(sent, ids[i])
			if s.list && m.beside {
				ids[i] = own[i] + "\n" + ids[i]
			}
		case s.required || s.in == "path":
			ids[i] = own[i]
		}
	}
	return ids, sent
}

// tries are the identities of one aim: who asks, and with which ids.
type tries struct {
	attacker, victim int
	theirs           []string // the victim's objects, by slot
	there, nowhere   func(ctx context.Context) (reply, error)
	malformed        func(ctx context.Context) (reply, error)
}

func (a *attack) tries(m aim) (t tries, ok bool) {
	t.attacker, t.victim = a.pair(m.round)
	t.theirs = a.belonging(m.slots, t.victim)
	for i, id := range t.theirs {
		if id == "" && m.foreign[i] {
			return t, false // the victim has none
		}
	}
	ask := func(others func(i int) string) func(ctx context.Context) (reply, error) {
		return func(ctx context.Context) (reply, error) {
			ids, sent := a.ids(m, t.attacker, others)
			r := a.request(m.call, m.slots, filling{ids: ids}, a.Login(t.attacker))
			ans, err := a.client.send(ctx, r)
			return reply{ans, r, sent}, err
		}
	}
	t.there = ask(func(i int) string { return t.theirs[i] })
	t.nowhere = ask(func(i int) string { return a.nowhere(m.slots[i], t.theirs[i]) })
	t.malformed = ask(func(int) string { return "not-an-id" })
	return t, true
}

// nowhere is an id like another that names nothing: a random uuid, or the same text with another canary.
func (a *attack) nowhere(s slot, like string) string {
	if s.of.column == "" || s.of.column == "id" || anyUUID.FindString(like) == like {
		return a.uuid()
	}
	fresh := strings.ToUpper(strings.ReplaceAll(a.uuid(), "-", ""))
	if at := strings.Index(like, tenant.Prefix); at >= 0 && at+tenant.TokenLen <= len(like) {
		return like[:at] + "BHNOBODY" + fresh[:tenant.TokenLen-len(tenant.Prefix)] + like[at+tenant.TokenLen:]
	}
	return fresh
}

// askFor asks by a call that only reads.
func (a *attack) askFor(ctx context.Context, m aim) {
	t, ok := a.tries(m)
	if !ok {
		return
	}
	if a.primes() && a.controls[m.call.String()] {
		a.prime(ctx, m.call, t.victim)
	}
	v, err := t.there(ctx)
	n, bad := v, reply{}
	if err == nil && a.Depth != probes.Glance {
		n, err = t.nowhere(ctx)
	}
	if err == nil && a.Depth != probes.Glance {
		bad, err = t.malformed(ctx)
	}
	var how string
	if _, alike := same(v, n); err == nil && !alike {
		how, err = tells(func() (reply, error) { return t.there(ctx) }, func() (reply, error) { return t.nowhere(ctx) })
	}
	a.mu.Lock()
	a.scope.Combinations += a.identities()
	if err != nil {
		a.noAnswer(m.call, err)
		a.mu.Unlock()
		return
	}
	held := a.controls[m.call.String()]
	leaked := a.judge(m, t, v, held)
	if bad.answer != nil {
		a.judge(m, t, bad, false)
	}
	if how != "" && !leaked {
		a.existence(m, how)
	}
	a.mu.Unlock()
	if held && !leaked && how == "" && a.Depth != probes.Glance && m.verb == http.MethodGet && m.care.Limit == 0 {
		a.timing(ctx, m, t)
	}
}

// identities are how many ask for one aim: for another's object, and, but for a glance, for none and by a malformed id.
func (a *attack) identities() int {
	if a.Depth == probes.Glance {
		return 1
	}
	return 3
}

// judge looks for another's data in a reply, and counts it where the control holds.
func (a *attack) judge(m aim, t tries, v reply, held bool) (leaked bool) {
	s, leaked := a.foreign(t.attacker, v.answer, v.request)
	if held {
		a.at(a.Profile.Channel).Looked(!leaked)
	}
	if leaked {
		a.leak(m, t.attacker, s, v.status)
	}
	return leaked
}
