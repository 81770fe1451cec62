package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/probes"
	"github.com/engardehq/bulkhead/internal/result"
)

// manyCalls is from how many calls on a service is large: there not everything is tried before or beside each.
const manyCalls = 50

var strangersSpec = Spec{Name: "strangers", Doc: "calls every route and verb without credentials, with a tenant's ids",
	Channels: func(p *Profile) []string { return []string{p.Anonymous} }, Glance: true, Run: everyStranger}

// everyStranger calls everything as nobody.
func everyStranger(ctx context.Context, a *attack) error {
	if len(a.controls) == 0 {
		a.at(a.Profile.Anonymous).Unsure(noGround)
	}
	calls := a.calls()
	if a.Depth == probes.Glance && len(calls) > manyCalls {
		inPath := func(c call) bool { return strings.Contains(c.Path, "{") }
		calls = slices.DeleteFunc(calls, func(c call) bool { return !c.safe() || c.care.Limit > 0 || len(a.slots(c)) > 0 && inPath(c) })
	}
	each(ctx, len(calls), atOnce, func(ctx context.Context, i int) { a.stranger(ctx, calls[i], i) })
	_, err := a.rows.tidy(ctx, a.World, a.Profile.Schemas)
	return err
}

func (a *attack) stranger(ctx context.Context, c call, round int) {
	_, victim := a.pair(round)
	slots := a.slots(c)
	theirs := a.belonging(slots, victim)
	ask := func(ids []string) (reply, error) {
		r := a.request(c, slots, filling{ids: ids}, nil)
		ans, err := a.client.send(ctx, r)
		return reply{ans, r, ids}, err
	}
	v, err := ask(theirs)
	how := ""
	if err == nil && len(slots) > 0 && !slices.Contains(a.Profile.Unauthorized, v.status) && !v.ok() {
		how, err = tells(func() (reply, error) { return ask(theirs) }, func() (reply, error) {
			none := slices.Clone(theirs)
			for i, s := range slots {
				none[i] = a.nowhere(s, theirs[i])
			}
			return ask(none)
		})
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.scope.Combinations++
	o := a.at(a.Profile.Anonymous)
	if err != nil {
		if c.care.Limit == 0 {
			o.Unsure(fmt.Sprintf("%s: no answer: %v", c, err))
		}
		return
	}
	s, leak := a.foreign(nobody, v.answer, v.request)
	_, open := a.Profile.open(c.Path, c.verb)
	o.Looked(!leak && (open || !v.ok()) && how == "")
	f := result.Finding{Channel: a.Profile.Anonymous, Severity: result.Weakness, Count: 1, Where: a.where(c), Fix: fmt.Sprintf("-- %s %s: demand credentials", a.Name, c),
		Evidence: []result.Evidence{{Detail: fmt.Sprintf("%s without credentials answers %d", c, v.status)}}}
	switch {
	case leak:
		f.Severity, f.What = result.Leak, "a route shows a tenant's data to anybody, without credentials"
		f.Evidence[0] = a.evidence(nobody, s, f.Evidence[0].Detail)
	case v.ok() && !open:
		f.What = "a route answers without credentials, and isn't open by design"
	case how != "":
		f.What, f.Evidence[0].Detail = "a route tells anybody, without credentials, whether a tenant's object is there", fmt.Sprintf("%s: %s", c, how)
	default:
		a.serverError(o, c, v.answer, "without credentials")
		return
	}
	o.Add(f)
}

// serverError notes that a service fails at what it must refuse. It decides nothing: no data is in it.
func (a *attack) serverError(o interface{ Add(result.Finding) }, c call, ans *answer, when string) {
	if ans.status < http.StatusInternalServerError {
		return
	}
	o.Add(result.Finding{Channel: a.Profile.Anonymous, Severity: result.Note, Count: 1, Where: a.where(c), What: "a service fails (5xx) at what it should refuse (4xx)",
		Evidence: []result.Evidence{{Detail: fmt.Sprintf("%s %s answers %d", c, when, ans.status)}}})
}
