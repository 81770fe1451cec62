package checks

import (
	"bufio"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/sql"
)

// Spec is a check that is one statement: a file with a header of comments. Each row of its answer is a hit: object, role, what is the matter,
// why that is one, and the SQL that mends it, all texts.
type Spec struct {
	Name     string
	Channel  string
	Severity result.Severity
	Doc      string
	Units    string // what is counted as looked at, one of units
	Since    int    // server_version_num from which it can run

	text   string // with $1, $2 ...
	params []string
}

// units are the kinds of thing that a check can look at.
var units = []string{"tables", "relations", "roles", "functions", "schemas", "database"}

// Shipped are the checks of sql/checks that are one statement, by name.
func Shipped() ([]Spec, error) { return Load(sql.FS, "checks") }

// Load reads the checks of a folder. Files without a header serve other purposes and are passed over; all mistakes of the others are told
// at once.
func Load(folder fs.FS, dir string) (specs []Spec, err error) {
	files, err := fs.Glob(folder, path.Join(dir, "*.sql"))
	if err != nil {
		return nil, fmt.Errorf("checks: %w", err)
	}
	var wrong []string
	for _, file := range files {
		text, err := fs.ReadFile(folder, file)
		if err != nil {
			return nil, fmt.Errorf("checks: %w", err)
		}
		s, is, problems := parse(strings.TrimSuffix(path.Base(file), ".sql"), string(text))
		for _, p := range problems {
			wrong = append(wrong, file+":"+p)
		}
		if is {
			specs = append(specs, s)
		}
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("checks:\n%s", strings.Join(wrong, "\n"))
	}
	return specs, nil
}

// parse reads one file. is tells whether it is a check at all; a problem is "line: field: what".
func parse(name, text string) (s Spec, is bool, problems []string) {
	s = Spec{Name: name, Severity: result.Weakness, Units: "database"}
	lines := bufio.NewScanner(strings.NewReader(text))
	n := 0
	bad := func(format string, args ...any) {
		problems = append(problems, fmt.Sprintf("%d: ", n)+fmt.Sprintf(format, args...))
	}
	for lines.Scan() {
		n++
		line, comment := strings.CutPrefix(lines.Text(), "-- ")
		key, value, field := strings.Cut(line, ": ")
		if !comment {
			break
		}
		value = strings.TrimSpace(value)
		switch {
		case !field || strings.Contains(key, " "):
		case key == "channel":
			s.Channel, is = value, true
		case key == "doc":
			s.Doc = value
		case key == "severity":
			s.Severity = result.Severity(value)
			if s.Severity != result.Weakness && s.Severity != result.Note {
				bad("severity: %q; want weakness or note: the catalog shows nobody's rows", value)
			}
		case key == "units":
			s.Units = value
			if !slices.Contains(units, value) {
				bad("units: %q; want one of %s", value, strings.Join(units, ", "))
			}
		case key == "since":
			var err error
			if s.Since, err = strconv.Atoi(value); err != nil {
				bad("since: %q; want a number as in server_version_num, 150000", value)
			}
		default:
			bad("%s: no such field; want channel, severity, units, since or doc", key)
		}
	}
	if !is {
		return s, false, nil
	}
	if s.Channel == "" || s.Doc == "" {
		bad("channel and doc: both must be there")
	}
	s.text, s.params = ops.NumberParams(text)
	for _, p := range s.params {
		if !slices.Contains(paramNames, p) {
			bad(":%s: no such parameter; there are :%s", p, strings.Join(paramNames, ", :"))
		}
	}
	return s, true, problems
}
