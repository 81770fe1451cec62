package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
)

// leastCombinations of route, verb and identity are tried on Langflow: its 1.13.0 has 350 routes and more.
const leastCombinations = 300

// TestHTTP is the way of tenants' users: load and attack on the backend and on Langflow, every body judged.
func TestHTTP(t *testing.T) {
	needsServers(t)
	before := look(t)
	out := t.TempDir()
	// Latencies are not this test's affair, nor is a service that a busy machine made too slow to answer all in time.
	_, text := must(t, bulkhead(t, "run", "--scenario", "http", "--out", out), exitPass, exitObjective, exitUnknown)
	nothingLeft(t, before, 5*time.Second)
	doc := readRun(t, out)
	h := doc.HTTP
	if h == nil || doc.Attack == nil {
		t.Fatalf("no load or no attack over HTTP:\n%s", text)
	}
	if iso := h.Isolation; iso.Bodies < 1000 || iso.RowsChecked < 10*iso.Bodies || iso.Reaching < 50 || iso.Foreign+iso.Damaged+iso.Missing > 0 {
		t.Errorf("isolation %+v\nfindings %+v", iso, doc.Findings)
	}
	if a := h.Isolation.Audit; a == nil || a.NotCounted != "" || a.Operations < 100 || a.Missing+a.Extra > 0 {
		t.Errorf("audit trail %+v", a)
	}
	for _, op := range h.Load.Ops {
		if op.Verdict == result.NotChecked || op.Count == 0 || op.Reaching == 0 {
			t.Errorf("%s: %s, %d served, %d reaching", op.Name, op.Verdict, op.Count, op.Reaching)
		}
	}
	if c := h.Load.CacheHits; c == nil || c.Hits == 0 || c.Misses == 0 {
		t.Errorf("cache %+v: want answers out of it and others", c)
	}
	tried := map[string]result.ServiceScope{}
	for _, s := range doc.Attack.Services {
		tried[s.Service] = s
	}
	if tried[stack.Backend].Controls == 0 || tried[stack.Langflow].Combinations < leastCombinations || tried[stack.Langflow].Controls == 0 {
		t.Errorf("attacked: %+v", doc.Attack.Services)
	}
	for _, says := range []string{"Over HTTP: ms from when", "langflow_run", "bodies checked", "combinations of route, verb and identity"} {
		if !strings.Contains(text, says) {
			t.Errorf("the report doesn't say %q:\n%s", says, text)
		}
	}
	document := readFile(t, filepath.Join(out, "run.json"))
	for _, secret := range []string{"sk-", "eyJ"} { // API keys, tokens
		if strings.Contains(document, `"`+secret) || strings.Contains(text, secret) {
			t.Errorf("run.json or the report shows a secret that begins with %s", secret)
		}
	}
}

// TestBackendOfOnesOwn attacks a backend by an address and a list of its routes, as a team's own: here the stack's.
func TestBackendOfOnesOwn(t *testing.T) {
	needsServers(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "stack.json")
	must(t, bulkhead(t, "up", "--scenario", "drill", "--out", dir), exitPass)
	t.Cleanup(func() { must(t, bulkhead(t, "down", "--stack", file), exitPass) })
	st, err := stack.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("its own tests", func(t *testing.T) { backendsOwnTests(t, st) })
	routes := filepath.Join(dir, "routes.yaml")
	const declared = `channel: A01
anonymous: A02
unauthorized: [401]
tenant: tenant_id
objects: {campaign_id: public.campaigns}
routes:
  - {path: "/api/v1/campaigns/{campaign_id}", methods: [GET], path_params: [campaign_id]}
  - {path: /api/v1/campaigns, methods: [GET], query: [limit]}
`
	write(t, routes, declared)
	args := []string{"attack", "--stack", file, "--only", "http-objects,http-strangers", "--backend", st.Backend.URL, "--routes", routes, "--out", dir}
	_, text := must(t, bulkhead(t, args...), exitPass)
	if !strings.Contains(text, "tried on 2 routes") {
		t.Errorf("the declared routes are not what was tried:\n%s", text)
	}

	// Said to be another table's, the parameter has no owner who is served: nothing is known, and that is no pass.
	write(t, routes, strings.Replace(declared, "public.campaigns", "public.brands", 1))
	must(t, bulkhead(t, args...), exitUnknown)

	for says, args := range map[string][]string{
		"go together":        {"attack", "--stack", file, "--backend", st.Backend.URL},
		"another machine":    {"attack", "--stack", file, "--backend", "http://192.0.2.1:80", "--routes", routes},
		"want an address":    {"attack", "--stack", file, "--backend", "127.0.0.1:80", "--routes", routes},
		"no such file":       {"attack", "--stack", file, "--backend", st.Backend.URL, "--routes", filepath.Join(dir, "nowhere")},
		"--backend needs --": {"run", "--backend", st.Backend.URL, "--routes", routes},
	} {
		if _, output := must(t, bulkhead(t, args...), exitUsage); !strings.Contains(output, says) {
			t.Errorf("%v: %q isn't said in\n%s", args, says, output)
		}
	}
}

