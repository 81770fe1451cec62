package reports

import (
	"fmt"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// removal tells of the tenant that was removed, how long it took, and what stays of it on purpose.
func removal(p *printer, r *result.Removal) {
	if r == nil {
		return
	}
	p.line("")
	p.line("Removal: tenant %s with %s rows in %d tables, %s keys of the cache and %s files, in %.1f s; rows of %d others counted before and after",
		r.Tenant, whole(r.Rows), r.Tables, whole(r.Keys), whole(r.Files), r.Seconds, r.Others)
	steps := make([]string, len(r.Steps))
	for i, s := range r.Steps {
		steps[i] = fmt.Sprintf("%s %.1f s", s.Name, s.Seconds)
	}
	p.line("  steps: %s", strings.Join(steps, ", "))
	for _, u := range r.Refused {
		if u.Seconds == 0 {
			p.line("  %s: never served after the doors were shut", u.What)
			continue
		}
		p.line("  %s: last served %.1f s after the doors were shut, %.0f s are allowed", u.What, u.Seconds, u.AllowedSeconds)
	}
	for _, l := range r.Stayed {
		p.line("  stays on purpose: %s rows of %s: %s", whole(l.Rows), l.Table, l.Reason)
	}
}
