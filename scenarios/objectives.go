package scenarios

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Objectives are the limits that a run is judged on. ResponseP95, ServiceP95
// and Errors hold for each operation without ones of its own.
type Objectives struct {
	// ResponseP95 is 0 only where each operation of the mix has its own.
	ResponseP95 time.Duration
	// ServiceP95 is of the time from sending; 0 means that none is set.
	ServiceP95 time.Duration
	// Errors is the share (0..1) of an operation's executions that may fail.
	Errors float64
	// Drops is how many executions may be dropped or abandoned.
	Drops int64
	// CacheHit is the least share of look-ups that the application's cache
	// must answer, PoolUse the greatest share of the pooler's connections that
	// may be in use at a time. Nil means that none is set.
	CacheHit, PoolUse *float64
	Ops               map[string]Objective
}

// Objective are the limits of one operation; what is 0 or nil is not its own.
type Objective struct {
	ResponseP95, ServiceP95 time.Duration
	Errors                  *float64
}

// For gives the limits of an operation, its own before those of all. Errors is
// never nil.
func (o Objectives) For(op string) Objective {
	own := o.Ops[op]
	if own.ResponseP95 == 0 {
		own.ResponseP95 = o.ResponseP95
	}
	if own.ServiceP95 == 0 {
		own.ServiceP95 = o.ServiceP95
	}
	if own.Errors == nil {
		own.Errors = &o.Errors
	}
	return own
}

func (r *reader) objectives(path string, n *yaml.Node, o *Objectives, known Known) {
	r.mapping(path, n,
		field{"response_p95", false, func(p string, n *yaml.Node) { r.limit(p, n, &o.ResponseP95) }},
		field{"service_p95", false, func(p string, n *yaml.Node) { r.limit(p, n, &o.ServiceP95) }},
		field{"errors", false, func(p string, n *yaml.Node) {
			withUnit(r, p, n, "a share such as 0.1%", parseShare, &o.Errors)
		}},
		field{"drops", false, func(p string, n *yaml.Node) {
			r.integer(p, n, 0, 1_000_000_000, func(v uint64) { o.Drops = int64(v) })
		}},
		field{"cache_hit", false, func(p string, n *yaml.Node) { r.share(p, n, &o.CacheHit) }},
		field{"pool_use", false, func(p string, n *yaml.Node) { r.share(p, n, &o.PoolUse) }},
		field{"ops", false, func(p string, n *yaml.Node) {
			o.Ops = map[string]Objective{}
			r.pairs(p, n, func(op string, line int, value *yaml.Node) {
				if all := slices.Concat(known.Ops, known.HTTPOps); !slices.Contains(all, op) {
					r.problem(line, join(p, op), "%s", unknownName("operation", op, all))
				}
				o.Ops[op] = r.objective(join(p, op), value)
			})
		}},
	)
}

func (r *reader) objective(path string, n *yaml.Node) (own Objective) {
	fields := []field{
		{"response_p95", false, func(p string, n *yaml.Node) { r.limit(p, n, &own.ResponseP95) }},
		{"service_p95", false, func(p string, n *yaml.Node) { r.limit(p, n, &own.ServiceP95) }},
		{"errors", false, func(p string, n *yaml.Node) { r.share(p, n, &own.Errors) }},
	}
	r.mapping(path, n, fields...)
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		names := make([]string, len(fields))
		for i, f := range fields {
			names[i] = f.name
		}
		r.problem(n.Line, path, "is empty: give one of %s, or remove it", strings.Join(names, ", "))
	}
	return own
}

func (r *reader) share(path string, n *yaml.Node, into **float64) {
	before := len(r.problems)
	var share float64
	if withUnit(r, path, n, "a share such as 90%", parseShare, &share); len(r.problems) == before {
		*into = &share
	}
}

func (r *reader) limit(path string, n *yaml.Node, into *time.Duration) {
	before := len(r.problems)
	withUnit(r, path, n, "a duration such as 50ms", parseDuration, into)
	if len(r.problems) == before && *into == 0 {
		r.problem(n.Line, path, "%s can't be held by anything: give a duration above 0s", n.Value)
	}
}
