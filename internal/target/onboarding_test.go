package target

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/engardehq/bulkhead/fixtures"
)

// TestOnboardingMistakes alters the shipped onboarding, one thing at a time.
func TestOnboardingMistakes(t *testing.T) {
	shipped, err := fixtures.FS.ReadFile("engarde/target.yaml")
	if err != nil {
		t.Fatal(err)
	}
	seed, err := fixtures.FS.ReadFile("engarde/seed.yaml")
	if err != nil {
		t.Fatal(err)
	}
	flow, err := fixtures.FS.ReadFile("langflow/flow.json")
	if err != nil {
		t.Fatal(err)
	}
	load := func(text string) error {
		_, err := Load(fstest.MapFS{"engarde/target.yaml": {Data: []byte(text)}, "engarde/seed.yaml": {Data: seed}, "langflow/flow.json": {Data: flow}}, "engarde")
		return err
	}
	if err := load(string(shipped)); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ old, new, want string }{
		{"sql: onboarding/open.sql, opens: true", "sql: onboarding/open.sql", "one step must open the tenant's door, not 0"},
		{"key: langflow, needs: langflow", "key: langflow, sql: x.sql, needs: langflow", `step "key" must have exactly one of sql and key`},
		{"role: engarde_user, sql: onboarding", "role: engarde_owner, sql: onboarding", `"engarde_owner" is no role of the target that may log in`},
		{"{public.tenants: 1}", "{public.campaigns: 1}", "public.campaigns: rows of a table are made by one script"},
		{"public.brands: 1", "public.brands: 0", "public.brands: rows of a table are made by one script, and at least one"},
		{"column: langflow.flow.data", "column: langflow.flow.nothing", `"langflow.flow.nothing" has no template in seed.yaml`},
		{"shows: langflow.flow,", "shows: langflow.message,", "of which a new tenant has no rows"},
		{"foreign: true, refused: [404], channel: L01", "refused: [404], channel: L01", "either shows or foreign"},
		{"again: [bootstrap/hardened/database.sql]", "again: [/etc/database.sql]", "no path of a script in sql/"},
	} {
		if !strings.Contains(string(shipped), tc.old) {
			t.Fatalf("target.yaml has no %q", tc.old)
		}
		if err := load(strings.Replace(string(shipped), tc.old, tc.new, 1)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.new, err, tc.want)
		}
	}
}
