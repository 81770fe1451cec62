package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/engardehq/bulkhead/internal/probes"
	"github.com/engardehq/bulkhead/internal/result"
)

// flaws are what a shop can have wrong, with the channel in which it must show and a word of the finding.
var flaws = []struct{ flaw, channel, says string }{
	{"read by id alone", "A01", "serves another tenant's object"},
	{"a batch by ids alone", "A01", "serves another tenant's object"},
	{"a list of all", "A01", "a list that names no object"},
	{"another's is forbidden", "A01", "tells that the object is there"},
	{"changed by id alone", "A01", "change another's object"},
	{"deleted by id alone", "A01", "delete another's object"},
	{"a list for anybody", "A02", "without credentials"},
	{"unverified", "A02", "forged token is served"},
	{"hs256", "A02", "forged token is served"},
	{"embedded", "A02", "forged token is served"},
	{"expiry", "A02", "token"},
	{"issuer", "A02", "token"},
	{"audience", "A02", "token"},
	{"tenant from a header", "A03", "wins over its credentials"},
	{"tenant from a body", "A03", "whose a new row is"},
	{"errors with a trace", "A04", "a stack trace"},
	{"errors with a row", "A04", "an error shows another tenant's data"},
	{"every origin", "A04", "pages of other sites"},
	{"a sort that is a statement", "A05", "taken for a statement"},
	{"a cache without the tenant", "R01", "one tenant with another's"},
	{"a cache with joined keys", "R01", "one tenant with another's"},
	{"a cache before credentials", "R03", "no right any more"},
	{"a global tenant", "C08", "each other's tenant"},
}

var probesOf = map[string][]string{"A01": {"objects"}, "A02": {"strangers", "tokens"}, "A03": {"spoof"}, "A04": {"errors"}, "A05": {"inject"}, "R01": {"cache"}, "R03": {"cache"}, "C08": {"burst"}}

