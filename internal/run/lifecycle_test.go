package run

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/lifecycle"
	"github.com/engardehq/bulkhead/internal/removal"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/scenarios"
)

// restoredWhole backs up the target's own database, with all that Langflow has made in it.
func restoredWhole(t *testing.T, shipped Target, sys *System) {
	doc := &result.Run{}
	backUp(t.Context(), Options{Scenario: scenarios.Scenario{Backup: true}, Console: told{t}}, shipped, sys, doc)
	b := doc.Backup
	if len(doc.Findings) > 0 || len(doc.Checks) != 1 || doc.Checks[0].Status != result.Pass || b == nil || b.Unknown != "" {
		t.Fatalf("%+v\n%+v\n%+v", doc.Checks, doc.Findings, b)
	}
	if b.Tables < 150 || b.Rows < 10_000 || b.Tenants != sys.World.Tenants || len(b.Lacked) == 0 || len(b.Again) != 1 {
		t.Errorf("too little: %+v", b)
	}
	// Each role's attempts: refused while row security is off, found out or whole while it is on.
	for _, want := range []struct {
		role           string
		whole, lacking int
	}{{"engarde_user", 0, 2}, {"langflow_app", 0, 2}, {"audit_user", 1, 0}, {"engarde_owner by engarde_migrator", 1, 0}, {"engarde_migrator", 0, 0}} {
		refused, whole, lacking := 0, 0, 0
		for _, a := range b.Attempts {
			switch {
			case a.Role != want.role:
			case a.Refused != "":
				refused++
			case a.RowsMissing == 0 && a.Rows > 0:
				whole++
			case a.TenantsMissing >= sys.World.Tenants-1:
				lacking++
			}
		}
		if refused == 0 || whole != want.whole || lacking != want.lacking {
			t.Errorf("%s: %d refused, %d whole, %d found out: %+v", want.role, refused, whole, lacking, b.Attempts)
		}
	}
}

// lives takes tenants in and removes them: by the shipped procedure under load, begun anew, and with doors open that must be noticed. Each is
// another tenant: nobody waits here until the backend has forgotten the one before.
func lives(t *testing.T, shipped Target, sys *System, boss *pgx.Conn) {
	number := sys.World.Tenants
	config := func() lifecycle.Config {
		c, err := livable(shipped, sys.Stack, sys.World, number)
		if err != nil {
			t.Fatal(err)
		}
		number++
		c.Target.Removal = hasty(shipped.Removal)
		return c
	}
	t.Run("under load", func(t *testing.T) { livesUnderLoad(t, shipped, sys, config()) })
	t.Run("begun anew", func(t *testing.T) { onboardsAnew(t, config()) })
	t.Run("open doors", func(t *testing.T) { livesAmongOpenDoors(t, boss, config()) })
}

const (
	openDoors = `ALTER TABLE public.brands DISABLE ROW LEVEL SECURITY;
		CREATE POLICY hidden ON public.users AS RESTRICTIVE FOR SELECT TO engarde_user USING (false)`
	shutDoors = `ALTER TABLE public.brands ENABLE ROW LEVEL SECURITY; DROP POLICY hidden ON public.users`
)

// livesAmongOpenDoors: each of them must be noticed.
func livesAmongOpenDoors(t *testing.T, boss *pgx.Conn, c lifecycle.Config) {
	if _, err := boss.Exec(t.Context(), openDoors); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if _, err := boss.Exec(context.Background(), shutDoors); err != nil {
			t.Error(err)
		}
	}()
	c.Scripts = patched(t, "onboarding/open.sql", "COMMIT;", "DELETE FROM public.campaign_members WHERE tenant_id <> current_setting('onboarding.tenant')::uuid; COMMIT;")
	backend := c.Services["backend"]
	own := backend.Login
	backend.Login = newcomer(own, 1, func() (http.Header, error) { return own(c.Tenant), nil })
	c.Services["backend"] = backend
	r := lifecycle.Run(t.Context(), c)
	for _, want := range []struct {
		severity      result.Severity
		channel, what string
	}{
		{result.Leak, "S04", "a tenant that isn't there yet reads rows"},
		{result.Leak, "S04", "another tenant reads a new tenant's rows"},
		{result.Leak, "S04", "a new tenant reads rows that are not its own"},
		{result.Weakness, "S04", "a new tenant doesn't see all of its rows"},
		{result.Weakness, "W02", "another tenant lost rows while a tenant was taken in"},
		{result.Leak, "A01", "another tenant is served what is a new tenant's"},
	} {
		if !slices.ContainsFunc(r.Findings, func(f result.Finding) bool {
			return f.Channel == want.channel && f.Severity == want.severity && f.What == want.what
		}) {
			t.Errorf("not noticed: %+v: %s", want, tellLife(r))
		}
	}
}

