// Package mutants holds small changes to a healthy deployment, each of which opens a door to other tenants' data, or on purpose none: the
// files of sql/mutants, or of a folder of a team's own. It reads them and changes nothing; drill applies them.
package mutants

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/engardehq/bulkhead/sql"
)

// Scope is what a mutant changes, and with it what has to be undone.
type Scope string

// The scopes. A database's changes go away with the clone that they were made on; the others are undone.
const (
	Database Scope = "database"
	Cluster  Scope = "cluster" // roles, parameters and slots, which all databases share
	Pooler   Scope = "pooler"  // pgbouncer.ini
	Redis    Scope = "redis"
	App      Scope = "app"      // what the application itself does: operations and the statement that sets the tenant
	Backend  Scope = "backend"  // how the backend is built and started
	Langflow Scope = "langflow" // how Langflow is started, and its rows
)

// Scopes are all of them.
var Scopes = []Scope{Database, Cluster, Pooler, Redis, App, Backend, Langflow}

// Mutant is one change. Apply and Undo are scripts that run one after the other: SQL for database and cluster, commands of redis-cli for
// redis, and for the others lines of "setting = value".
type Mutant struct {
	ID         string
	Channel    string // that it opens, and by which it should be noticed
	Scope      Scope
	Doc        string
	Benign     string // why it opens nothing: it must raise nothing
	Equivalent string // why it changes nothing that matters: it is listed and not judged
	Dose       Dose   // of one that leaks now and then
	Operation  string // of the load, that draws the dose once in each execution that reaches
	Apply      []string
	Undo       []string
	File       string
}

// Dose is a chance, 0 for a mutant that leaks always.
type Dose float64

// Leaks tells whether the mutant must be noticed.
func (m *Mutant) Leaks() bool { return m.Benign == "" && m.Equivalent == "" && m.Dose == 0 }

// Shipped are the mutants of sql/mutants, by id.
func Shipped() ([]Mutant, error) { return Load(sql.FS, "mutants", "sql/mutants") }

// Load reads all .sql files of a folder, none where it isn't there. All mistakes are told at once; shown is the folder's name in messages.
func Load(folder fs.FS, dir, shown string) (all []Mutant, err error) {
	files, err := fs.Glob(folder, path.Join(dir, "*.sql"))
	if err != nil {
		return nil, fmt.Errorf("mutants: %w", err)
	}
	var wrong []string
	for _, file := range files {
		text, err := fs.ReadFile(folder, file)
		if err != nil {
			return nil, fmt.Errorf("mutants: %w", err)
		}
		m, problems := parse(strings.TrimSuffix(path.Base(file), ".sql"), string(text))
		m.File = path.Join(shown, path.Base(file))
		for _, p := range problems {
			wrong = append(wrong, m.File+":"+p)
		}
		all = append(all, m)
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("mutants:\n%s", strings.Join(wrong, "\n"))
	}
	return all, nil
}

// parse reads one file: a header of comments, then the sections "-- apply" and "-- undo", of each as many as are to run by themselves. A
// problem is "line: field: what".
func parse(name, text string) (m Mutant, problems []string) {
	n := 0
	bad := func(format string, args ...any) {
		problems = append(problems, strconv.Itoa(n)+": "+fmt.Sprintf(format, args...))
	}
	var section *[]string
	for line := range strings.Lines(text) {
		n++
		switch strings.TrimSpace(line) {
		case "-- apply":
			m.Apply, section = append(m.Apply, ""), &m.Apply
			continue
		case "-- undo":
			m.Undo, section = append(m.Undo, ""), &m.Undo
			continue
		}
		switch comment, isComment := strings.CutPrefix(line, "-- "); {
		case section != nil:
			(*section)[len(*section)-1] += line
		case isComment:
			if what := m.field(comment); what != "" {
				bad("%s", what)
			}
		case strings.TrimSpace(line) != "":
			bad("%q comes before the section -- apply", strings.TrimSpace(line))
		}
	}
	n = 1
	m.check(name, bad)
	return m, problems
}

func (m *Mutant) field(comment string) (problem string) {
	key, value, _ := strings.Cut(comment, ":")
	value = strings.TrimSpace(value)
	texts := map[string]*string{"id": &m.ID, "channel": &m.Channel, "doc": &m.Doc, "benign": &m.Benign, "equivalent": &m.Equivalent, "operation": &m.Operation}
	switch into, ok := texts[key]; {
	case ok:
		*into = value
	case key == "scope":
		m.Scope = Scope(value)
	case key == "dose":
		one, of, ok := strings.Cut(value, "/")
		k, err1 := strconv.ParseFloat(one, 64)
		n, err2 := strconv.ParseFloat(of, 64)
		if !ok || err1 != nil || err2 != nil || k <= 0 || k >= n {
			return fmt.Sprintf("dose: %q; want a chance like 1/1000", value)
		}
		m.Dose = Dose(k / n)
	default:
		return fmt.Sprintf("%s: no such field; want id, channel, scope, doc, benign, equivalent, dose or operation", key)
	}
	return ""
}

func (m *Mutant) check(name string, bad func(format string, args ...any)) {
	if m.ID != name {
		bad("id: %q; want the name of the file, %s", m.ID, name)
	}
	for field, value := range map[string]string{"channel": m.Channel, "doc": m.Doc} {
		if value == "" {
			bad("%s: is missing", field)
		}
	}
	if !slices.Contains(Scopes, m.Scope) {
		bad("scope: %q; want one of %v", m.Scope, Scopes)
	}
	if m.Benign != "" && m.Equivalent != "" {
		bad("benign and equivalent: want one of them")
	}
	if (m.Dose > 0) != (m.Operation != "") {
		bad("dose and operation: want both or none")
	}
	if m.Dose > 0 && m.Scope != Database {
		bad("dose: only with scope database")
	}
	if len(m.Apply) == 0 {
		bad("-- apply: there is no such section")
	}
	if m.Scope == Cluster && len(m.Undo) == 0 {
		bad("-- undo: there is no such section, and what all databases share stays")
	}
	if len(m.Undo) > 0 && m.Scope != Cluster && m.Scope != Redis {
		bad("-- undo: nobody would run it; of scope %s all is undone by itself", m.Scope)
	}
	if m.settings() {
		for _, script := range m.Apply {
			if _, err := Settings(script); err != nil {
				bad("-- apply: %v", err)
			}
		}
	}
}

// settings tells whether the mutant consists of them.
func (m *Mutant) settings() bool {
	return m.Scope == Pooler || m.Scope == App || m.Served()
}

// Served tells whether the mutant is one of a service that tenants' users speak to.
func (m *Mutant) Served() bool { return m.Scope == Backend || m.Scope == Langflow }

// Settings are all that the mutant consists of, where it consists of settings.
func (m *Mutant) Settings() (all []Setting) {
	for _, script := range m.Apply {
		some, err := Settings(script)
		if err != nil {
			return nil // refused when it was loaded
		}
		all = append(all, some...)
	}
	return all
}

// Setting is one line of such a mutant.
type Setting struct{ Name, Value string }

// Settings reads lines of "setting = value".
func Settings(script string) (all []Setting, err error) {
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, fmt.Errorf("%q; want setting = value", line)
		}
		all = append(all, Setting{strings.TrimSpace(name), strings.TrimSpace(value)})
	}
	return all, nil
}
