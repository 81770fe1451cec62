package scenarios

import (
	"errors"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Gate is what has to hold before a change may go on: a file of its own, beside
// the scenarios, which every run of the change is held against.
type Gate struct {
	Name, Doc string
	// Objectives come on top of the scenario's: what is 0, nil or NotSet stays
	// as the scenario has it. A looser one changes nothing.
	Objectives Objectives
	// Channels have to be checked, and pass.
	Channels []string
	Allowed  []Allowance
	// Baseline is nil where runs aren't compared with earlier ones.
	Baseline *Baseline
	// RepeatWithin is how long `run` may take in all for repeating what is
	// inconclusive; 0 means that nothing is repeated.
	RepeatWithin time.Duration
}

// NotSet stands in a gate for Errors and Drops that it doesn't limit, since 0 is
// a limit.
const NotSet = -1

// Allowance lets findings pass for a while.
type Allowance struct {
	Line    int
	Channel string
	// Where is the place of the finding as reports have it; * stands for any text.
	Where  string
	Owner  string
	Reason string
	// Expires is the last day, in UTC, on which it holds.
	Expires time.Time
}

// Covers tells whether a finding of this channel and place is meant.
func (a Allowance) Covers(channel, where string) bool {
	return a.Channel == channel && globbed(a.Where).MatchString(where)
}

// Expired tells whether its last day is over.
func (a Allowance) Expired(now time.Time) bool { return !now.UTC().Before(a.Expires.AddDate(0, 0, 1)) }

func globbed(pattern string) *regexp.Regexp {
	return regexp.MustCompile("^(?s:" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + ")$")
}

// Baseline is the runs that a change is compared with, and how.
type Baseline struct {
	// Runs is a folder of run documents; a relative one counts from the gate file.
	Runs string
	// The floors and lists are nil where the comparison's own hold.
	Floor       *float64
	FloorTime   *time.Duration
	Judge       []string
	Allow       []string
	FloorErrors *float64
}

// GateKnown is what a gate may name.
type GateKnown struct {
	Ops, HTTPOps, Channels []string
	// Measures and Keys are those of comparisons.
	Measures, Keys []string
}

// OpenGate reads a gate file. Each error is an *InvalidError with all that is
// wrong in it.
func OpenGate(file string, known GateKnown) (Gate, error) {
	data, err := readFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return Gate{}, &InvalidError{Problems: []Problem{{File: file, Problem: "no such file; a gate is a file of yours, see \"A gate for CI\" in the README"}}, cause: err}
	}
	if err != nil {
		return Gate{}, err
	}
	return LoadGate(file, data, known)
}

// LoadGate checks the text of a gate; file is how problems name it.
func LoadGate(file string, data []byte, known GateKnown) (Gate, error) {
	r := &reader{file: file, lines: map[string]int{}, kind: "gate", needs: "a name, and one of objectives, channels, allowed and baseline"}
	g := Gate{Objectives: Objectives{Errors: NotSet, Drops: NotSet}}
	if root := r.document(data); root != nil {
		r.gate(root, &g, known)
	}
	if len(r.problems) > 0 {
		return Gate{}, invalid(r.problems)
	}
	if b := g.Baseline; b != nil && !filepath.IsAbs(b.Runs) {
		b.Runs = filepath.Join(filepath.Dir(file), b.Runs)
	}
	return g, nil
}

func (r *reader) gate(n *yaml.Node, g *Gate, known GateKnown) {
	r.mapping("", n,
		field{"name", true, func(p string, n *yaml.Node) {
			if r.text(p, n, &g.Name); g.Name != "" && !namePattern.MatchString(g.Name) {
				r.problem(n.Line, p, "%q must be of a-z, 0-9, - and _, 64 letters at most", g.Name)
			}
		}},
		field{"doc", false, func(p string, n *yaml.Node) { r.text(p, n, &g.Doc) }},
		field{"objectives", false, func(p string, n *yaml.Node) {
			r.objectives(p, n, &g.Objectives, Known{Ops: known.Ops, HTTPOps: known.HTTPOps})
		}},
		field{"channels", false, func(p string, n *yaml.Node) { r.names(p, n, "channel", known.Channels, &g.Channels) }},
		field{"allowed", false, func(p string, n *yaml.Node) {
			r.items(p, n, "[{channel: A04, where: ..., owner: ..., reason: ..., expires: 2027-01-31}]", func(at string, item *yaml.Node) {
				g.Allowed = append(g.Allowed, r.allowance(at, item, known))
			})
		}},
		field{"baseline", false, func(p string, n *yaml.Node) {
			g.Baseline = &Baseline{}
			r.baseline(p, n, g.Baseline, known)
		}},
		field{"repeat_within", false, func(p string, n *yaml.Node) {
			withUnit(r, p, n, "a duration such as 30m", parseDuration, &g.RepeatWithin)
		}},
	)
}

