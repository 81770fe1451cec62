package target

import (
	"io/fs"
	"path"
	"strings"
)

// difference is a file of a target's layouts/: what is otherwise there than in target.yaml. Fields not given are as there.
type difference struct {
	Doc     string            `yaml:"doc"`
	Schemas []string          `yaml:"schemas"`
	Moved   map[string]string `yaml:"moved"` // schema -> where its tables are instead
	Tenancy *Tenancy          `yaml:"tenancy"`
	Roles   []Role            `yaml:"roles"`
	Audit   *Audit            `yaml:"audit"`
	Matrix  []Right           `yaml:"matrix"`
}

// LoadLayout reads a target as another layout than its own has it: layouts/NAME.yaml over target.yaml. Such a layout is there to be
// measured: what target.yaml excuses, removes or departs from doesn't apply to it.
func LoadLayout(folder fs.FS, dir, layout string) (Target, error) {
	t, err := read(folder, dir)
	if err != nil {
		return Target{}, err
	}
	var d difference
	if err := ReadStrict(folder, path.Join(dir, "layouts", layout+".yaml"), &d); err != nil {
		return Target{}, err
	}
	t.Departures, t.Removal, t.Backup, t.Onboarding = nil, nil, nil, nil
	t.Exceptions = lookups(t.Exceptions)
	t.Doc, t.Roles, t.Matrix = d.Doc, d.Roles, d.Matrix
	if d.Schemas != nil {
		t.Schemas = d.Schemas
	}
	if d.Tenancy != nil {
		t.Tenancy = *d.Tenancy
	}
	if d.Audit != nil {
		t.Audit = *d.Audit
	}
	t.move(d.Moved)
	return t, t.check()
}

// lookups are the exceptions that hold whoever the roles are: tables that all tenants share.
func lookups(all []Exception) (shared []Exception) {
	for _, e := range all {
		if e.Role == "" && e.Policy == "" && e.Key == "" {
			shared = append(shared, e)
		}
	}
	return shared
}

// move renames tables in all that names them, where they are in another schema.
func (t *Target) move(moved map[string]string) {
	for from, to := range moved {
		in := func(name string) string {
			if rest, ok := strings.CutPrefix(name, from+"."); ok {
				return to + "." + rest
			}
			return name
		}
		for i := range t.Paths {
			p := &t.Paths[i]
			p.Table = in(p.Table)
			for j, hop := range p.Through {
				p.Through[j] = strings.ReplaceAll(hop, " "+from+".", " "+to+".")
			}
		}
		t.Seed.move(in)
	}
}

func (s *Seed) move(in func(string) string) {
	references, tables, lacking := map[string]string{}, map[string]SeedTable{}, map[string][]string{}
	for column, table := range s.References {
		references[in(column)] = in(table)
	}
	for name, hints := range s.Tables {
		for column, hint := range hints.Columns {
			hint.Table = in(hint.Table)
			hints.Columns[column] = hint
		}
		tables[in(name)] = hints
	}
	for version, names := range s.Lacking {
		for _, name := range names {
			lacking[version] = append(lacking[version], in(name))
		}
	}
	s.References, s.Tables, s.Lacking = references, tables, lacking
}
