package ops

import (
	"io/fs"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/engardehq/bulkhead/internal/oracle"
	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
	"github.com/engardehq/bulkhead/sql"
)

// tables has the tables and columns that the shipped operations name.
func newWorld(t *testing.T) *world.World {
	t.Helper()
	w, err := world.New(world.Plan{Seed: 1, Tenants: 10, Largest: 1, Tables: []world.Table{
		{Name: "public.campaigns", Rows: 200, Min: 1, Columns: []world.Column{
			{Name: "id", Type: "uuid", Kind: world.ID},
			{Name: "name", Type: "varchar", Kind: world.Text, Template: "{token}"},
			{Name: "status", Type: "text", Kind: world.Choice, Choices: []string{"draft", "active"}},
			{Name: "objective", Type: "text", Kind: world.Choice, Choices: []string{"sales"}},
			{Name: "budget", Type: "numeric", Kind: world.Number, Hi: 100, Scale: 2},
			{Name: "created_at", Type: "timestamptz", Kind: world.Time},
		}},
		{Name: "langflow.flow", Rows: 100, Min: 1, Columns: []world.Column{
			{Name: "id", Type: "uuid", Kind: world.ID},
			{Name: "user_id", Type: "uuid", Kind: world.Tenant},
			{Name: "name", Type: "varchar", Kind: world.Text, Template: "{token}"},
			{Name: "description", Type: "text", Kind: world.Text, Template: "{token}"},
			{Name: "data", Type: "json", Kind: world.Text, Template: "{}"},
			{Name: "updated_at", Type: "timestamptz", Kind: world.Time},
		}},
		{Name: "langflow.transaction", Rows: 100, Min: 1, Columns: []world.Column{{Name: "id", Type: "uuid", Kind: world.ID}}},
		{Name: "public.workflow_flows", Rows: 100, Min: 1, Columns: []world.Column{{Name: "id", Type: "uuid", Kind: world.ID}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func shippedMix(t *testing.T, reach float64) (*Mix, *oracle.Ledger) {
	t.Helper()
	specs, err := Load(sql.FS, "ops", "sql/ops")
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewMix(newWorld(t), specs, slices.Repeat([]float64{1}, len(specs)), reach)
	if err != nil {
		t.Fatal(err)
	}
	return m, oracle.NewLedger(0)
}

func TestShippedOperations(t *testing.T) {
	specs, err := Load(sql.FS, "ops", "sql/ops")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"campaign_load", "campaign_workflows", "request_flow", "tenant_flows", "workflow_analytics"} {
		if !slices.Contains(Names(specs), name) {
			t.Errorf("%s isn't among %v", name, Names(specs))
		}
	}
	files, _ := fs.Glob(sql.FS, "ops/*.sql")
	for _, f := range files {
		used := slices.ContainsFunc(specs, func(s Spec) bool {
			return slices.ContainsFunc(s.Steps, func(st Step) bool {
				return "ops/"+st.SQL == f || st.Bare != nil && "ops/"+st.Bare.SQL == f
			})
		})
		if !used {
			t.Errorf("%s belongs to no operation", f)
		}
	}
}

// Conformance of every operation: each execution is a request that the oracle can judge, of one tenant, with an audit entry.
func TestEveryOperation(t *testing.T) {
	m, ledger := shippedMix(t, 0.3)
	e := m.NewExecutor(nil, ledger)
	seen := map[string][2]int{} // executions, reaching ones
	for n := range 4000 {
		e.pcg.Seed(1, uint64(n))
		x := m.plan(n, e.rng)
		e.build(&x)
		op := &m.Ops[x.Op]
		counts := seen[op.Name]
		counts[0]++
		foreignArgs, bare := 0, 0
		if e.req.Refused != "" {
			if !x.Reaching || len(e.req.Statements) != 1 || !strings.Contains(e.req.Statements[0].SQL, "INSERT") {
				t.Fatalf("%s: to be refused: %+v", op.Name, e.req)
			}
			counts[1]++
			seen[op.Name] = counts
			continue
		}
		for i, st := range e.req.Statements {
			if len(st.Args) != len(st.OIDs) || !strings.Contains(st.SQL, "SELECT") && !strings.Contains(st.SQL, "INSERT") {
				t.Fatalf("%s: statement %+v", op.Name, st)
			}
			if strings.Contains(st.File, ".bare.") {
				bare++
			}
			for _, a := range st.Args {
				if ref, ours := m.World.Codec.Ref(tenant.UUID(append(slices.Clone(a), make([]byte, 16)...)[:16])); ours && len(a) == 16 && ref.Tenant != x.Tenant {
					foreignArgs++
					if st.Want.Shape != oracle.Nothing {
						t.Errorf("%s: %s asks for another tenant's row and wants one back", op.Name, st.File)
					}
				}
			}
			if st.Want != nil && st.Want.Tenant != x.Tenant {
				t.Errorf("%s: judged for tenant %d, run as %d", op.Name, st.Want.Tenant, x.Tenant)
			}
			if last := i == len(e.req.Statements)-1; last != (st.File == "sql/ops/audit_entry.sql") {
				t.Errorf("%s: statement %d is %s", op.Name, i, st.File)
			}
		}
		if reached := foreignArgs+bare > 0; reached != x.Reaching {
			t.Fatalf("%s: reaching is %v, with %d foreign arguments and %d bare statements", op.Name, x.Reaching, foreignArgs, bare)
		}
		if x.Reaching {
			counts[1]++
		}
		if op.Writes() != (len(e.req.Wrote) == 1) {
			t.Errorf("%s: writes %v, and tells the ledger of %d rows", op.Name, op.Writes(), len(e.req.Wrote))
		}
		seen[op.Name] = counts
	}
	for name, c := range seen {
		i := slices.IndexFunc(m.Ops, func(o Op) bool { return o.Name == name })
		if m.Ops[i].Residual != "" {
			if c[1] > 0 {
				t.Errorf("%s reaches for other tenants' rows, which it says can't be judged", name)
			}
			continue
		}
		if share := float64(c[1]) / float64(c[0]); math.Abs(share-0.3) > 0.1 {
			t.Errorf("%s: %d of %d executions reach for other tenants' rows, want 30 %%", name, c[1], c[0])
		}
	}
	if len(seen) != len(m.Ops) {
		t.Errorf("only %v ran", slices.Collect(maps.Keys(seen)))
	}
}

func TestPlanIsTheSameForTheSameNumber(t *testing.T) {
	m, _ := shippedMix(t, 0.1)
	victims := map[int]bool{}
	for n := range 500 {
		a := m.plan(n, rand.New(rand.NewPCG(1, uint64(n))))
		b := m.plan(n, rand.New(rand.NewPCG(1, uint64(n))))
		if a != b {
			t.Fatalf("execution %d is %+v and %+v", n, a, b)
		}
		if a.Victim == a.Tenant {
			t.Fatalf("execution %d reaches for its own tenant", n)
		}
		victims[a.Victim] = true
	}
	if len(victims) != m.World.Tenants {
		t.Errorf("only %d of %d tenants are reached for", len(victims), m.World.Tenants)
	}
}

func TestWeights(t *testing.T) {
	specs, err := Load(sql.FS, "ops", "sql/ops")
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewMix(newWorld(t), specs[:2], []float64{3, 1}, 0)
	if err != nil {
		t.Fatal(err)
	}
	first := 0
	rng := rand.New(rand.NewPCG(1, 1))
	for n := range 4000 {
		if m.plan(n, rng).Op == 0 {
			first++
		}
	}
	if first < 2850 || first > 3150 {
		t.Errorf("the operation of weight 3 of 4 ran %d of 4000 times", first)
	}
}

func TestBadOperations(t *testing.T) {
	good := `name: x
role: r
steps:
  - {sql: x.sql, params: [tenant], reads: {table: public.campaigns, newest: 5}}
`
	tests := map[string][2]string{ // text to replace, by what; the key is a part of the error
		"want the file's own name": {"name: x", "name: y"},
		"either role or roles":     {"role: r", "role: ''"},
		"nowhere.sql":              {"x.sql", "nowhere.sql"},
		`"tenants": unknown`:       {"[tenant]", "[tenants]"},
		"want one of one: true":    {"newest: 5", "newest: 5, one: true"},
		"is for a write":           {"params: [tenant]", "params: [tenant], refused: '42501'"},
		"residual: a step can":     {"role: r", "role: r\nresidual: why"},
		"table: is missing":        {"table: public.campaigns, ", ""},
		"could never show a leak":  {"[tenant]", "[request]"},
		"there are none":           {"  - {sql", "  #"},
		"x.yaml:2:":                {"role: r", "rule: r"},
	}
	folder := fstest.MapFS{"ops/x.sql": {Data: []byte("SELECT 1")}}
	folder["ops/x.yaml"] = &fstest.MapFile{Data: []byte(good)}
	if _, err := Load(folder, "ops", "mine"); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	for want, change := range tests {
		folder["ops/x.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(good, change[0], change[1], 1))}
		if _, err := Load(folder, "ops", "mine"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
	if _, err := Load(fstest.MapFS{}, "ops", "mine"); err == nil {
		t.Error("a folder without operations passes")
	}
}

func TestRequestIDsDifferByEpoch(t *testing.T) {
	a, b := randomUUID(rand.New(rand.NewPCG(1, 1)), 0), randomUUID(rand.New(rand.NewPCG(1, 1)), 1)
	if a == b {
		t.Errorf("two runs of one plan make the same audit entry %s", a)
	}
}
