package scenarios

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// withDefaults is a scenario as it stands before its file is read: each
// optional field has its default here and nowhere else.
func withDefaults() Scenario {
	return Scenario{
		Seed: 1, Zipf: 1.1, LargestTenant: 0.05,
		Load: Traffic{
			Arrivals: Poisson, WarmUp: 5 * time.Second, Connections: 16, Workers: 64,
			Pipelined: true, Through: PgBouncer, Reach: 0.05, Tenants: TenantChoice{Spread: Uniform},
		},
		Objectives:    Objectives{Errors: 0.001},
		LangflowUsers: 20,
		Attack:        Pairs, Audit: true,
	}
}

// usersMax bounds the goroutines of a closed loop.
const usersMax = 10_000

// load reads the load of SQL operations.
func (r *reader) load(path string, n *yaml.Node, l *Traffic, known Known) {
	r.traffic(path, n, l, known.Ops,
		field{"pipelined", false, func(p string, n *yaml.Node) { r.boolean(p, n, &l.Pipelined) }},
		field{"through", false, func(p string, n *yaml.Node) { choice(r, p, n, &l.Through, Direct, PgBouncer) }},
	)
}

// http reads the load of HTTP operations, with faults of its own.
func (r *reader) http(path string, n *yaml.Node, s *Scenario, known Known) {
	ph := &Phase{Traffic: Traffic{
		Arrivals: Poisson, WarmUp: 3 * time.Second, Connections: 8, Workers: 32, Reach: 0.05, Tenants: TenantChoice{Spread: Uniform},
	}}
	r.traffic(path, n, &ph.Traffic, known.HTTPOps,
		field{"faults", false, func(p string, n *yaml.Node) { r.faults(p, n, &ph.Faults, known) }},
	)
	s.HTTP = ph
}

// traffic reads what every load has, and further fields of this kind of load.
func (r *reader) traffic(path string, n *yaml.Node, l *Traffic, ops []string, further ...field) {
	count := func(low, high uint64, into *int) func(string, *yaml.Node) {
		return func(p string, n *yaml.Node) { r.integer(p, n, low, high, func(v uint64) { *into = int(v) }) }
	}
	r.mapping(path, n, append([]field{
		{"rate", false, func(p string, n *yaml.Node) { r.rate(p, n, &l.Rate) }},
		{"stages", false, func(p string, n *yaml.Node) { r.stages(p, n, l) }},
		{"users", false, count(1, usersMax, &l.Users)},
		{"think", false, func(p string, n *yaml.Node) {
			withUnit(r, p, n, "a duration such as 100ms", parseDuration, &l.Think)
		}},
		{"arrivals", false, func(p string, n *yaml.Node) { choice(r, p, n, &l.Arrivals, Constant, Poisson) }},
		{"warmup", false, func(p string, n *yaml.Node) {
			withUnit(r, p, n, "a duration such as 5s", parseDuration, &l.WarmUp)
		}},
		{"duration", false, func(p string, n *yaml.Node) {
			before := len(r.problems)
			withUnit(r, p, n, "a duration such as 45s", parseDuration, &l.Duration)
			if len(r.problems) == before && l.Duration < time.Second {
				r.problem(n.Line, p, "%s is shorter than one window of 1s: give 1s or more", l.Duration)
			}
		}},
		{"connections", false, count(1, 10_000, &l.Connections)},
		{"workers", false, count(1, 10_000, &l.Workers)},
		{"reach", false, func(p string, n *yaml.Node) {
			withUnit(r, p, n, "a share such as 10%", parseShare, &l.Reach)
		}},
		{"tenants", false, func(p string, n *yaml.Node) { r.tenantChoice(p, n, &l.Tenants) }},
		{"mix", true, func(p string, n *yaml.Node) { r.mix(p, n, l, ops) }},
		{"fail_fast", false, func(p string, n *yaml.Node) { r.boolean(p, n, &l.FailFast) }},
	}, further...)...)
	if n.Kind == yaml.MappingNode {
		r.shape(path, n.Line)
	}
}