func tellLife(r *lifecycle.Report) string {
	return tell(&removal.Report{Checks: r.Checks, Findings: r.Findings}) + "\n" + r.Lifecycle.Unknown
}

func livesUnderLoad(t *testing.T, shipped Target, sys *System, c lifecycle.Config) {
	sc, err := scenarios.Open("drill", scenarios.Known{Ops: opNames(shipped), Faults: KnownFaults()})
	if err != nil {
		t.Fatal(err)
	}
	var r *lifecycle.Report
	trial := Trial{Options: Options{Scenario: sc, Target: shipped, Console: told{t}}, System: sys}
	doc, _, err := trial.LoadWhile(t.Context(), func(ctx context.Context) error { r = lifecycle.Run(ctx, c); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if iso := doc.Isolation; iso.RowsChecked < 100 || iso.Reaching == 0 || iso.Foreign+iso.Damaged+iso.Missing+iso.Lost > 0 {
		t.Errorf("the load: %+v, %+v", iso, doc.Findings)
	}
	for _, channel := range []string{"S04", "A01", "A02", "L01", "W02", "T05"} {
		if !slices.ContainsFunc(r.Checks, func(c result.Check) bool { return c.Channel == channel && c.Status == result.Pass && c.Units > 0 }) {
			t.Errorf("%s doesn't pass: %s", channel, tellLife(r))
		}
	}
	l := r.Lifecycle
	if len(r.Findings) > 0 || l.Unknown != "" || l.Onboarding.Rows < 11 || l.Reads < 1000 || l.Others != sys.World.Tenants || len(l.Served) != 3 || l.Removal == nil || l.Removal.Rows < 11 {
		t.Errorf("the shipped procedure: %s\n%+v", tellLife(r), l)
	}
}

func opNames(t Target) (names []string) {
	for _, o := range t.Ops {
		names = append(names, o.Name)
	}
	return names
}

// onboardsAnew has an onboarding fail half-way, and begins it anew.
func onboardsAnew(t *testing.T, c lifecycle.Config) {
	c.Scripts = patched(t, "onboarding/side_table.sql", "COMMIT;", "DO $$ BEGIN RAISE EXCEPTION 'interrupted'; END $$; COMMIT;")
	half := lifecycle.TakeIn(t.Context(), c)
	if half == nil || !strings.Contains(half.Error(), "interrupted") {
		t.Fatalf("half an onboarding: %v", half)
	}
	c.Scripts = nil
	if err := lifecycle.TakeIn(t.Context(), c); err != nil {
		t.Fatalf("begun anew: %v", err)
	}
	if err := lifecycle.TakeIn(t.Context(), c); err != nil {
		t.Fatalf("done twice: %v", err)
	}
	r := lifecycle.Run(t.Context(), c)
	if !strings.Contains(r.Lifecycle.Unknown, "before it is taken in") {
		t.Errorf("a tenant that is there: %s", tellLife(r))
	}
	if r.Lifecycle.Removal == nil || r.Lifecycle.Removal.Rows < 11 {
		t.Errorf("it was not removed: %+v", r.Lifecycle)
	}
	if slices.ContainsFunc(r.Findings, func(f result.Finding) bool { return f.Channel == "T05" }) {
		t.Errorf("something is left: %s", tellLife(r))
	}
}
