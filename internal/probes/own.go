package probes

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Own is a probe in a file: one statement, tried as a confined role that acts for a tenant.
type Own struct {
	File    string
	Channel string
	Role    string // "" for every confined role
	Expect  string // one of expectations
	What    string // to say what succeeded: "reads files on the server"
	Mend    string // SQL; {role} stands for the role
	SQL     string // may have $1, the attacker, and $2, the victim
}

// What a probe in a file may expect.
var expectations = []string{"no foreign rows", "refused 42501", "same answer"}

// LoadOwn reads a folder's *.sql. Each begins with comments: "-- channel: S05", "-- role: app" where it is for one role, and
// "-- expect: no foreign rows", "refused 42501" or "same answer"; "-- what:" and "-- mend:" word the finding. A folder that isn't there has none. All mistakes are told at once.
func LoadOwn(folder fs.FS, dir string) (all []Own, err error) {
	names, err := fs.Glob(folder, path.Join(dir, "*.sql"))
	if err != nil {
		return nil, fmt.Errorf("probes: %w", err)
	}
	var wrong []error
	for _, name := range names {
		data, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, fmt.Errorf("probes: %w", err)
		}
		one, mistakes := parseOwn(name, string(data))
		wrong = append(wrong, mistakes...)
		all = append(all, one)
	}
	return all, errors.Join(wrong...)
}

func parseOwn(name, data string) (one Own, wrong []error) {
	one = Own{File: name}
	for i, line := range strings.Split(data, "\n") {
		comment, found := strings.CutPrefix(strings.TrimSpace(line), "--")
		if !found {
			if strings.TrimSpace(line) != "" {
				break
			}
			continue
		}
		field, value, _ := strings.Cut(comment, ":")
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(field) {
		case "channel":
			one.Channel = value
		case "role":
			one.Role = value
		case "what":
			one.What = value
		case "mend":
			one.Mend = value
		case "expect":
			one.Expect = value
			if !slices.Contains(expectations, value) {
				wrong = append(wrong, fmt.Errorf("%s:%d: expect: %q; want %s", name, i+1, value, strings.Join(expectations, ", ")))
			}
		}
	}
	one.SQL = strings.TrimSpace(data)
	if one.Channel == "" || one.Expect == "" {
		wrong = append(wrong, fmt.Errorf("%s:1: header: want the lines -- channel: and -- expect:", name))
	}
	return one, wrong
}