// shape holds that a load has one shape, and the fields that belong to it.
func (r *reader) shape(path string, line int) {
	given := func(name string) bool { return r.lines[join(path, name)] > 0 }
	var shapes []string
	for _, name := range []string{"rate", "stages", "users"} {
		if given(name) {
			shapes = append(shapes, name)
		}
	}
	if len(shapes) == 0 {
		r.problem(line, join(path, "rate"), "is missing: give a rate and a duration, or stages, or users and a duration")
		return
	}
	if len(shapes) > 1 {
		r.at(join(path, shapes[1]), "a load has one shape, and %s is given too: keep one of %s", shapes[0], strings.Join(shapes, ", "))
		return
	}
	shape := shapes[0]
	for _, x := range []struct{ name, of, why string }{
		{"think", "users", "is for a load of users; a schedule doesn't wait for answers: remove it"},
		{"arrivals", "rate stages", "is for a rate or stages; users ask when they have their answer: remove it"},
		{"workers", "rate stages", "is for a rate or stages; in a load of users each user is one: remove it"},
		{"duration", "rate users", "follows from the stages: remove it"},
	} {
		if given(x.name) && !slices.Contains(strings.Fields(x.of), shape) {
			r.at(join(path, x.name), "%s", x.why)
		}
	}
	if shape != "stages" && !given("duration") {
		r.problem(line, join(path, "duration"), "is missing")
	}
}

func (r *reader) rate(path string, n *yaml.Node, into *float64) {
	withUnit(r, path, n, "a rate such as 300/s", parseRate, into)
}

// stages reads a list of {at: rate, for: time} and {to: rate, over: time}.
func (r *reader) stages(path string, n *yaml.Node, l *Traffic) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		r.problem(n.Line, path, "a list of stages is wanted, for example [{at: 100/s, for: 30s}, {to: 300/s, over: 10s}]")
		return
	}
	before := len(r.problems)
	var total time.Duration
	for i, item := range n.Content {
		var s Stage
		if i > 0 {
			s.From = l.Stages[i-1].To
		}
		r.stage(join(path, strconv.Itoa(i)), item, &s, i == 0)
		l.Stages = append(l.Stages, s)
		total += s.Length
	}
	if len(r.problems) == before && (total < time.Second || total > maxDuration) {
		r.problem(n.Line, path, "take %s in all: they must last from 1s to 720h", total)
	}
}

func (r *reader) stage(path string, n *yaml.Node, s *Stage, first bool) {
	length := func(p string, n *yaml.Node) {
		before := len(r.problems)
		withUnit(r, p, n, "a duration such as 10s", parseDuration, &s.Length)
		if len(r.problems) == before && s.Length == 0 {
			r.problem(n.Line, p, "a stage of no length does nothing: remove it")
		}
	}
	var at, from float64
	r.mapping(path, n,
		field{"at", false, func(p string, n *yaml.Node) { r.rate(p, n, &at) }},
		field{"for", false, length},
		field{"from", false, func(p string, n *yaml.Node) { r.rate(p, n, &from) }},
		field{"to", false, func(p string, n *yaml.Node) { r.rate(p, n, &s.To) }},
		field{"over", false, length},
	)
	if n.Kind != yaml.MappingNode {
		return
	}
	given := func(names ...string) (count int) {
		for _, name := range names {
			if r.lines[join(path, name)] > 0 {
				count++
			}
		}
		return count
	}
	switch {
	case given("at", "for") == 2 && given("from", "to", "over") == 0:
		s.From, s.To = at, at
	case given("to", "over") == 2 && given("at", "for") == 0:
		if given("from") == 1 {
			s.From = from
		} else if first {
			r.problem(n.Line, join(path, "from"), "is missing: no stage before this one says where the rate begins")
		}
	default:
		r.problem(n.Line, path, "a stage either stays, {at: 300/s, for: 10s}, or goes from the rate before it to another, {to: 600/s, over: 10s}")
	}
}

// tenantChoice reads uniform, zipf, or {hot: 3, share: 80%}.
func (r *reader) tenantChoice(path string, n *yaml.Node, c *TenantChoice) {
	if n.Kind == yaml.ScalarNode {
		if n.Value == string(Hot) {
			r.problem(n.Line, path, "say how many tenants are hot and what share of the load they get: {hot: 3, share: 80%%}")
			return
		}
		choice(r, path, n, &c.Spread, Uniform, Zipf)
		return
	}
	c.Spread = Hot
	r.mapping(path, n,
		field{"hot", true, func(p string, n *yaml.Node) {
			r.integer(p, n, 1, 1_000_000, func(v uint64) { c.Count = int(v) })
		}},
		field{"share", true, func(p string, n *yaml.Node) {
			withUnit(r, p, n, "a share such as 80%", parseShare, &c.Share)
		}},
	)
}

func (r *reader) mix(path string, n *yaml.Node, l *Traffic, ops []string) {
	l.Mix = map[string]float64{}
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		r.problem(n.Line, path, "is empty: name at least one operation with its weight; valid: %s", strings.Join(ops, ", "))
	}
	r.pairs(path, n, func(op string, line int, value *yaml.Node) {
		if !slices.Contains(ops, op) {
			r.problem(line, join(path, op), "%s", unknownName("operation", op, ops))
		}
		var weight float64
		r.number(join(path, op), value, 0, 1e6, true, &weight)
		l.Mix[op] = weight
	})
}
