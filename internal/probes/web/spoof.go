package web

import (
	"context"
	"fmt"
	"net/http"

	"github.com/engardehq/bulkhead/internal/probes"
	"github.com/engardehq/bulkhead/internal/result"
)

var spoofSpec = Spec{Name: "spoof", Doc: "names another tenant in headers, cookies, queries and bodies beside good credentials",
	Channels: func(*Profile) []string { return []string{"A03"} }, Run: spoof}

// Headers and parameters that some service or proxy somewhere takes for the caller's tenant, user or address.
var (
	spoofedHeaders = []string{"X-Tenant-Id", "X-Tenant", "Tenant", "Tenant-Id", "X-Tenant-Uuid", "X-Org-Id", "X-Organization-Id", "X-Account-Id", "X-Customer-Id", "X-Workspace-Id",
		"X-User-Id", "X-User", "X-Auth-User", "X-Remote-User", "Remote-User", "X-Forwarded-User", "X-Forwarded-Tenant", "X-Authenticated-Userid", "X-Impersonate-User",
		"X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "X-Original-User"}
	spoofedParameters = []string{"tenant", "tenant_id", "tenantId", "org_id", "organization_id", "account_id", "user_id", "as_user", "owner_id"}
)

// disguise is one way to name another tenant.
type disguise struct {
	name   string
	header http.Header
	query  map[string]any
	body   map[string]any
}

// disguises name a victim in every way: first all headers and all parameters at once, then each alone.
func disguises(victim, subject string, field string) (all []disguise) {
	crowd := disguise{name: "all headers", header: http.Header{}}
	query := disguise{name: "all parameters", query: map[string]any{}, body: map[string]any{}}
	var single []disguise
	for _, name := range spoofedHeaders {
		for _, value := range distinct(victim, subject) {
			crowd.header.Set(name, value)
			single = append(single, disguise{name: "header " + name, header: http.Header{http.CanonicalHeaderKey(name): {value}}})
		}
	}
	for _, name := range spoofedParameters {
		for _, value := range distinct(victim, subject) {
			query.query[name], query.body[name] = value, value
			single = append(single, disguise{name: "parameter " + name, query: map[string]any{name: value}, body: map[string]any{name: value}})
		}
	}
	if field != "" {
		query.query[field], query.body[field] = victim, victim
	}
	cookie := "tenant=" + victim + "; tenant_id=" + victim + "; user_id=" + subject
	return append([]disguise{crowd, query, {name: "cookies", header: http.Header{"Cookie": {cookie}}},
		{name: "header Forwarded", header: http.Header{"Forwarded": {"for=127.0.0.1;host=" + victim + ";by=" + subject}}}}, single...)
}

func distinct(x, y string) []string {
	if x == y {
		return []string{x}
	}
	return []string{x, y}
}

// spoof demands that nothing but the credentials says who asks.
func spoof(ctx context.Context, a *attack) error {
	o := a.at("A03")
	attacker, victim := a.pair(0)
	all := disguises(a.World.Codec.TenantID(victim).String(), a.subject(victim), a.Profile.Tenant)
	const together = 4 // disguises that go to every route; single ones to a few
	lists, objects := a.controlled(false), a.controlled(true)
	if len(lists)+len(objects) == 0 {
		o.Unsure(noGround)
	}
	type job struct {
		call
		disguise
	}
	var jobs []job
	for i, d := range all {
		for k, c := range append(lists[:len(lists):len(lists)], objects...) {
			if i < together || k < 1 || a.Depth == probes.Full {
				jobs = append(jobs, job{c, d})
			}
		}
	}
	each(ctx, len(jobs), atOnce, func(ctx context.Context, i int) { a.disguised(ctx, jobs[i].call, jobs[i].disguise, attacker, victim) })
	for _, m := range a.Profile.Makes {
		for i, d := range all {
			if i < together || a.Depth == probes.Full {
				a.makeDisguised(ctx, m, d, attacker, victim)
			}
		}
	}
	_, err := a.rows.tidy(ctx, a.World, a.Profile.Schemas)
	return err
}

// disguised asks on a call in a disguise: lists for what they hold, objects by the victim's ids.
func (a *attack) disguised(ctx context.Context, c call, d disguise, attacker, victim int) {
	slots := a.slots(c)
	who := a.Login(attacker).Clone()
	for k, v := range d.header {
		who[k] = v
	}
	query := map[string]any{}
	put(query, d.query)
	r := a.request(c, slots, filling{ids: requiredOnly(slots, a.belonging(slots, victim)), query: query, body: d.body}, who)
	ans, err := a.client.send(ctx, r)
	if err == nil {
		if _, leak := a.foreign(attacker, ans, r); leak {
			// What is shown without a disguise as well has another cause.
			plain := r
			plain.header = a.Login(attacker)
			plain.path = a.request(c, slots, filling{ids: requiredOnly(slots, a.belonging(slots, victim))}, nil).path
			if bare, err := a.client.send(ctx, plain); err == nil {
				if _, leak := a.foreign(attacker, bare, plain); leak {
					return
				}
			}
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	o := a.at("A03")
	if err != nil {
		o.Unsure(fmt.Sprintf("%s in disguise: no answer: %v", c, err))
		return
	}
	s, leak := a.foreign(attacker, ans, r)
	if !o.Looked(!leak) {
		o.Add(result.Finding{Channel: "A03", Severity: result.Leak, Count: 1, Where: a.where(c), What: "what a request says of its tenant wins over its credentials",
			Fix:      fmt.Sprintf("-- %s: take the tenant from the verified token alone", a.Name),
			Evidence: []result.Evidence{a.evidence(attacker, s, fmt.Sprintf("%s with %s answers %d", c, d.name, ans.status))}})
	}
}

// makeDisguised makes an object in a disguise and looks whose it has become.
func (a *attack) makeDisguised(ctx context.Context, m Make, d disguise, attacker, victim int) {
	o := a.at("A03")
	made, err := a.make(ctx, m, attacker, d.body, d.header)
	if err != nil {
		if made.answer != nil && made.status < http.StatusInternalServerError {
			o.Looked(true) // refused
			return
		}
		o.Unsure(err.Error())
		return
	}
	whose, err := a.rows.column(ctx, m.Table, m.Owner, made.id)
	if err != nil || whose == "" {
		o.Unsure(fmt.Sprintf("%s: the new row isn't there to look at: %v", m.Create, err))
		return
	}
	theirs := whose == a.World.Codec.TenantID(victim).String() || whose == a.subject(victim)
	if !o.Looked(!theirs) {
		o.Add(result.Finding{Channel: "A03", Severity: result.Leak, Count: 1, Where: a.Name + " " + m.Create, What: "what a request says of its tenant decides whose a new row is",
			Fix: fmt.Sprintf("-- %s: take the tenant from the verified token alone", a.Name),
			Evidence: []result.Evidence{{Tenant: a.World.Codec.TenantID(attacker).String(), Owner: a.World.Codec.TenantID(victim).String(), Table: m.Table, Row: made.id,
				Detail: fmt.Sprintf("%s with %s", m.Create, d.name)}}})
	}
	// What isn't the attacker's any more he can't delete; the rows are tidied afterwards.
	_ = a.unmake(ctx, m, attacker, made.id)
}
