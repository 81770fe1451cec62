package run

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/removal"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/seed"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/target"
	"github.com/engardehq/bulkhead/scenarios"
	"github.com/engardehq/bulkhead/sql"
)

// told is a Console that writes to the test's log.
type told struct{ testing.TB }

func (c told) Step(format string, args ...any) { c.Logf(format, args...) }
func (told) Seeding(seed.Progress)             {}
func (told) Live(Live)                         {}

// wholeStack brings up every service, with few tenants.
func wholeStack(t *testing.T) (Target, *System) {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped by -short: it needs servers of its own")
	}
	shipped, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Out: t.TempDir(), Target: shipped, Console: told{t}, Version: "test"}
	if o.Scenario, err = scenarios.Open("drill", scenarios.Known{Ops: ops.Names(shipped.Ops), HTTPOps: ops.Names(shipped.Calls), Faults: KnownFaults()}); err != nil {
		t.Fatal(err)
	}
	sys, err := Bring(t.Context(), o, shipped)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sys.Close(context.Background()) })
	return shipped, sys
}

// patched is package sql's files, with some text of one of them replaced.
func patched(t *testing.T, file, old, by string) fs.FS {
	t.Helper()
	text, err := fs.ReadFile(sql.FS, file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), old) != 1 {
		t.Fatalf("%s doesn't have %q once", file, old)
	}
	own := fstest.MapFS{}
	for _, folder := range []string{"removal", "onboarding"} {
		names, err := fs.Glob(sql.FS, folder+"/*.sql")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			data, err := fs.ReadFile(sql.FS, name)
			if err != nil {
				t.Fatal(err)
			}
			own[name] = &fstest.MapFile{Data: data}
		}
	}
	own[file] = &fstest.MapFile{Data: []byte(strings.Replace(string(text), old, by, 1))}
	return own
}

// without is a procedure that forgets some steps.
func without(r *target.Removal, names ...string) *target.Removal {
	out := *r
	out.Steps = slices.DeleteFunc(slices.Clone(r.Steps), func(s target.RemovalStep) bool { return slices.Contains(names, s.Name) })
	return &out
}

// lateRows is how long Langflow may take to write down what it ran. The shipped procedure waits for longer than that anyway.
const lateRows = 2 * time.Second

// hasty waits for Langflow alone and not for the backend, and so doesn't ask either how long it serves: for what doesn't depend on that.
func hasty(r *target.Removal) *target.Removal {
	out := without(r)
	for i := range out.Steps {
		if out.Steps[i].Wait > 0 {
			out.Steps[i].Wait = lateRows
		}
	}
	out.Uses = slices.Clone(r.Uses)
	for i := range out.Uses {
		if out.Uses[i].Within > 0 {
			out.Uses[i].Refused, out.Uses[i].Within = nil, 0
		}
	}
	return out
}

const (
	allTables = "pending := ARRAY(SELECT jsonb_object_keys(way));"
	fewTables = "pending := ARRAY(SELECT jsonb_object_keys(way - ARRAY[%s]));"
)

