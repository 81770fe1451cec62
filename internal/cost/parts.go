package cost

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

const (
	most  = 1e9  // of an amount or a count
	least = 1e-9 // of what a price is for
)

func (r *reader) prices(into *[]Price) read {
	return func(path string, n *yaml.Node) {
		if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
			r.wrong(n, path, "names and their amounts are wanted, as db.r6g.large: {amount: 145, unit: server}")
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			p := Price{Name: n.Content[i].Value, Per: 1}
			at := join(path, p.Name)
			if slices.ContainsFunc(*into, func(other Price) bool { return other.Name == p.Name }) {
				r.wrong(n.Content[i], at, "given twice: keep one")
			}
			r.fields(at, n.Content[i+1], map[string]field{
				"amount": {true, r.number(&p.Amount, 0, most)},
				"per":    {false, r.number(&p.Per, least, most)},
				"unit":   {false, r.text(&p.Unit)},
			})
			*into = append(*into, p)
		}
	}
}

// plans reads the two plans, or those that a phase names.
func (r *reader) plans(into *[]Plan, all bool) read {
	return func(path string, n *yaml.Node) {
		r.list(path, n, func(path string, n *yaml.Node) {
			var p Plan
			known := map[string]field{"name": {true, r.text(&p.Name)}, "items": {true, r.items(&p.Items, nil)}}
			if all {
				known["claimed"] = field{false, r.perhaps(&p.Claimed)}
			}
			r.fields(path, n, known)
			if !all {
				r.uses = append(r.uses, use{path: join(path, "name"), line: n.Line, kind: "plan", name: p.Name})
			}
			if slices.ContainsFunc(*into, func(other Plan) bool { return other.Name == p.Name }) {
				r.wrong(n, join(path, "name"), "there are two plans %q", p.Name)
			}
			*into = append(*into, p)
		})
		if all && n.Kind == yaml.SequenceNode && len(*into) != 2 {
			r.wrong(n, path, "two plans are compared; there are %d", len(*into))
		}
	}
}

// items reads lines of a bill. Those of what-ifs say of which plan, and name a line that is there.
func (r *reader) items(into *[]Item, whatIf func(path string, n *yaml.Node, i Item)) read {
	return func(path string, n *yaml.Node) {
		r.list(path, n, func(path string, n *yaml.Node) {
			var i Item
			known := map[string]field{"name": {true, r.text(&i.Name)}, "price": {true, r.text(&i.Price)}, "count": {true, r.number(&i.Count, 0, most)}}
			if whatIf != nil {
				known["plan"] = field{true, r.text(&i.Plan)}
			}
			r.fields(path, n, known)
			r.uses = append(r.uses, use{path: join(path, "price"), line: n.Line, kind: "price", name: i.Price})
			if whatIf != nil {
				whatIf(path, n, i)
			}
			*into = append(*into, i)
		})
		if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
			r.wrong(n, path, "is empty")
		}
	}
}

func (r *reader) claim(into *Claim) read {
	return func(path string, n *yaml.Node) {
		r.fields(path, n, map[string]field{"saved": {false, r.perhaps(&into.Saved)}, "saved_pct": {false, r.perhaps(&into.SavedPct)}})
	}
}

func (r *reader) whatIfs(into *[]WhatIf) read {
	return func(path string, n *yaml.Node) {
		r.list(path, n, func(path string, n *yaml.Node) {
			var w WhatIf
			r.fields(path, n, map[string]field{"name": {true, r.text(&w.Name)}, "assumes": {true, r.texts(&w.Assumes)}, "items": {true, r.items(&w.Items, r.lineOf)}})
			*into = append(*into, w)
		})
	}
}

func (r *reader) lineOf(path string, n *yaml.Node, i Item) {
	r.uses = append(r.uses, use{path: join(path, "plan"), line: n.Line, kind: "plan", name: i.Plan}, use{path: join(path, "name"), line: n.Line, kind: "line", name: i.Name, plan: i.Plan})
}

func (r *reader) phases(into *[]Phase) read {
	return func(path string, n *yaml.Node) {
		r.list(path, n, func(path string, n *yaml.Node) {
			var p Phase
			r.fields(path, n, map[string]field{"name": {true, r.text(&p.Name)}, "assumes": {true, r.texts(&p.Assumes)}, "plans": {false, r.plans(&p.Plans, false)}})
			*into = append(*into, p)
		})
	}
}

// names looks up all that was named.
func (r *reader) names(m *Model) {
	var prices, plans []string
	lines := map[string][]string{}
	for _, p := range m.Prices {
		prices = append(prices, p.Name)
	}
	for _, p := range m.Plans {
		plans = append(plans, p.Name)
		for _, i := range p.Items {
			lines[p.Name] = append(lines[p.Name], i.Name)
		}
	}
	for _, u := range r.uses {
		valid := map[string][]string{"price": prices, "plan": plans, "line": lines[u.plan]}[u.kind]
		if u.name == "" || slices.Contains(valid, u.name) || u.kind == "line" && !slices.Contains(plans, u.plan) {
			continue
		}
		of := ""
		if u.kind == "line" {
			of = fmt.Sprintf(" of plan %q", u.plan)
		}
		r.problems = append(r.problems, problem{u.line, fmt.Sprintf("%s:%d: %s: there is no %s %q%s; one of %s", r.file, u.line, u.path, u.kind, u.name, of, quoted(valid))})
	}
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strconv.Quote(n)
	}
	return strings.Join(out, ", ")
}
