package web

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/engardehq/bulkhead/internal/probes"
	"github.com/engardehq/bulkhead/internal/result"
)

var burstSpec = Spec{Name: "burst", Doc: "sends requests of all tenants at once over few connections: each must get its own, and nobody else's",
	Channels: func(*Profile) []string { return []string{"C08"} }, Glance: true, Run: burst}

// burst has requests of many tenants cross each other in one service. They share connections, and so what hangs on a connection or a thread.
func burst(ctx context.Context, a *attack) error {
	o := a.at("C08")
	ground := a.controlled(false)
	if len(ground) == 0 {
		ground = a.controlled(true)
	}
	if len(ground) == 0 {
		o.Unsure(noGround)
		return nil
	}
	ground = ground[:min(len(ground), 4)]
	count := map[probes.Depth]int{probes.Glance: 60, probes.Pairs: 400, probes.Full: 4000}[a.Depth]
	if a.Depth == probes.Pairs && a.scope.Verbs > manyCalls {
		count = 150
	}
	dice := rand.New(rand.NewPCG(a.Seed, 0x6275727374))
	type turn struct {
		call
		tenant int
	}
	turns := make([]turn, count)
	for i := range turns {
		turns[i] = turn{ground[dice.IntN(len(ground))], a.Tenants[dice.IntN(len(a.Tenants))]}
	}
	// Twice as many at once as there are connections: the next request of another tenant waits for each to come free.
	each(ctx, count, 2*atOnce, func(ctx context.Context, i int) {
		t := turns[i]
		slots := a.slots(t.call)
		r := a.request(t.call, slots, filling{ids: requiredOnly(slots, a.belonging(slots, t.tenant))}, a.Login(t.tenant))
		ans, err := a.client.send(ctx, r)
		a.mu.Lock()
		defer a.mu.Unlock()
		if err != nil {
			o.Unsure(fmt.Sprintf("%s in a crowd: no answer: %v", t.call, err))
			return
		}
		s, leak := a.foreign(t.tenant, ans, r)
		if !leak && !a.own(t.tenant, ans) {
			if ans.ok() {
				a.denied(t.call, t.tenant)
			}
			return // busy, or refused: it shows nothing
		}
		if !o.Looked(!leak) {
			o.Add(result.Finding{Channel: "C08", Severity: result.Leak, Count: 1, Where: a.where(t.call), What: "concurrent requests get each other's tenant",
				Fix:      fmt.Sprintf("-- %s: keep the tenant with the request (a context variable, the transaction), not in a global or on a session", a.Name),
				Evidence: []result.Evidence{a.evidence(t.tenant, s, fmt.Sprintf("%s, %d at once", t.call, 2*atOnce))}})
		}
	})
	return nil
}

// denied is an answer without the caller's own, on a call that had served owners theirs.
func (a *attack) denied(c call, tenantNo int) {
	a.at("C08").Add(result.Finding{Channel: "C08", Severity: result.Note, Count: 1, Where: a.where(c), What: "in a crowd a tenant is answered without its own rows",
		Evidence: []result.Evidence{{Tenant: a.World.Codec.TenantID(tenantNo).String(), Detail: c.String()}}})
}
