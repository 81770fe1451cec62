package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// hit is one thing that a check found.
type hit struct {
	object string // schema.name, or what else it is called
	role   string // "" where no role plays a part
	what   string // of the object
	why    string
	mend   string // SQL

	evidence string // how it shows
}

const (
	objectsNamed  = 5  // of one finding, in its first line
	evidenceKept  = 20 // of one finding
	mendsOfOneRun = 40 // of one finding
)

// report makes findings of hits. Those that differ in their object alone have one cause and are one finding.
func (a *audit) report(channel string, severity result.Severity, hits []hit) {
	var groups [][]hit
	for _, h := range hits {
		i := slices.IndexFunc(groups, func(g []hit) bool { return g[0].what == h.what && g[0].role == h.role })
		if i < 0 {
			groups, i = append(groups, nil), len(groups)
		}
		groups[i] = append(groups[i], h)
	}
	for _, g := range groups {
		var objects, mends []string
		f := result.Finding{Channel: channel, Severity: severity, Count: int64(len(g))}
		for _, h := range g {
			objects = append(objects, h.object)
			if !slices.Contains(mends, h.mend) && len(mends) < mendsOfOneRun {
				mends = append(mends, h.mend)
			}
			if detail := strings.TrimPrefix(h.object+": "+h.evidence, ": "); (h.evidence != "" || len(g) > objectsNamed) && len(f.Evidence) < evidenceKept {
				f.Evidence = append(f.Evidence, result.Evidence{Table: h.object, Detail: strings.TrimSuffix(detail, ": ")})
			}
		}
		f.Where = named(objects)
		f.What = f.Where + ": " + g[0].what
		if strings.Contains(g[0].what, f.Where) {
			f.What = g[0].what
		}
		if g[0].why != "" {
			f.What += "; " + g[0].why
		}
		if g[0].role != "" && g[0].role != f.Where {
			f.Where += ", " + g[0].role
		}
		f.Fix = strings.Join(mends, " ")
		a.findings = append(a.findings, f)
		if severity != result.Note {
			a.hits[channel] += f.Count
		}
	}
}

// named lists the first objects and counts the others.
func named(objects []string) string {
	slices.Sort(objects)
	objects = slices.Compact(objects)
	if len(objects) <= objectsNamed {
		return strings.Join(objects, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(objects[:objectsNamed], ", "), len(objects)-objectsNamed)
}
