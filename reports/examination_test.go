package reports

import (
	"bytes"
	"errors"
	"testing"

	"github.com/engardehq/bulkhead/internal/result"
)

func audited() *result.Examination {
	return &result.Examination{
		Kind: "audit", Target: result.Target{Name: "engarde", Exceptions: []result.Statement{{What: "public.plans", Reason: "price list"}}}, Verdict: result.Fail, ExitCode: 1, Seconds: 0.31,
		Reasons: []result.Reason{{Status: result.Fail, ExitCode: 1, What: "weakness: row security is off"}},
		Findings: []result.Finding{
			{Channel: "S04", Severity: result.Weakness, What: "public.ads: row security is off", Where: "public.ads, engarde_user", Count: 1, Fix: `ALTER TABLE "public"."ads" ENABLE ROW LEVEL SECURITY;`},
			{Channel: "S14", Severity: result.Note, What: "x.y: engarde_user has SELECT", Where: "x.y, engarde_user", Count: 6,
				Evidence: []result.Evidence{{Table: "a", Detail: "a: seen"}, {Table: "b", Detail: "b"}, {Table: "c", Detail: "c"}, {Table: "d", Detail: "d"}}},
		},
		Checks: []result.Check{
			{Channel: "W04", How: result.ByCatalog, Name: "w04_keys", Doc: "no key spans tenants", Units: 171, Status: result.Pass},
			{Channel: "S04", How: result.ByCatalog, Name: "s04_no_row_security", Doc: "every table has row security", Units: 1171, Hits: 1, Status: result.Fail},
			{Channel: "S15", How: result.ByCatalog, Name: "s15_server_settings", Doc: "no tenant for everybody", Units: 1, Status: result.Unknown, Why: "permission denied; audit as a superuser"},
			{Channel: "X01", How: result.ByCatalog, Name: "own", Doc: "a team's own", Units: 1, Status: result.Pass},
		},
	}
}

func attacked() *result.Examination {
	return &result.Examination{
		Kind: "attack", Target: result.Target{Name: "engarde"}, Verdict: result.Pass, Seconds: 41.2, Seed: 7,
		Checks: []result.Check{
			{Channel: "S06", How: result.ByProbe, Name: "reads", Doc: "read all", Units: 1234, UpperBound: 0.00243, Status: result.Pass},
			{Channel: "W06", How: result.ByProbe, Name: "interference", Doc: "change and compare", Units: 40, UpperBound: 0.072, Status: result.Pass, Residual: "counts in statistics views"},
			{Channel: "R01", How: result.ByProbe, Name: "cache", Doc: "keys", Status: result.NotChecked, Why: "there is no Redis", Lacks: "redis"},
		},
		Attack: &result.AttackScope{Depth: "pairs", Pairs: 120, PairsCovered: 120, Combinations: 8640, Tried: 42, Attackers: 5},
	}
}

func TestExamination(t *testing.T) {
	for name, e := range map[string]*result.Examination{"audit": audited(), "attack": attacked()} {
		var got bytes.Buffer
		if err := Examination(&got, e); err != nil {
			t.Fatal(err)
		}
		golden(t, "examination-"+name, got.String())
		if err := Examination(&brokenPipe{300}, e); !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMatrix(t *testing.T) {
	var got bytes.Buffer
	err := Matrix(&got, []result.RoleRights{
		{Role: "engarde_user", Object: "public.ads", Rows: "of tenants, policies", Rights: []string{"SELECT", "INSERT", "UPDATE", "DELETE"}},
		{Role: "langflow_app", Object: "public.langflow_tenant_users", Rows: "of tenants, policies", Rights: []string{"SELECT (user_id, tenant_id)"}},
		{Role: "audit_user", Object: "public.plans", Rows: "shared", Rights: []string{"SELECT"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "matrix", got.String())
}
