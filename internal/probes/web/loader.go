package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

var loaderSpec = Spec{Name: "loader", Doc: "runs a flow of its own and names another tenant and its objects as inputs",
	Channels: func(p *Profile) []string {
		if p.Code == nil {
			return nil
		}
		return []string{"L04"}
	}, Run: loader}

// loader demands that a component loads for who runs it, whatever its inputs say.
func loader(ctx context.Context, a *attack) error {
	k, o := a.Profile.Code, a.at("L04")
	for round := range min(len(a.Tenants), 2) {
		attacker, victim := a.pair(round)
		flow, nodes, err := a.loaderFlow(ctx, attacker)
		if err != nil {
			o.Unsure(err.Error())
			return nil
		}
		of := object{table: k.Table}
		own, theirs := a.named(of, attacker, 0), a.named(of, victim, 0)
		// The control: it loads what is the caller's own.
		r, ans, err := a.run(ctx, attacker, a.Loader[attacker], inputs(nodes, map[string]any{k.Campaign: own}))
		if err != nil {
			o.Unsure("running the loader: " + err.Error())
			return nil
		}
		if !ans.ok() || !a.own(attacker, ans) {
			o.Unsure(fmt.Sprintf("the loader doesn't load its caller's own (status %d), so that it loads nobody else's says nothing", ans.status))
			return nil
		}
		a.judgeLoaded(attacker, r, ans, "its own id")
		a.frozen(ctx, attacker, victim, flow)
		id, subject := a.World.Codec.TenantID(victim).String(), a.subject(victim)
		tries := map[string]map[string]any{"another tenant's object": {k.Campaign: theirs}, "SQL": {k.Campaign: own + "' OR '1'='1"}}
		for _, name := range k.Tenants {
			value := id
			if strings.Contains(name, "user") {
				value = subject
			}
			tries["another tenant as "+name] = map[string]any{name: value}
			tries["another tenant as "+name+", and its object"] = map[string]any{name: value, k.Campaign: theirs}
		}
		for _, what := range sortedKeys(tries) {
			r, ans, err := a.run(ctx, attacker, a.Loader[attacker], inputs(nodes, tries[what]))
			if err != nil {
				o.Unsure(fmt.Sprintf("running the loader with %s: %v", what, err))
				continue
			}
			a.judgeLoaded(attacker, r, ans, what)
		}
	}
	_, err := a.rows.tidy(ctx, a.World, a.Profile.Schemas)
	return err
}

// frozen runs a copy of a flow whose nodes ask for their last results, after the victim has run its own: the nodes have the same ids.
func (a *attack) frozen(ctx context.Context, attacker, victim int, flow map[string]any) {
	k := a.Profile.Code
	if _, _, err := a.run(ctx, victim, a.Loader[victim], nil); err != nil {
		a.at("L04").Unsure("running the victim's flow: " + err.Error())
		return
	}
	data, _ := flow["data"].(map[string]any)
	nodes, _ := data["nodes"].([]any)
	for _, n := range nodes {
		node, _ := n.(map[string]any)
		inner, _ := node["data"].(map[string]any)
		if shape, ok := inner["node"].(map[string]any); ok {
			shape["frozen"] = true
		}
	}
	made, err := a.make(ctx, k.Save, attacker, map[string]any{"data": data}, nil)
	if err != nil {
		if made.answer == nil || made.status >= 500 {
			a.at("L04").Unsure("saving a flow with frozen nodes: " + err.Error())
		}
		return
	}
	if r, ans, err := a.run(ctx, attacker, made.id, nil); err != nil {
		a.at("L04").Unsure("running a flow with frozen nodes: " + err.Error())
	} else {
		a.judgeLoaded(attacker, r, ans, "nodes that ask for their last results")
	}
	_ = a.unmake(ctx, k.Save, attacker, made.id) // what stays is tidied
}

func (a *attack) judgeLoaded(attacker int, r request, ans *answer, what string) {
	o := a.at("L04")
	s, leak := a.foreign(attacker, ans, r)
	if !o.Looked(!leak) {
		o.Add(result.Finding{Channel: "L04", Severity: result.Leak, Count: 1, Where: a.Name + " " + a.Profile.Code.Run, What: "the loader loads another tenant's rows for whoever names them",
			Fix:      "-- the loader: derive the tenant from the server's user, and set it for the transaction",
			Evidence: []result.Evidence{a.evidence(attacker, s, "given "+what)}})
	}
}

// inputs tweaks every node alike.
func inputs(nodes []string, values map[string]any) map[string]any {
	all := map[string]any{}
	for _, n := range nodes {
		all[n] = values
	}
	return all
}

// loaderFlow reads a tenant's flow that runs the loader, and the ids of its nodes.
func (a *attack) loaderFlow(ctx context.Context, as int) (flow map[string]any, nodes []string, err error) {
	id := a.Loader[as]
	if id == "" {
		return nil, nil, errors.New("no flow is known that runs the loader")
	}
	verb, path, _ := strings.Cut(a.Profile.Code.Read, " ")
	ans, err := a.client.send(ctx, request{verb: verb, path: inPath.ReplaceAllLiteralString(path, id), header: a.Login(as)})
	if err != nil {
		return nil, nil, err
	}
	if !ans.ok() {
		return nil, nil, fmt.Errorf("reading the loader's flow: %s answers %d", a.Profile.Code.Read, ans.status)
	}
	if err := json.Unmarshal(ans.body, &flow); err != nil {
		return nil, nil, fmt.Errorf("reading the loader's flow: %w", err)
	}
	data, _ := flow["data"].(map[string]any)
	all, _ := data["nodes"].([]any)
	for _, n := range all {
		if m, ok := n.(map[string]any); ok {
			if id, ok := m["id"].(string); ok {
				nodes = append(nodes, id)
			}
		}
	}
	if len(nodes) == 0 {
		return nil, nil, errors.New("the loader's flow has no nodes")
	}
	return flow, nodes, nil
}

// run runs a flow with tweaks and takes what every node gives out.
func (a *attack) run(ctx context.Context, as int, id string, tweaks map[string]any) (request, *answer, error) {
	verb, path, _ := strings.Cut(a.Profile.Code.Run, " ")
	body := map[string]any{"input_value": "", "output_type": "debug", "input_type": "chat"}
	if len(tweaks) > 0 {
		body["tweaks"] = tweaks
	}
	data, err := json.Marshal(body)
	if err != nil {
		return request{}, nil, err
	}
	r := request{verb: verb, path: inPath.ReplaceAllLiteralString(path, id), header: a.Login(as), body: data, kind: "application/json"}
	ans, err := a.client.send(ctx, r)
	return r, ans, err
}