// TestRemoval removes tenants: by the shipped procedure, which leaves nothing, and by ones that forget something, which the check must name.
func TestRemoval(t *testing.T) {
	shipped, sys := wholeStack(t)
	next := sys.World.Tenants
	config := func() removal.Config {
		c, err := removable(shipped, sys.Stack, sys.World)
		if err != nil {
			t.Fatal(err)
		}
		next--
		c.Tenant = next
		return c
	}
	boss, err := pgx.Connect(t.Context(), sys.Stack.DSN.Direct[superuser].Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer boss.Close(context.Background())
	cache := redis.NewClient(&redis.Options{Addr: sys.Stack.Redis.Addr, Password: sys.Stack.Redis.Password.Reveal(), DB: CacheDatabase})
	defer cache.Close()

	type finding struct {
		severity       result.Severity
		channel, where string
	}
	removes := func(name string, prepare func(c *removal.Config), wants ...finding) {
		t.Run(name, func(t *testing.T) {
			c := config()
			c.Target.Removal = hasty(shipped.Removal)
			prepare(&c)
			report, err := removal.Run(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range wants {
				if !slices.ContainsFunc(report.Findings, func(f result.Finding) bool {
					return f.Channel == want.channel && f.Severity == want.severity && strings.HasPrefix(f.Where, want.where)
				}) {
					t.Errorf("no %+v among %s", want, tell(report))
				}
			}
		})
	}
	t.Run("restored whole", func(t *testing.T) { restoredWhole(t, shipped, sys) })
	t.Run("lives", func(t *testing.T) { lives(t, shipped, sys, boss) }) // as long as all tenants are there
	t.Run("the shipped procedure", func(t *testing.T) { leavesNothing(t, config()) })
	t.Run("begun anew", func(t *testing.T) { beginsAnew(t, boss, config(), hasty(shipped.Removal)) })
	t.Run("nothing to remove", func(t *testing.T) { next++; isUnknown(t, config(), hasty(shipped.Removal)) })
	removes("a table is forgotten", func(c *removal.Config) {
		c.Scripts = patched(t, "removal/rows_langflow.sql", allTables, fmt.Sprintf(fewTables, "'job'"))
	}, finding{result.Weakness, "T05", "table langflow.job"})
	removes("a file and a cached dashboard are kept", func(c *removal.Config) {
		c.Target.Removal = without(c.Target.Removal, "langflow files", "cache keys")
		if err := cache.Set(t.Context(), "app:dashboard:"+sys.World.Codec.TenantID(c.Tenant).String()+":kept", "{}", 0).Err(); err != nil {
			t.Fatal(err)
		}
	}, finding{result.Weakness, "T05", "files of langflow"}, finding{result.Weakness, "T05", "cache, database 1"})
	removes("the API key is kept", func(c *removal.Config) {
		c.Target.Removal = without(c.Target.Removal, "close langflow")
		c.Scripts = patched(t, "removal/rows_langflow.sql", allTables, fmt.Sprintf(fewTables, "'user', 'apikey'"))
	}, finding{result.Weakness, "T05", "langflow GET /api/v1/flows/"}, finding{result.Weakness, "T05", "table langflow.apikey"})
	removes("the backend remembers for longer than declared", func(c *removal.Config) {
		c.Target.Removal = without(shipped.Removal, "wait")
		c.Target.Removal.Uses = slices.Clone(shipped.Removal.Uses)
		for i := range c.Target.Removal.Uses {
			u := &c.Target.Removal.Uses[i]
			u.Within = min(u.Within, time.Second)
		}
	}, finding{result.Weakness, "R03", "backend GET /api/v1/dashboard"})
	removes("more is removed than the tenant's", func(c *removal.Config) {
		c.Scripts = patched(t, "removal/rows_public.sql", allTables, `way := way || '{"taggings": "true"}'; `+allTables)
	}, finding{result.Weakness, "T05", "table public.taggings"})
	removes("rows are left for others to read", func(c *removal.Config) {
		for _, open := range []string{"ALTER TABLE public.tags DROP CONSTRAINT tags_tenant_id_fkey", "ALTER TABLE public.tags DISABLE ROW LEVEL SECURITY"} {
			if _, err := boss.Exec(t.Context(), open); err != nil {
				t.Fatal(err)
			}
		}
		c.Scripts = patched(t, "removal/rows_public.sql", allTables, fmt.Sprintf(fewTables, "'tags'"))
	}, finding{result.Leak, "T05", "table public.tags"})
}

func tell(r *removal.Report) string {
	var all []string
	for _, f := range r.Findings {
		all = append(all, fmt.Sprintf("%s %s %s (%s)", f.Severity, f.Channel, f.What, f.Where))
	}
	for _, c := range r.Checks {
		all = append(all, fmt.Sprintf("%s %s %s", c.Channel, c.Status, c.Why))
	}
	return strings.Join(all, "\n")
}

func leavesNothing(t *testing.T, c removal.Config) {
	report, err := removal.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, channel := range []string{"T05", "R03"} {
		if !slices.ContainsFunc(report.Checks, func(c result.Check) bool { return c.Channel == channel && c.Status == result.Pass && c.Units > 0 }) {
			t.Errorf("%s doesn't pass: %s", channel, tell(report))
		}
	}
	if len(report.Findings) > 0 {
		t.Errorf("findings on the shipped procedure: %s", tell(report))
	}
	r := report.Removal
	if r.Rows == 0 || r.Tables < 100 || r.Keys == 0 || r.Files < 2 || r.Others == 0 || len(r.Refused) != 2 || len(r.Stayed) != 1 || r.Stayed[0].Rows == 0 {
		t.Errorf("there was too little to remove: %+v", r)
	}
	again := hasty(c.Target.Removal)
	c.Target.Removal = again
	if _, err := removal.Remove(t.Context(), &c, r.Tenant, func() {}); err != nil {
		t.Errorf("removing a tenant that is gone: %v", err)
	}
}

// beginsAnew has a removal fail half-way, which is unknown and tells what is left, and begins it anew.
func beginsAnew(t *testing.T, boss *pgx.Conn, c removal.Config, procedure *target.Removal) {
	c.Target.Removal = procedure
	c.Scripts = patched(t, "removal/rows_public.sql", allTables, "RAISE EXCEPTION 'interrupted';")
	report, err := removal.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if c := report.Checks[0]; c.Channel != "T05" || c.Status != result.Fail || !strings.Contains(tell(report), "table public.campaigns") || strings.Contains(tell(report), "table langflow.flow)") {
		t.Errorf("half a removal: %s", tell(report))
	}
	c.Scripts = nil
	if _, err := removal.Remove(t.Context(), &c, report.Removal.Tenant, func() {}); err != nil {
		t.Fatal(err)
	}
	var left int
	const count = `SELECT (SELECT count(*) FROM public.tenants WHERE id = $1::uuid) + (SELECT count(*) FROM public.campaigns WHERE tenant_id = $1::uuid)
		+ (SELECT count(*) FROM public.langflow_tenant_users WHERE tenant_id = $1::uuid)`
	if err := boss.QueryRow(t.Context(), count, report.Removal.Tenant).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d rows are left, error %v", left, err)
	}
}

// isUnknown removes a tenant that has nothing any more: that nothing is left of it tells nothing.
func isUnknown(t *testing.T, c removal.Config, procedure *target.Removal) {
	c.Target.Removal = procedure
	report, err := removal.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Checks) == 0 || slices.ContainsFunc(report.Checks, func(c result.Check) bool { return c.Status != result.Unknown }) || !strings.Contains(tell(report), "nothing to remove") {
		t.Errorf("a tenant that was gone before: %s", tell(report))
	}
}

// TestRemovalNeedsAStackOfItsOwn leaves alone what was up before.
func TestRemovalNeedsAStackOfItsOwn(t *testing.T) {
	o := Options{Scenario: scenarios.Scenario{Removal: true}, Console: told{t}}
	doc := &result.Run{}
	removeTenant(t.Context(), o, Target{Target: target.Target{Removal: &target.Removal{}}}, &System{Stack: &stack.Stack{}}, doc)
	if len(doc.Checks) != 0 || doc.Removal != nil {
		t.Errorf("it was removed: %+v", doc)
	}
}
