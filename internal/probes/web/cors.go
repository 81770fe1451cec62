package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// crossOrigin asks as a browser does for a page of another site: its reader's credentials must not open answers to it.
func crossOrigin(ctx context.Context, a *attack) error {
	ground := a.ground(2)
	attacker, _ := a.pair(0)
	host := strings.TrimPrefix(a.client.base, "http://")
	origins := []string{"https://evil.example", "null", "http://" + host + ".evil.example", "https://evil.example#" + host}
	for _, c := range ground {
		slots := a.slots(c)
		r := a.request(c, slots, filling{ids: requiredOnly(slots, a.belonging(slots, attacker))}, nil)
		for _, origin := range origins {
			simple, preflight := r, r
			simple.header = a.Login(attacker).Clone()
			simple.header.Set("Origin", origin)
			preflight.verb = http.MethodOptions
			preflight.header = http.Header{"Origin": {origin}, "Access-Control-Request-Method": {c.verb}, "Access-Control-Request-Headers": {"authorization"}}
			for _, one := range []request{simple, preflight} {
				ans, err := a.client.send(ctx, one)
				if err != nil {
					return fmt.Errorf("asking %s from another site: %w", c, err)
				}
				a.judgeOrigin(c, one, origin, ans)
			}
		}
	}
	return nil
}

func (a *attack) judgeOrigin(c call, r request, origin string, ans *answer) {
	o := a.at("A04")
	allowed, credentials := ans.header.Get("Access-Control-Allow-Origin"), ans.header.Get("Access-Control-Allow-Credentials") == "true"
	// A browser doesn't honour the star with credentials; a page's own bearer token needs no such leave.
	if !o.Looked(allowed != origin || !credentials) {
		o.Add(result.Finding{Channel: "A04", Severity: result.Weakness, Count: 1, Where: a.Name, What: "pages of other sites may read answers with the credentials of who looks at them",
			Fix:      fmt.Sprintf("-- %s: allow no origin but its own front end's", a.Name),
			Evidence: []result.Evidence{{Detail: fmt.Sprintf("%s %s with Origin %s: that origin is allowed, with credentials", r.verb, c.Path, origin)}}})
	}
}
