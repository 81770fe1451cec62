package target

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"time"
)

// Removal is how the target removes a tenant: steps in order, each of which may be done again, so that a removal that was interrupted is
// begun anew.
type Removal struct {
	Names  []RemovalNames `yaml:"names"`
	Steps  []RemovalStep  `yaml:"steps"`
	Uses   []RemovalUse   `yaml:"uses"`
	Leaves []RemovalLeft  `yaml:"leaves"`
}

// RemovalNames is a statement that gives words by which keys and files name the tenant. It is asked before the first step.
type RemovalNames struct {
	Role   string `yaml:"role"`
	Become string `yaml:"become"` // a role that Role becomes for it
	SQL    string `yaml:"sql"`    // a file in sql/
	Needs  string `yaml:"needs"`  // the service without which there is nothing to ask for
}

// RemovalStep is one step: a script of SQL, keys of the cache, files of a service, or a wait.
type RemovalStep struct {
	Name  string `yaml:"name"`
	Doc   string `yaml:"doc"`
	Needs string `yaml:"needs"` // the service without which there is nothing to do

	Role string `yaml:"role"` // who runs SQL
	SQL  string `yaml:"sql"`  // a script in sql/; it finds the tenant in the setting removal.tenant

	Keys     string `yaml:"keys"`     // pattern of Redis; of the keys that it fits, those go that name the tenant or hold what is the tenant's
	Database int    `yaml:"database"` // of Redis

	Files string `yaml:"files"` // the service of whose files and folders those go that are named after something of the tenant's

	Wait time.Duration `yaml:"wait"`

	// Shuts says that from the end of this step on nobody new is let in: the time until the last use is refused counts from here.
	Shuts bool `yaml:"shuts"`
}

// RemovalUse is a request of the tenant's user. All are made before the removal, so that there is something to remove; those with Refused are
// made again after it.
type RemovalUse struct {
	Service string `yaml:"service"`
	Method  string `yaml:"method"`
	// Path may have {schema.table} in it, the id of a row of the tenant's, and {n}, another number at each request. So may Body.
	Path    string        `yaml:"path"`
	Body    string        `yaml:"body"`
	File    string        `yaml:"file"`    // name of a small text file to upload as the form's field "file"; it has the tenant's mark in it
	Refused []int         `yaml:"refused"` // statuses of which one must come after the removal
	Within  time.Duration `yaml:"within"`  // how long after Shuts at most it may be served; asked all the while
	Channel string        `yaml:"channel"` // of the finding where it is not refused
}

// RemovalLeft is a table whose rows of a removed tenant stay on purpose.
type RemovalLeft struct {
	Table  string `yaml:"table"`
	Reason string `yaml:"reason"`
}

// Stays tells whether a table keeps a removed tenant's rows on purpose.
func (r *Removal) Stays(table string) bool {
	return slices.ContainsFunc(r.Leaves, func(l RemovalLeft) bool { return l.Table == table })
}

// check finds steps that could do nothing, and roles that nobody knows.
func (r *Removal) check(t Target) error {
	if r == nil {
		return nil
	}
	fail := func(format string, args ...any) error {
		return fmt.Errorf("target %q: removal: %s", t.Name, fmt.Sprintf(format, args...))
	}
	for _, n := range r.Names {
		if n.SQL == "" || !slices.Contains(t.Logins(), n.Role) {
			return fail("names want a file of SQL and a role of the target that may log in")
		}
	}
	for _, s := range r.Steps {
		kinds := 0
		for _, given := range []bool{s.SQL != "", s.Keys != "", s.Files != "", s.Wait > 0} {
			if given {
				kinds++
			}
		}
		if kinds != 1 {
			return fail("step %q must have exactly one of sql, keys, files and wait", s.Name)
		}
		if s.SQL != "" && !slices.Contains(t.Logins(), s.Role) {
			return fail("step %q: %q is no role of the target that may log in", s.Name, s.Role)
		}
		if _, err := path.Match(s.Keys, ""); err != nil {
			return fail("step %q: %q is no pattern of keys", s.Name, s.Keys)
		}
	}
	for _, u := range r.Uses {
		if cmp.Or(u.Service, u.Path) == "" || u.Method == "" || len(u.Refused) > 0 && u.Channel == "" {
			return fail("use %s %s wants service, method and path, and a channel where it must be refused", u.Method, u.Path)
		}
	}
	for _, l := range r.Leaves {
		if l.Table == "" || l.Reason == "" {
			return fail("what it leaves wants a table and a reason")
		}
	}
	return nil
}
