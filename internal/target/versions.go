package target

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Settings are those of one version.
func (l Langflow) Settings(version string) map[string]string {
	all := maps.Clone(l.Env)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, l.Versions[version])
	return all
}

// For gives the hints for one version of Langflow: those of tables and columns that it lacks are left out. A name that is said to be lacking
// and that no hint is about is an error; Lacks keeps the version's own, so that a reader of the catalog can refuse one that is there.
func (s Seed) For(langflow string) (Seed, error) {
	var problems []string
	for version, names := range s.Lacking {
		for _, name := range names {
			if !s.mentions(name) {
				problems = append(problems, fmt.Sprintf("seed.yaml: lacking: %s: there is no hint about %s", version, name))
			}
		}
	}
	if len(problems) > 0 {
		slices.Sort(problems)
		return Seed{}, fmt.Errorf("%s", strings.Join(problems, "\n"))
	}
	s.Lacks, s.Lacking = s.Lacking[langflow], nil
	gone := func(name string) bool { return slices.Contains(s.Lacks, name) }
	s.References, s.Tables = maps.Clone(s.References), maps.Clone(s.Tables)
	maps.DeleteFunc(s.References, func(_, table string) bool { return gone(table) })
	maps.DeleteFunc(s.Tables, func(table string, _ SeedTable) bool { return gone(table) })
	for name, hints := range s.Tables {
		hints.Columns = maps.Clone(hints.Columns)
		maps.DeleteFunc(hints.Columns, func(column string, _ SeedColumn) bool { return gone(name + "." + column) })
		s.Tables[name] = hints
	}
	return s, nil
}

// mentions tells whether a table or column is one that the hints are about.
func (s Seed) mentions(name string) bool {
	if _, ok := s.Tables[name]; ok {
		return true
	}
	for _, table := range s.References {
		if table == name {
			return true
		}
	}
	i := strings.LastIndex(name, ".")
	if i < 0 {
		return false
	}
	_, ok := s.Tables[name[:i]].Columns[name[i+1:]]
	return ok
}
