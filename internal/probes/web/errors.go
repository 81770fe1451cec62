package web

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/engardehq/bulkhead/internal/probes"
	"github.com/engardehq/bulkhead/internal/result"
)

var errorsSpec = Spec{Name: "errors", Doc: "provokes errors on every route and reads what their bodies tell; asks whether other sites may read answers",
	Channels: func(*Profile) []string { return []string{"A04"} }, Run: provoke}

const aStatement = "a statement or a database's error"

// insides are what an error says that only the developers should read.
var insides = []struct {
	is   *regexp.Regexp
	what string
}{
	{regexp.MustCompile(`Traceback \(most recent call last\)|File \\?"[^"]+\.py\\?", line \d+|\bat [\w.$]+\([\w]+\.(java|js|ts|go):\d+`), "a stack trace"},
	{regexp.MustCompile(`(?i)\b(postgres(ql)?(\+\w+)?|redis|rediss)://\S+`), "a connection string"},
	{regexp.MustCompile(`(?s:\bSELECT\s.{1,1000}?\sFROM\s)|\bINSERT INTO\s|\bUPDATE\s+\S+\s+SET\s|syntax error at or near|relation "[^"]+" does not exist|column "?[\w.]+"? does not exist|invalid input syntax for type|violates row-level security|duplicate key value`), aStatement},
	{regexp.MustCompile(`\b(DATABASE_URL|SECRET_KEY|REDIS_URL|PASSWORD|API_KEY)["']?\s*[=:]\s*["']?\S+`), "a setting"},
	{regexp.MustCompile(`(?i)\b(psycopg2?|asyncpg|sqlalchemy|sqlalche\.me|pgconn|SQLSTATE|pg_catalog)\b`), "the name of a database driver or catalog"},
}

// inside tells what an error body gives away; "" for nothing. What was sent doesn't count.
func inside(body []byte, sent string) (what, text string) {
	for _, in := range insides {
		for _, found := range in.is.FindAll(body, 4) {
			if !strings.Contains(sent, string(found)) {
				return in.what, string(found)
			}
		}
	}
	return "", ""
}

// provocation is one way to have a call fail.
type provocation struct {
	name string
	make func(a *attack, c call, slots []slot, ids []string, who http.Header) (request, bool)
}

// values sets every text of a call to the same.
func values(v any) func(a *attack, c call, slots []slot, ids []string, who http.Header) (request, bool) {
	return func(a *attack, c call, slots []slot, ids []string, who http.Header) (request, bool) {
		f := filling{ids: make([]string, len(slots)), path: map[string]any{}, query: map[string]any{}, body: map[string]any{}}
		for _, p := range c.PathParams {
			f.path[p.Name] = v
		}
		for _, p := range c.Query {
			f.query[p.Name] = v
		}
		for _, name := range c.Body.resolved(c.Body).properties() {
			f.body[name] = v
		}
		return a.request(c, slots, f, who), len(f.path)+len(f.query)+len(f.body) > 0
	}
}

// body sends other bytes for a body.
func body(kind, data string) func(a *attack, c call, slots []slot, ids []string, who http.Header) (request, bool) {
	return func(a *attack, c call, slots []slot, ids []string, who http.Header) (request, bool) {
		r := a.request(c, slots, filling{ids: ids}, who)
		r.kind, r.body = kind, []byte(data)
		return r, c.Body != nil
	}
}

var provocations = []provocation{
	{"a NUL byte", values("bulk\x00head")},
	{"malformed JSON", body("application/json", `{"a": [1, `)},
	{"a number out of range", values("99999999999999999999999999")},
	{"a quote", values(`bulkhead'"`)},
	{"a list for a body", body("application/json", `[{"a": 1}]`)},
	{"another content type", body("text/xml", `<?xml version="1.0"?><a/>`)},
	{"a long text", values(strings.Repeat("bulkhead", 700))},
	{"bytes that are no UTF-8", body("application/json", "{\"name\": \"\xff\xfe\"}")},
	{"a nested value", values(map[string]any{"a": []any{map[string]any{"b": nil}}})},
	{"an empty text", values("")},
	{"no body", body("application/json", "")},
	{"a negative number", values(-1)},
	{"half a surrogate", values(`\ud800`)},
	{"a format", values("%s%n{0}${x}")},
}