func (s *shop) attack(depth probes.Depth, flaw string, only ...string) *Report {
	s.t.Helper()
	s.restock()
	server := s.serve(flaw)
	defer server.Close()
	r, err := Run(s.t.Context(), Config{World: s.world, Tenants: []int{0, 1, 2}, Admin: s.dsn, Depth: depth, Seed: 3, Only: only, Backend: &Service{
		Name: "shop", URL: server.URL, Routes: s.routes, Profile: s.profile, Tokens: s.tokens, Login: s.login}})
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func (s *shop) login(n int) http.Header {
	token, err := s.tokens.sign(s.tokens.Claims(n), nil)
	if err != nil {
		s.t.Error(err)
	}
	return bearer(token)
}

func show(r *Report) (text string) {
	for _, f := range r.Findings {
		text += fmt.Sprintf("\n  %s %s: %s [%s] %v", f.Channel, f.Severity, f.What, f.Where, f.Evidence[0].Detail)
	}
	return text
}

func TestShop(t *testing.T) {
	s := newShop(t)
	for _, depth := range []probes.Depth{probes.Glance, probes.Pairs, probes.Full} {
		s.restock()
		before := s.digest()
		r := s.attack(depth, "")
		for _, f := range r.Findings {
			if f.Severity != result.Note {
				t.Errorf("%s: a shop without a flaw: %s %s: %s [%s] %v", depth, f.Channel, f.Severity, f.What, f.Where, f.Evidence)
			}
		}
		for _, c := range r.Checks {
			if c.Status != result.Pass || c.Units == 0 {
				t.Errorf("%s: %s %s: %s, %d units: %s", depth, c.Channel, c.Name, c.Status, c.Units, c.Why)
			}
		}
		if len(r.Scopes) != 1 || r.Scopes[0].Controls < 4 || r.Scopes[0].Combinations < 20 || r.Scopes[0].Verbs != 8 {
			t.Errorf("%s: %+v", depth, r.Scopes)
		}
		if after := s.digest(); after != before {
			t.Errorf("%s: the attack left the shop changed:\n%s\n%s", depth, before, after)
		}
	}
	for _, f := range flaws {
		s.restock()
		before := s.digest()
		r := s.attack(probes.Pairs, f.flaw, probesOf[f.channel]...)
		if after := s.digest(); after != before {
			t.Errorf("%s: what the service let be changed wasn't put back:\n%s\n%s", f.flaw, before, after)
		}
		if !slices.ContainsFunc(r.Findings, func(found result.Finding) bool {
			return found.Channel == f.channel && found.Severity != result.Note && strings.Contains(found.What, f.says)
		}) {
			t.Errorf("%s: not found in %s: %s", f.flaw, f.channel, show(r))
		}
		if i := slices.IndexFunc(r.Checks, func(c result.Check) bool { return c.Channel == f.channel && c.Status == result.Fail }); i < 0 {
			t.Errorf("%s: no check of %s fails: %+v", f.flaw, f.channel, r.Checks)
		}
		if len(r.Findings) > 0 && f.flaw == "another's is forbidden" && r.Findings[0].Severity == result.Leak {
			t.Errorf("%s: shows nothing and is called a leak", f.flaw)
		}
	}
}

// TestKnownInsides has errors show what the service is known to show: a note, but a leak where another tenant's data is in it.
func TestKnownInsides(t *testing.T) {
	s := newShop(t)
	s.profile.Shows = []Show{{What: "a stack trace", Why: "its maker wants it so"}}
	for flaw, want := range map[string]result.Severity{"errors with a trace": result.Note, "errors with a row": result.Leak} {
		r := s.attack(probes.Pairs, flaw, "errors")
		if !slices.ContainsFunc(r.Findings, func(f result.Finding) bool { return f.Channel == "A04" && f.Severity == want }) {
			t.Errorf("%s: want a %s of A04: %s", flaw, want, show(r))
		}
		if failed := r.Checks[0].Status == result.Fail; failed != (want == result.Leak) {
			t.Errorf("%s: %+v", flaw, r.Checks[0])
		}
	}
}

// TestNothingToSay has attacks that can't tell: never a pass.
func TestNothingToSay(t *testing.T) {
	s := newShop(t)
	s.restock()
	server := s.serve("")
	c := Config{World: s.world, Tenants: []int{0, 1}, Admin: s.dsn, Depth: probes.Pairs, Backend: &Service{Name: "shop", URL: server.URL, Routes: s.routes, Profile: s.profile, Tokens: s.tokens,
		Login: func(int) http.Header { return http.Header{"Authorization": {"Bearer bad"}} }}}
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range r.Checks {
		if check.Status == result.Pass && check.Channel != "A04" && check.Channel != "A05" {
			t.Errorf("nobody is served: %s %s passes with %d units", check.Channel, check.Name, check.Units)
		}
	}
	server.Close()
	if r, err = Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	for _, check := range r.Checks {
		if check.Status != result.Unknown {
			t.Errorf("nobody is there: %s %s: %s with %d units", check.Channel, check.Name, check.Status, check.Units)
		}
	}
	for name, change := range map[string]func(*Config){
		"a service elsewhere":   func(c *Config) { c.Backend.URL = "https://example.com" },
		"one tenant":            func(c *Config) { c.Tenants = c.Tenants[:1] },
		"no world":              func(c *Config) { c.World = nil },
		"a probe that isn't":    func(c *Config) { c.Only = []string{"nothing"} },
		"nobody has a login":    func(c *Config) { c.Backend.Login = func(int) http.Header { return nil } },
		"no routes":             func(c *Config) { c.Backend.Routes = nil },
		"a tenant that isn't":   func(c *Config) { c.Tenants = []int{0, 99} },
		"no profile":            func(c *Config) { c.Backend.Profile = nil },
		"an administrator away": func(c *Config) { c.Admin = "postgres://postgres@127.0.0.1:1/postgres?sslmode=disable" },
	} {
		broken, service := c, *c.Backend
		broken.Backend = &service
		change(&broken)
		if _, err := Run(t.Context(), broken); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
