package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ownOperation is one that a team brings: two files, with named parameters of their types.
var ownOperation = map[string]string{
	"large_budgets.yaml": `name: large_budgets
doc: The newest campaigns that may spend anything, since a moment long ago.
role: engarde_user
steps:
  - sql: large_budgets.sql
    named: {tenant: tenant, least: numeric 0.01, since: timestamptz 2020-01-01 00:00:00+00}
    reads: {table: public.campaigns, newest: 10}
    bare: {sql: large_budgets.bare.sql, newest: 10}
`,
	"large_budgets.sql": `SELECT id, tenant_id, name, budget FROM public.campaigns
WHERE tenant_id = :tenant AND budget >= :least AND created_at >= :since -- :nothing here
ORDER BY created_at DESC LIMIT 10
`,
	"large_budgets.bare.sql": `SELECT id, tenant_id, name, budget FROM public.campaigns ORDER BY created_at DESC LIMIT 10
`,
	"own.scenario": `name: own
doc: A team's own operation beside a shipped one.
target: engarde
tenants: 20
rows: 20_000
load: {rate: 200/s, warmup: 1s, duration: 5s, mix: {large_budgets: 3, campaign_write: 1}}
objectives: {response_p95: 50ms}
attack: glance
without: [langflow]
`,
}

func TestOwnOperation(t *testing.T) {
	needsServers(t)
	before := look(t)
	dir := t.TempDir()
	for name, text := range ownOperation {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out := t.TempDir()
	must(t, bulkhead(t, "run", "--operations", dir, "--scenario", filepath.Join(dir, "own.scenario"), "--without", "langflow", "--out", out),
		exitPass, exitObjective, exitUnknown)
	nothingLeft(t, before, 0)
	doc := readRun(t, out)
	isolated(t, doc)
	for _, op := range doc.Load.Ops {
		if op.Name == "large_budgets" && (op.Count == 0 || op.Errors > 0 || op.Reaching == 0) {
			t.Errorf("%+v", op)
		}
	}

	if err := os.WriteFile(filepath.Join(dir, "large_budgets.sql"), []byte("SELECT id FROM public.campaigns WHERE tenant_id = :tenat"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, text := must(t, bulkhead(t, "run", "--operations", dir, "--scenario", filepath.Join(dir, "own.scenario")), exitUsage)
	if !strings.Contains(text, "large_budgets.yaml: steps[0].named: :tenat has no value") {
		t.Errorf("a mistake in it: %q", text)
	}
}