// TestKilledService: a backend that dies under load and comes back costs errors while it is away, says so, and the run ends with a verdict.
func TestKilledService(t *testing.T) {
	needsServers(t)
	before := look(t)
	doc, text, _ := disturbed(t, "fault-service-kill", exitObjective)
	nothingLeft(t, before, 5*time.Second)
	h := doc.HTTP
	if h == nil || len(h.Faults) != 1 || !h.Faults[0].Done {
		t.Fatalf("%+v\n%s", h, text)
	}
	if iso := h.Isolation; iso.Bodies < 100 || iso.Foreign+iso.Damaged+iso.Missing > 0 {
		t.Errorf("isolation %+v\nfindings %+v", iso, doc.Findings)
	}
	failed, early, back := int64(0), int64(0), int64(0)
	for _, op := range h.Load.Ops {
		failed += op.Errors
		for _, w := range op.Windows {
			switch {
			case float64(w.Second+1) < h.Faults[0].StartedSeconds:
				early += w.Errors
			case float64(w.Second) > h.Faults[0].BackSeconds:
				back += w.Count
			}
		}
	}
	if failed == 0 || early > 0 || back == 0 {
		t.Errorf("%d errors, %d of them before the fault, %d answers after it", failed, early, back)
	}
	if !strings.Contains(text, "during service_kill") {
		t.Errorf("no reason names the fault:\n%s", text)
	}
}

// backendsOwnTests runs the reference backend's tests, as whoever works on it would, on a stack that is up.
func backendsOwnTests(t *testing.T, st *stack.Stack) {
	const folder = "../../fixtures/engarde/backend"
	locked := []byte(readFile(t, filepath.Join(folder, "requirements-tests.txt")))
	python, err := stack.FindPython(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	venv, err := stack.EnvPath("backend-tests", locked, python)
	if err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) string {
		cmd := exec.Command(name, args...)
		cmd.Dir = folder
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "PYTHONPATH=", "ENGARDE_TEST_DATABASE_URL="+st.DSN.Pooled["engarde_user"].Reveal(),
			"ENGARDE_TEST_ADMIN_URL="+st.DSN.Direct["postgres"].Reveal(),
			fmt.Sprintf("ENGARDE_TEST_REDIS_URL=redis://%s:%s@%s/1", stack.ApplicationCache, st.Redis.Users[stack.ApplicationCache].Reveal(), st.Redis.Addr))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", filepath.Base(name), args, err, stack.Redact(string(out)))
		}
		return string(out)
	}
	interpreter := filepath.Join(venv, "bin", "python")
	if _, err := os.Stat(filepath.Join(venv, ".tests-complete")); err != nil { // half of one, if any, is made anew
		run(python.Path, "-m", "venv", "--clear", venv)
		run(interpreter, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", "requirements-tests.txt")
		write(t, filepath.Join(venv, ".tests-complete"), "")
	}
	if said := run(interpreter, "-m", "pytest", "-p", "no:cacheprovider", "tests"); !strings.Contains(said, " passed") || strings.Contains(said, "skipped") {
		t.Errorf("its tests say:\n%s", said)
	}
}
