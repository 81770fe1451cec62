package web

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/tenant"
)

// nobody is the caller without credentials: whatever has an owner is another's.
const nobody = -1

// sighting is another tenant's data in an answer.
type sighting struct {
	ref  tenant.Ref
	what string
}

// mark is an id or a canary.
type mark struct {
	ref   tenant.Ref
	token bool
}

// marks are all ids and canaries of the world in a text.
func (a *attack) marks(text []byte) map[mark]string {
	all := map[mark]string{}
	tenant.ScanUUIDs(text, func(u tenant.UUID) bool {
		if ref, ok := a.World.Codec.Ref(u); ok && ref.Tenant < a.World.Tenants {
			all[mark{ref, false}] = "the id " + u.String()
		}
		return true
	})
	a.World.Codec.Scan(text, func(s tenant.Sighting) bool {
		if s.Whole && s.Ref.Tenant < a.World.Tenants {
			all[mark{s.Ref, true}] = "a canary of that row"
		}
		return true
	})
	return all
}

// foreign looks for another tenant's data in an answer to this caller, its header included. What the request said itself doesn't count.
func (a *attack) foreign(caller int, ans *answer, r request) (sighting, bool) {
	text := ans.body
	for name, values := range ans.header {
		text = append(append(text[:len(text):len(text)], '\n'), name+": "+strings.Join(values, " ")...)
	}
	var said map[mark]string
	for m, what := range a.marks(text) {
		if m.ref.Tenant == caller {
			continue
		}
		if said == nil {
			said = a.marks(saidBy(r))
		}
		if _, echoed := said[m]; !echoed {
			return sighting{m.ref, what}, true
		}
	}
	return sighting{}, false
}

// own tells whether an answer shows something of a tenant's own.
func (a *attack) own(caller int, ans *answer) bool {
	for m := range a.marks(ans.body) {
		if m.ref.Tenant == caller {
			return true
		}
	}
	return false
}

// saidBy is all that a request holds, as it is and unescaped.
func saidBy(r request) []byte {
	text := []byte(r.path + "\n")
	if plain, err := url.QueryUnescape(r.path); err == nil {
		text = append(text, plain...)
	}
	text = append(append(text, '\n'), r.body...)
	for _, values := range r.header {
		text = append(append(text, '\n'), strings.Join(values, "\n")...)
	}
	return text
}

// evidence words a sighting for a finding.
func (a *attack) evidence(caller int, s sighting, detail string) result.Evidence {
	e := result.Evidence{Owner: a.World.Codec.TenantID(s.ref.Tenant).String(), Detail: detail + ": " + s.what}
	if caller != nobody {
		e.Tenant = a.World.Codec.TenantID(caller).String()
	}
	if t := a.World.Numbered(s.ref.Table); t != nil {
		e.Table, e.Row = t.Name, a.World.Codec.ID(s.ref).String()
	}
	return e
}

// What differs between two answers of the same meaning.
var (
	anyUUID   = regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	hexUUID   = regexp.MustCompile(`(?i)\b[0-9a-f]{32}\b`)
	timestamp = regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?`)
	fraction  = regexp.MustCompile(`\b\d+\.\d+(e-?\d+)?\b`)
	epoch     = regexp.MustCompile(`\b1[5-9]\d{8,}\b`)
)

// normal is an answer without what differs from request to request: ids and other texts that were sent, times, request ids.
func normal(body []byte, sent ...string) string {
	text := string(body)
	for _, s := range sent {
		if s == "" {
			continue
		}
		for _, form := range []string{s, url.QueryEscape(s), url.PathEscape(s), strings.Trim(quoted(s), `"`)} {
			if is, err := regexp.Compile("(?i)" + regexp.QuoteMeta(form)); err == nil { // answers repeat it in whatever case
				text = is.ReplaceAllLiteralString(text, "SENT")
			}
		}
	}
	for _, r := range []struct {
		is *regexp.Regexp
		by string
	}{{anyUUID, "UUID"}, {hexUUID, "UUID"}, {timestamp, "TIME"}, {epoch, "TIME"}, {fraction, "NUMBER"}} {
		text = r.is.ReplaceAllString(text, r.by)
	}
	return text
}

// quoted is a text as JSON writes it.
func quoted(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		return s
	}
	return string(data)
}
