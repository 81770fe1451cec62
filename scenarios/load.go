package scenarios

import (
	"bytes"
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// defaultServices may be left out where the caller doesn't say otherwise.
var defaultServices = []string{"backend", "langflow", "pgbouncer", "redis"}

var (
	namePattern  = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)
	tablePattern = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}\.[a-z_][a-z0-9_]{0,62}$`)
)

// Load checks the text of a scenario; file is how problems name it. An error
// is an *InvalidError that holds all the problems.
func Load(file string, data []byte, known Known) (Scenario, error) {
	r := &reader{file: file, lines: map[string]int{}}
	s := withDefaults()
	root := r.document(data)
	if root != nil {
		r.scenario(root, &s, known)
		r.compare(s)
		s.Load.settle()
		if s.HTTP != nil {
			s.HTTP.settle()
		}
	}
	if len(r.problems) > 0 {
		return Scenario{}, invalid(r.problems)
	}
	return s, nil
}

// document parses the text into the one tree it must hold, or gives nil.
func (r *reader) document(data []byte) *yaml.Node {
	if len(data) > maxBytes {
		r.problem(1, "", "is larger than %d kB: this is no %s", maxBytes>>10, orText(r.kind, "scenario"))
		return nil
	}
	if line, bad := firstBadByte(data); bad {
		r.problem(line, "", "is not text in UTF-8 here")
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		r.problem(1, "", "can't be read as YAML: %s", err)
		return nil
	}
	var documents []*yaml.Node
	for len(documents) < 2 {
		var n yaml.Node
		if err := loader.Load(&n); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			r.syntax(err)
			return nil
		}
		documents = append(documents, &n)
	}
	if len(documents) > 1 {
		r.problem(documents[1].Line, "", "a second document begins here: keep one %s a file", orText(r.kind, "scenario"))
	}
	if len(documents) == 0 || len(documents[0].Content) == 0 {
		if r.needs != "" {
			r.problem(1, "", "is empty: a %s needs %s", r.kind, r.needs)
			return nil
		}
		r.problem(1, "", "is empty: a scenario needs at least name, target, tenants, rows, load and objectives; start from one that ships (%s)", strings.Join(Shipped(), ", "))
		return nil
	}
	root := documents[0].Content[0]
	if !r.plain(root) {
		return nil
	}
	return root
}

// syntax words an error of the YAML parser with its line.
func (r *reader) syntax(err error) {
	var at *yaml.LoadError
	if !errors.As(err, &at) {
		r.problem(1, "", "can't be read as YAML: %s", err)
		return
	}
	line := at.Mark.Line
	if at.ContextMark.Line > 0 {
		// Where the construct began is nearer to the slip than where the
		// parser gave up, which may be the end of the file.
		line = at.ContextMark.Line
	}
	message := at.Message
	if at.ContextMsg != "" {
		message = at.ContextMsg + ": " + message
	}
	r.problem(line, "", "is not valid YAML: %s", message)
}

// plain refuses anchors and aliases. A scenario has no use for them, and
// without them no file can grow beyond its own size.
func (r *reader) plain(root *yaml.Node) bool {
	before := len(r.problems)
	for todo := []*yaml.Node{root}; len(todo) > 0; {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if n.Anchor != "" {
			r.problem(n.Line, "", "the anchor &%s is not allowed: write the value out where it is needed", n.Anchor)
		}
		if n.Kind == yaml.AliasNode {
			r.problem(n.Line, "", "the alias *%s is not allowed: write its value out", n.Value)
		}
		todo = append(todo, n.Content...)
	}
	return len(r.problems) == before
}

func (r *reader) scenario(n *yaml.Node, s *Scenario, known Known) {
	r.mapping("", n,
		field{"name", true, func(p string, n *yaml.Node) {
			if r.text(p, n, &s.Name); s.Name != "" && !namePattern.MatchString(s.Name) {
				r.problem(n.Line, p, "%q must be of a-z, 0-9, - and _, 64 letters at most", s.Name)
			}
		}},
		field{"doc", false, func(p string, n *yaml.Node) { r.text(p, n, &s.Doc) }},
		field{"target", true, func(p string, n *yaml.Node) { r.text(p, n, &s.Target) }},
		field{"seed", false, func(p string, n *yaml.Node) {
			r.integer(p, n, 0, math.MaxUint64, func(v uint64) { s.Seed = v })
		}},
		// One tenant has nobody to be kept apart from.
		field{"tenants", true, func(p string, n *yaml.Node) {
			r.integer(p, n, 2, 1_000_000, func(v uint64) { s.Tenants = int(v) })
		}},
		field{"rows", true, func(p string, n *yaml.Node) {
			r.integer(p, n, 1, 1_000_000_000, func(v uint64) { s.Rows = int64(v) })
		}},
		field{"tables", false, func(p string, n *yaml.Node) { r.tables(p, n, s) }},
		field{"zipf", false, func(p string, n *yaml.Node) { r.number(p, n, 0, 10, false, &s.Zipf) }},
		field{"largest_tenant", false, func(p string, n *yaml.Node) {
			withUnit(r, p, n, "a share such as 5%", parseShare, &s.LargestTenant)
		}},
		field{"load", true, func(p string, n *yaml.Node) { r.load(p, n, &s.Load, known) }},
		field{"http", false, func(p string, n *yaml.Node) { r.http(p, n, s, known) }},
		// As many as there are tenants at most: a key is made for each at the first start.
		field{"langflow_users", false, func(p string, n *yaml.Node) {
			r.integer(p, n, 2, 1000, func(v uint64) { s.LangflowUsers = int(v) })
		}},
		field{"objectives", true, func(p string, n *yaml.Node) { r.objectives(p, n, &s.Objectives, known) }},
		field{"without", false, func(p string, n *yaml.Node) { r.without(p, n, s, known) }},
		field{"faults", false, func(p string, n *yaml.Node) { r.faults(p, n, &s.Faults, known) }},
		field{"attack", false, func(p string, n *yaml.Node) { choice(r, p, n, &s.Attack, NoAttack, Glance, Pairs, Full) }},
		field{"audit", false, func(p string, n *yaml.Node) { r.boolean(p, n, &s.Audit) }},
		field{"removal", false, func(p string, n *yaml.Node) { r.boolean(p, n, &s.Removal) }},
		field{"backup", false, func(p string, n *yaml.Node) { r.boolean(p, n, &s.Backup) }},
		field{"lifecycle", false, func(p string, n *yaml.Node) { r.boolean(p, n, &s.Lifecycle) }},
	)
}

func (r *reader) tables(path string, n *yaml.Node, s *Scenario) {
	s.Tables = map[string]int64{}
	r.pairs(path, n, func(table string, line int, value *yaml.Node) {
		if !tablePattern.MatchString(table) {
			r.problem(line, join(path, table), "name the table with its schema, for example langflow.transaction")
		}
		r.integer(join(path, table), value, 0, 1_000_000_000, func(v uint64) { s.Tables[table] = int64(v) })
	})
}

func (r *reader) without(path string, n *yaml.Node, s *Scenario, known Known) {
	if n.Kind != yaml.SequenceNode {
		r.problem(n.Line, path, "%s given where a list of services is wanted, for example [langflow], or [] for none", kindOf(n))
		return
	}
	services := known.Services
	if len(services) == 0 {
		services = defaultServices
	}
	for i, item := range n.Content {
		at := join(path, strconv.Itoa(i))
		service, ok := r.scalar(at, item, "the name of a service", "!!str")
		switch {
		case !ok:
		case !slices.Contains(services, service):
			r.problem(item.Line, at, "%s", unknownName("service", service, services))
		case slices.Contains(s.Without, service):
			r.problem(item.Line, at, "%s is listed twice", service)
		default:
			s.Without = append(s.Without, service)
		}
	}
}

// firstBadByte finds the first line that is not plain text in UTF-8.
func firstBadByte(data []byte) (line int, bad bool) {
	line = 1
	for len(data) > 0 {
		c, size := utf8.DecodeRune(data)
		switch {
		case c == utf8.RuneError && size == 1, c < ' ' && c != '\n' && c != '\r' && c != '\t':
			return line, true
		case c == '\n':
			line++
		}
		data = data[size:]
	}
	return 0, false
}
