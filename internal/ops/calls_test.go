package ops

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/engardehq/bulkhead/fixtures"
	"github.com/engardehq/bulkhead/internal/oracle"
	"github.com/engardehq/bulkhead/internal/session"
	"github.com/engardehq/bulkhead/internal/tenant"
)

func shippedCalls(t *testing.T, reach float64) *Mix {
	t.Helper()
	specs, err := Load(fixtures.FS, "engarde/ops", "fixtures/engarde/ops")
	if err != nil {
		t.Fatal(err)
	}
	weights := make([]float64, len(specs))
	for i := range weights {
		weights[i] = 1
	}
	m, err := NewMix(newWorld(t), specs, weights, reach)
	if err != nil {
		t.Fatal(err)
	}
	m.Users = map[string]int{"langflow": 3}
	return m
}

// ids are the marks in a request, path, headers and body.
func ids(m *Mix, c *session.Call) (refs []tenant.Ref) {
	text := c.Target + " " + string(c.Body)
	for _, v := range c.Header {
		text += " " + v
	}
	tenant.ScanUUIDs([]byte(text), func(id tenant.UUID) bool {
		if ref, ours := m.World.Codec.Ref(id); ours {
			refs = append(refs, ref)
		}
		return true
	})
	return refs
}

// Conformance of every operation over HTTP: a request of one tenant's user that the oracle can judge; one that reaches names another
// tenant, and no other one does.
func TestEveryCall(t *testing.T) {
	m := shippedCalls(t, 0.4)
	c := m.NewCaller(nil)
	reached, plain := map[string]int{}, map[string]int{}
	for n := range 5000 {
		c.pcg.Seed(1, uint64(n))
		x := m.plan(n, c.rng)
		call := c.build(&x)
		op := &m.Ops[x.Op]
		if op.Service == "langflow" && x.Tenant >= 3 {
			t.Fatalf("%s: tenant %d has no user there", op.Name, x.Tenant)
		}
		if call.Service != op.Service || call.Tenant != x.Tenant || !strings.HasPrefix(call.Target, "/") || strings.ContainsAny(call.Target, "{} ") || strings.Contains(string(call.Body), "{row") {
			t.Fatalf("%s: %+v", op.Name, call)
		}
		foreign := 0
		for _, ref := range ids(m, call) {
			if ref.Tenant != x.Tenant {
				foreign++
			}
		}
		if (foreign > 0) != x.Reaching {
			t.Fatalf("%s: reaching is %v, and %d foreign ids are in %+v", op.Name, x.Reaching, foreign, call)
		}
		if x.Reaching {
			reached[op.Name]++
			if len(call.Named) == 0 {
				t.Errorf("%s: the oracle isn't told what the request names", op.Name)
			}
		} else {
			plain[op.Name]++
			if len(call.Reads) == 0 || len(call.Named) > 0 {
				t.Errorf("%s: %+v", op.Name, call)
			}
		}
		for _, r := range call.Reads {
			if r.Want.Tenant != x.Tenant || r.Want.Table == nil || r.Want.Shape == oracle.Nothing {
				t.Errorf("%s: wants %+v", op.Name, r.Want)
			}
		}
	}
	for _, op := range m.Ops {
		if reached[op.Name] < 100 || plain[op.Name] < 100 {
			t.Errorf("%s: %d reaching and %d others of 5000", op.Name, reached[op.Name], plain[op.Name])
		}
	}
}

func TestCallsAreTheSameForTheSameNumber(t *testing.T) {
	m := shippedCalls(t, 0.3)
	a, b := m.NewCaller(nil), m.NewCaller(nil)
	for n := range 200 {
		for _, c := range []*Caller{a, b} {
			c.pcg.Seed(7, uint64(n))
		}
		x, y := m.plan(n, a.rng), m.plan(n, b.rng)
		if one, two := a.build(&x), b.build(&y); one.Target != two.Target || string(one.Body) != string(two.Body) || x != y {
			t.Fatalf("execution %d: %+v and %+v", n, one, two)
		}
	}
}

func TestMistakesInCalls(t *testing.T) {
	const good = `name: mine
doc: mine
service: backend
role: app
requests:
  - call: GET /things/{row public.campaigns}
    reads: [{table: public.campaigns, one: true}]
reaching:
  - call: GET /things/{row public.campaigns}
    status: 404
`
	load := func(text string) error {
		_, err := Load(fstest.MapFS{"mine.yaml": {Data: []byte(text)}}, ".", "x")
		return err
	}
	if err := load(good); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"no method":               {"GET /things/{row public.campaigns}\n    reads", "/things\n    reads", "want a method and a path"},
		"nothing foreign":         {"GET /things/{row public.campaigns}\n    status", "GET /things\n    status", "names nothing of another tenant"},
		"no reads":                {"    reads: [{table: public.campaigns, one: true}]\n", "", "says of no rows what they must be"},
		"two shapes":              {"one: true", "one: true, newest: 3", "one of one: true"},
		"one of what isn't named": {"table: public.campaigns, one", "table: public.brands, one", "names no {row public.brands}"},
		"nothing reaches":         {"reaching:\n  - call: GET /things/{row public.campaigns}\n    status: 404\n", "", "it could never show a leak"},
		"reaches and says not":    {"role: app", "role: app\nresidual: no way", "say under residual why none can"},
		"steps too":               {"role: app", "role: app\nsteps: [{sql: a.sql}]", "has requests instead of steps"},
		"two roles":               {"role: app", "roles: [a, b]", "one role, that of the service"},
		"no service":              {"service: backend\n", "", "requests: are for an operation over HTTP"},
	} {
		text := strings.Replace(good, c.old, c.new, 1)
		if text == good {
			t.Fatalf("%s: nothing was changed", name)
		}
		if err := load(text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", name, err, c.want)
		}
	}
}