// provoke has every call fail in several ways; not by valid bodies, and never by anybody's ids but the attacker's own on calls that only read.
func provoke(ctx context.Context, a *attack) error {
	type job struct {
		call
		provocation
		round int
	}
	var jobs []job
	calls := a.calls()
	share := len(provocations)
	if a.Depth != probes.Full && len(calls)*share > requestsMax {
		share = max(2, requestsMax/max(len(calls), 1))
	}
	for i, c := range calls {
		if c.care.Plain {
			continue
		}
		for k := range share {
			jobs = append(jobs, job{c, provocations[(i+k*max(1, len(provocations)/share))%len(provocations)], i})
		}
	}
	ground := a.ground(2)
	sparse := max(1, len(calls)/manyCalls) // where there are many routes, not before each
	each(ctx, len(jobs), atOnce, func(ctx context.Context, i int) {
		if len(ground) > 0 && i%sparse == 0 {
			_, victim := a.pair(jobs[i].round)
			a.prime(ctx, ground[i%len(ground)], victim)
		}
		a.provokeOne(ctx, jobs[i].call, jobs[i].provocation, jobs[i].round)
	})
	for _, m := range a.Profile.Makes {
		a.conflict(ctx, m, ground)
	}
	if err := crossOrigin(ctx, a); err != nil {
		return err
	}
	_, err := a.rows.tidy(ctx, a.World, a.Profile.Schemas)
	return err
}

// requestsMax is about how many requests a probe sends that could send any number.
const requestsMax = 300

func (a *attack) provokeOne(ctx context.Context, c call, p provocation, round int) {
	attacker, _ := a.pair(round)
	slots := a.slots(c)
	ids := make([]string, len(slots))
	for i, s := range slots {
		ids[i] = a.nowhere(s, "")
	}
	r, applies := p.make(a, c, slots, ids, a.Login(attacker))
	if !applies {
		return
	}
	ans, err := a.client.send(ctx, r)
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		return // a connection closed over nonsense shows nothing; routes that never answer are told by the probe of objects
	}
	a.judgeError(c, attacker, ans, r, p.name)
}

// conflict makes an object with an id that its maker has used already, after another tenant has been served.
func (a *attack) conflict(ctx context.Context, m Make, ground []call) {
	attacker, victim := a.pair(0)
	o, is := a.objectOf(strings.TrimPrefix(m.Create, http.MethodPost+" "), m.ID)
	if !is {
		o = object{table: m.Table}
	}
	for _, c := range ground {
		a.prime(ctx, c, victim)
		made, err := a.make(ctx, m, attacker, map[string]any{m.ID: a.named(o, attacker, 0)}, nil)
		switch {
		case made.answer == nil:
			a.at("A04").Unsure(fmt.Sprintf("%s: no answer: %v", m.Create, err))
		default:
			a.judgeError(call{Route: &Route{Path: m.Create}}, attacker, made.answer, made.request, "an id that is taken")
		}
	}
}

// judgeError reads an error for what it tells.
func (a *attack) judgeError(c call, attacker int, ans *answer, r request, by string) {
	o := a.at("A04")
	s, leak := a.foreign(attacker, ans, r)
	what, text, severity := "", "", result.Weakness
	if ans.status >= http.StatusBadRequest {
		what, text = inside(ans.body, string(saidBy(r)))
	}
	if why, known := a.Profile.shows(what); known {
		o.Residue(fmt.Sprintf("errors of %s show %s: %s", a.Name, what, why))
		severity = result.Note
	}
	o.Looked(!leak && (what == "" || severity == result.Note))
	detail := fmt.Sprintf("%s with %s answers %d", c, by, ans.status)
	switch {
	case leak:
		o.Add(result.Finding{Channel: "A04", Severity: result.Leak, Count: 1, Where: a.where(c), What: "an error shows another tenant's data",
			Fix: fmt.Sprintf("-- %s %s: keep data out of errors", a.Name, c), Evidence: []result.Evidence{a.evidence(attacker, s, detail)}})
	case what != "":
		o.Add(result.Finding{Channel: "A04", Severity: severity, Count: 1, Where: a.where(c), What: "errors show the service's insides: " + what,
			Fix: fmt.Sprintf("-- %s: log errors, answer with a number to find them by", a.Name), Evidence: []result.Evidence{{Detail: detail + ": " + short(text)}}})
	case ans.status >= http.StatusInternalServerError:
		o.Add(result.Finding{Channel: "A04", Severity: result.Note, Count: 1, Where: a.Name, What: "bad input makes the service fail (5xx) instead of refusing it (4xx)",
			Evidence: []result.Evidence{{Detail: detail}}})
	}
}

// short cuts a text, and keeps passwords out of reports.
func short(text string) string {
	if scheme, rest, found := strings.Cut(text, "://"); found {
		_, host, _ := strings.Cut(rest, "@")
		text = scheme + "://…@" + host
	}
	if len(text) > 80 {
		text = text[:80] + "…"
	}
	return text
}
