package reports

import (
	"fmt"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// lifecycle tells of the tenant that came and went while the load was on.
func lifecycle(p *printer, l *result.Lifecycle) {
	if l == nil {
		return
	}
	p.line("")
	if len(l.Onboarding.Steps) == 0 {
		p.line("Life cycle under load: no tenant was taken in: %s", l.Unknown)
		return
	}
	p.line("Life cycle under load: tenant %s taken in with %s rows in %d tables, in %.2f s; rows of %d others counted before and after",
		l.Tenant, whole(l.Onboarding.Rows), l.Onboarding.Tables, l.Onboarding.Seconds, l.Others)
	steps := make([]string, len(l.Onboarding.Steps))
	for i, s := range l.Onboarding.Steps {
		steps[i] = fmt.Sprintf("%s %.2f s", s.Name, s.Seconds)
	}
	p.line("  steps: %s", strings.Join(steps, ", "))
	for _, s := range l.Served {
		p.line("  served: %s, %.2f s after the beginning", s.What, s.Seconds)
	}
	p.line("  %s reads of tables, as each confined role, by each door, by the tenant and by others", whole(l.Reads))
	p.line("  rows that the load was answered with meanwhile: %s at the onboarding, %s while looking, %s at the removal",
		whole(l.Load.Onboarding), whole(l.Load.Looking), whole(l.Load.Removal))
	if l.Unknown != "" {
		p.line("  not all was done: %s", l.Unknown)
	}
	removal(p, l.Removal)
}
