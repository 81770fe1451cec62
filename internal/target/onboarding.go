package target

import (
	"fmt"
	"slices"
	"strings"
)

// Onboarding is how the target takes a tenant in: steps in order, each of which may be done again, so that one that was interrupted is begun
// anew.
type Onboarding struct {
	Texts []OnboardingText `yaml:"texts"`
	Steps []OnboardingStep `yaml:"steps"`
	Asks  []OnboardingAsk  `yaml:"asks"`
}

// OnboardingText is a text that scripts find in the setting onboarding.NAME: that by which rows of a column are seeded, as a tenant's own.
type OnboardingText struct {
	Name   string `yaml:"name"`
	Column string `yaml:"column"` // schema.table.column with a template in seed.yaml
}

// OnboardingStep is one step: a script of SQL, or a key to a service.
type OnboardingStep struct {
	Name  string `yaml:"name"`
	Doc   string `yaml:"doc"`
	Needs string `yaml:"needs"` // the service without which there is nothing to do

	Role string `yaml:"role"` // who runs SQL
	SQL  string `yaml:"sql"`  // a script in sql/; it finds the tenant in the setting onboarding.tenant

	// Rows are the tables, schema.table, in which a script makes rows, and how many. All scripts are given the ids that these are to have.
	Rows map[string]int `yaml:"rows"`

	Key string `yaml:"key"` // the service that makes an API key for the tenant's user

	// Opens says that from the end of this step on the tenant is served.
	Opens bool `yaml:"opens"`
}

// OnboardingAsk is a request of the tenant's user.
type OnboardingAsk struct {
	Service string `yaml:"service"`
	Method  string `yaml:"method"`
	Path    string `yaml:"path"` // may have {schema.table} in it, the id of the new tenant's first row
	Body    string `yaml:"body"`
	// Shows is the table of which the answer to the new tenant has all ids and no others. Before the onboarding the answer must be one of Refused.
	Shows string `yaml:"shows"`
	// Foreign asks as another tenant's user instead, with its own credentials, for what is the new tenant's: the answer must be one of Refused.
	Foreign bool   `yaml:"foreign"`
	Refused []int  `yaml:"refused"`
	Channel string `yaml:"channel"` // of the finding
}

// check finds steps that could do nothing, and roles, tables and texts that nobody knows.
func (o *Onboarding) check(t Target) error {
	if o == nil {
		return nil
	}
	fail := func(format string, args ...any) error {
		return fmt.Errorf("target %q: onboarding: %s", t.Name, fmt.Sprintf(format, args...))
	}
	rows := map[string]int{}
	for _, x := range o.Texts {
		if _, ok := t.template(x.Column); !ok || x.Name == "" {
			return fail("text %q: %q has no template in seed.yaml", x.Name, x.Column)
		}
	}
	opens := 0
	for _, s := range o.Steps {
		if (s.SQL == "") == (s.Key == "") {
			return fail("step %q must have exactly one of sql and key", s.Name)
		}
		if s.SQL != "" && !slices.Contains(t.Logins(), s.Role) {
			return fail("step %q: %q is no role of the target that may log in", s.Name, s.Role)
		}
		if s.Opens {
			opens++
		}
		for table, count := range s.Rows {
			if count < 1 || rows[table] > 0 || s.SQL == "" {
				return fail("step %q: %s: rows of a table are made by one script, and at least one", s.Name, table)
			}
			rows[table] = count
		}
	}
	if len(rows) == 0 {
		return fail("no step says in which tables a new tenant has rows")
	}
	if opens != 1 {
		return fail("one step must open the tenant's door, not %d", opens)
	}
	for _, a := range o.Asks {
		if a.Service == "" || a.Method == "" || a.Path == "" || len(a.Refused) == 0 || a.Channel == "" || a.Foreign == (a.Shows != "") {
			return fail("ask %s %s wants service, method, path, refused, channel, and either shows or foreign", a.Method, a.Path)
		}
		if a.Shows != "" && rows[a.Shows] == 0 {
			return fail("ask %s %s shows %s, of which a new tenant has no rows", a.Method, a.Path, a.Shows)
		}
	}
	return nil
}

// template is that by which a column is seeded.
func (t Target) template(column string) (string, bool) {
	i := strings.LastIndexByte(column, '.')
	if i < 0 {
		return "", false
	}
	hint := t.Seed.Tables[column[:i]].Columns[column[i+1:]]
	return hint.Template, hint.Template != ""
}

// Text is an onboarding's text for a tenant that is known by a mark.
func (t Target) Text(x OnboardingText, mark string) string {
	text, _ := t.template(x.Column)
	return strings.ReplaceAll(text, "{token}", mark)
}
