package scenarios

import (
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v4"
)

// Fault is something that is broken on purpose while the load runs.
type Fault struct {
	Name string
	// At is when, counted from the end of warm-up; For is how long, 0 for one
	// that is over at once.
	At, For time.Duration
	// Delay is what each round trip takes longer under a fault that slows.
	Delay time.Duration
}

// End is when the fault is undone.
func (f Fault) End() time.Duration { return f.At + f.For }

// KnownFault is a fault that a scenario may schedule.
type KnownFault struct {
	Name string
	// Lasts tells that it needs a time to last.
	Lasts bool
	// Slows tells that it has a delay.
	Slows bool
}

func (r *reader) faults(path string, n *yaml.Node, into *[]Fault, known Known) {
	if n.Kind != yaml.SequenceNode {
		r.problem(n.Line, path, "%s given where a list of faults is wanted, for example [{fault: pooler_pause, at: 10s, for: 3s}]", kindOf(n))
		return
	}
	names := make([]string, len(known.Faults))
	for i, k := range known.Faults {
		names[i] = k.Name
	}
	for i, item := range n.Content {
		at := join(path, strconv.Itoa(i))
		r.lines[at] = item.Line
		var f Fault
		duration := func(example string, into *time.Duration) func(string, *yaml.Node) {
			return func(p string, n *yaml.Node) { withUnit(r, p, n, "a duration such as "+example, parseDuration, into) }
		}
		before := len(r.problems)
		r.mapping(at, item,
			field{"fault", true, func(p string, n *yaml.Node) {
				if name, ok := r.scalar(p, n, "the name of a fault", "!!str"); ok && !slices.Contains(names, name) {
					r.problem(n.Line, p, "%s", unknownName("fault", name, names))
				} else {
					f.Name = name
				}
			}},
			field{"at", true, duration("10s", &f.At)},
			field{"for", false, duration("3s", &f.For)},
			field{"delay", false, duration("50ms", &f.Delay)},
		)
		if kind := slices.Index(names, f.Name); kind >= 0 && len(r.problems) == before {
			r.fault(at, f, known.Faults[kind])
		}
		*into = append(*into, f)
	}
}

// fault holds the fields of one fault against what it is.
func (r *reader) fault(at string, f Fault, k KnownFault) {
	switch {
	case k.Lasts && f.For <= 0:
		r.at(join(at, "for"), "%s lasts: say for how long, for example 3s", f.Name)
	case !k.Lasts && f.For != 0:
		r.at(join(at, "for"), "%s is over at once: remove it", f.Name)
	}
	switch {
	case k.Slows && (f.Delay <= 0 || f.Delay > 10*time.Second):
		r.at(join(at, "delay"), "%s needs a delay of up to 10s, for example 50ms", f.Name)
	case !k.Slows && f.Delay != 0:
		r.at(join(at, "delay"), "%s has no delay: remove it", f.Name)
	}
}

// compareFaults holds that the faults come one after the other and within the
// load: what follows from two at once could be told of neither.
func (r *reader) compareFaults(path, load string, faults []Fault, length time.Duration) {
	if !r.sound(path) {
		return
	}
	for i, f := range faults {
		at := join(path, strconv.Itoa(i))
		if r.sound(load) && (f.At >= length || f.End() > length) {
			r.at(at, "%s from %s to %s goes beyond the load, which ends at %s: the answers after a fault belong to it too", f.Name, f.At, f.End(), length)
		}
		if i > 0 && f.At < faults[i-1].End() {
			r.at(at, "%s at %s begins before %s ends at %s: put one after the other, in order", f.Name, f.At, faults[i-1].Name, faults[i-1].End())
		}
	}
}