func (r *reader) allowance(path string, n *yaml.Node, known GateKnown) (a Allowance) {
	a.Line = n.Line
	r.mapping(path, n,
		field{"channel", true, func(p string, n *yaml.Node) { r.name(p, n, "channel", known.Channels, &a.Channel) }},
		field{"where", true, func(p string, n *yaml.Node) {
			if r.text(p, n, &a.Where); a.Where != "" && strings.Trim(a.Where, "*") == "" {
				r.problem(n.Line, p, "%q would allow whatever comes: name the place as the report has it, with * for a part of it", a.Where)
			}
		}},
		field{"owner", true, func(p string, n *yaml.Node) { r.text(p, n, &a.Owner) }},
		field{"reason", true, func(p string, n *yaml.Node) { r.text(p, n, &a.Reason) }},
		field{"expires", true, func(p string, n *yaml.Node) {
			s, ok := r.scalar(p, n, "a date such as 2027-01-31", "!!str", "!!timestamp")
			if !ok {
				return
			}
			day, err := time.Parse(time.DateOnly, s)
			if err != nil {
				r.problem(n.Line, p, "%q is not a date such as 2027-01-31", s)
			}
			a.Expires = day
		}},
	)
	return a
}

func (r *reader) baseline(path string, n *yaml.Node, b *Baseline, known GateKnown) {
	r.mapping(path, n,
		field{"runs", true, func(p string, n *yaml.Node) { r.text(p, n, &b.Runs) }},
		field{"floor", false, func(p string, n *yaml.Node) { r.share(p, n, &b.Floor) }},
		field{"floor_time", false, func(p string, n *yaml.Node) {
			var d time.Duration
			withUnit(r, p, n, "a duration such as 1ms", parseDuration, &d)
			b.FloorTime = &d
		}},
		field{"floor_errors", false, func(p string, n *yaml.Node) { r.share(p, n, &b.FloorErrors) }},
		field{"judge", false, func(p string, n *yaml.Node) { r.names(p, n, "measure", known.Measures, &b.Judge) }},
		field{"allow", false, func(p string, n *yaml.Node) { r.names(p, n, "difference", known.Keys, &b.Allow) }},
	)
}

// items gives each item of a list that isn't empty.
func (r *reader) items(path string, n *yaml.Node, example string, each func(at string, item *yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		r.problem(n.Line, path, "%s given where a list is wanted, for example %s", kindOf(n), example)
		return
	}
	if len(n.Content) == 0 {
		r.problem(n.Line, path, "is empty: remove it, or list something")
	}
	for i, item := range n.Content {
		at := join(path, strconv.Itoa(i))
		r.lines[at] = item.Line
		each(at, item)
	}
}

// names reads a list of valid names, each once.
func (r *reader) names(path string, n *yaml.Node, what string, valid []string, into *[]string) {
	r.items(path, n, "["+strings.Join(valid[:min(2, len(valid))], ", ")+"]", func(at string, item *yaml.Node) {
		var name string
		if r.name(at, item, what, valid, &name); name == "" {
			return
		}
		if slices.Contains(*into, name) {
			r.problem(item.Line, at, "%s is listed twice", name)
			return
		}
		*into = append(*into, name)
	})
}

func (r *reader) name(path string, n *yaml.Node, what string, valid []string, into *string) {
	s, ok := r.scalar(path, n, "the name of a "+what, "!!str")
	switch {
	case !ok:
	case !slices.Contains(valid, s):
		r.problem(n.Line, path, "%s", unknownName(what, s, valid))
	default:
		*into = s
	}
}
