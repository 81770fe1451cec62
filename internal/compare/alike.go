package compare

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// Keys are what may be allowed to differ.
var Keys = []string{"seed", "scenario", "hardware", "versions", "settings"}

// fact is something that a run is like. Without a key it may differ: it is what builds differ in, and is told.
type fact struct{ key, what, value string }

// facts are what the speed of a run hangs on beside the build.
func facts(r *result.Run) []fact {
	all := []fact{
		{"seed", "the seed", fmt.Sprint(r.Seed)},
		{"scenario", "the target", r.Target.Name},
		{"scenario", "the world", fmt.Sprintf("%d tenants, %d rows in %d tables", r.Seeding.Tenants, r.Seeding.Rows, r.Seeding.Tables)},
		{"hardware", "the processor", fmt.Sprintf("%d cores of %s", r.Stack.Machine.Cores, r.Stack.Machine.CPU)},
		// Kernels keep a little for themselves, some more than others.
		{"hardware", "the memory", fmt.Sprintf("%.0f GiB", float64(r.Stack.Machine.MemoryMiB)/1024)},
		{"hardware", "the system", r.Stack.Machine.OS},
		{"versions", "the provider", r.Stack.Provider},
		{"", "bulkhead", r.Version},
		{"", "the layout", r.Target.Layout},
		{"", "the target's hash", short(r.Target.Hash)},
	}
	all = append(all, loadFacts("the load", &r.Scenario, &r.Load, r.Faults)...)
	if r.HTTP == nil {
		all = append(all, fact{"scenario", overHTTP, "none"})
	} else {
		all = append(all, fact{"scenario", overHTTP, "there"})
		all = append(all, loadFacts(overHTTP, &r.HTTP.Scenario, &r.HTTP.Load, r.HTTP.Faults)...)
	}
	for _, s := range r.Stack.Services {
		key, version := "versions", s.Version
		if s.Name == "backend" { // its version is the build's
			key = ""
		}
		if !s.Started {
			key, version = "scenario", "left out"
		}
		all = append(all, fact{key, "the service " + s.Name, strings.TrimSpace(version + " " + s.Image)})
	}
	for _, name := range slices.Sorted(maps.Keys(r.Stack.Settings)) {
		key := "settings"
		if strings.HasSuffix(name, "server_version") {
			key = "versions"
		}
		all = append(all, fact{key, "the setting " + name, r.Stack.Settings[name]})
	}
	for _, schema := range slices.Sorted(maps.Keys(r.Stack.Revisions)) {
		all = append(all, fact{"", "the revision of " + schema, r.Stack.Revisions[schema]})
	}
	return all
}

// loadFacts tell what a load was asked to be.
func loadFacts(what string, sc *result.Scenario, l *result.Load, faults []result.Disturbance) []fact {
	var ops, broken, stages []string
	for _, op := range l.Ops {
		ops = append(ops, op.Name)
	}
	slices.Sort(ops)
	for _, f := range faults {
		broken = append(broken, fmt.Sprintf("%s at %gs for %gs", f.Fault, f.AtSeconds, f.ForSeconds))
	}
	for _, s := range l.Stages {
		stages = append(stages, fmt.Sprintf("%g/s to %g/s in %gs", s.StartsPerSecond, s.EndsPerSecond, s.Seconds))
	}
	of := func(name, value string) fact { return fact{"scenario", name + " of " + what, value} }
	all := []fact{
		of("the name", sc.Name),
		of("the rate", fmt.Sprintf("%g/s", sc.RatePerSecond)),
		of("the model", string(sc.Model)),
		of("the length", fmt.Sprintf("%gs after %gs of warm-up", sc.DurationSeconds, sc.WarmupSeconds)),
		of("the width", fmt.Sprintf("%d connections, %d workers, %d users thinking %g ms", sc.Connections, sc.Workers, sc.Users, sc.ThinkMillis)),
		of("the way", strings.TrimSpace(fmt.Sprintf("%s, pipelined %v", sc.Through, sc.Pipelined))),
		of("the share that reaches", fmt.Sprintf("%g %%", 100*sc.ReachShare)),
		of("the choice of tenants", sc.TenantChoice),
		of("the set of operations", orNone(ops)),
		of("the faults", orNone(broken)),
	}
	if len(sc.Mix) > 0 { // older documents don't tell it
		var weights []string
		for _, op := range slices.Sorted(maps.Keys(sc.Mix)) {
			weights = append(weights, fmt.Sprintf("%s %g", op, sc.Mix[op]))
		}
		all = append(all, of(mixOf, strings.Join(weights, ", ")))
	}
	if sc.Model != result.Closed {
		all = append(all, of("the kind of arrivals", sc.Arrivals))
	}
	if len(stages) > 0 {
		all = append(all, of("the stages", orNone(stages)))
	}
	return all
}

// alike holds the facts of all runs against each other. What differs is given where it is allowed, and is the error where it isn't.
func alike(base, candidate []Run, allow []string) ([]result.Difference, error) {
	var order []fact
	a, b := collect(base, &order), collect(candidate, &order)
	differ := func(what string) bool {
		return len(a[what]) != 1 || len(b[what]) != 1 || a[what][0] != b[what][0]
	}
	told, refused := []result.Difference{}, []result.Difference(nil)
	for _, f := range order {
		d := result.Difference{Key: f.key, What: f.what, Base: orAbsent(a[f.what]), Candidate: orAbsent(b[f.what])}
		switch {
		case !differ(f.what):
		case strings.HasPrefix(f.what, mixOf) && (slices.Contains(d.Base, absent) || slices.Contains(d.Candidate, absent)):
		case strings.HasSuffix(f.what, " of "+overHTTP) && differ(overHTTP): // that some runs have none at all is told already
		case f.key == "" || slices.Contains(allow, f.key):
			told = append(told, d)
		default:
			refused = append(refused, d)
		}
	}
	if len(refused) > 0 {
		return nil, &NotAlikeError{refused}
	}
	return told, nil
}

// collect gives the values that each fact has in these runs, absent where a run doesn't tell it, and adds facts not seen yet to order.
func collect(runs []Run, order *[]fact) map[string][]string {
	values := map[string][]string{}
	for at, r := range runs {
		mine := map[string]bool{}
		for _, f := range facts(r.Doc) {
			if !slices.ContainsFunc(*order, func(g fact) bool { return g.what == f.what }) {
				*order = append(*order, f)
			}
			mine[f.what] = true
			if at > 0 && len(values[f.what]) == 0 { // the runs before this one don't tell it
				values[f.what] = []string{absent}
			}
			values[f.what] = with(values[f.what], f.value)
		}
		for what := range values {
			if !mine[what] {
				values[what] = with(values[what], absent)
			}
		}
	}
	return values
}

const mixOf = "the mix"

const overHTTP = "the load over HTTP"

const absent = "not told"

func with(values []string, v string) []string {
	if slices.Contains(values, v) {
		return values
	}
	return append(values, v)
}

func orAbsent(values []string) []string {
	if len(values) == 0 {
		return []string{absent}
	}
	return values
}

func orNone(values []string) string {
	if len(values) == 0 {
		return "none"
	}
	return strings.Join(values, ", ")
}

// short is enough of a hash to tell it from another.
func short(hash string) string { return hash[:min(12, len(hash))] }
