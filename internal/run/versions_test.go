package run

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/engardehq/bulkhead/fixtures"
	"github.com/engardehq/bulkhead/internal/checks"
	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/probes/web"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/stack/stacktest"
	"github.com/engardehq/bulkhead/scenarios"
)

func TestLangflowVersions(t *testing.T) {
	if d := cmp.Diff([]string{"1.13.0", "1.0.18"}, LangflowVersions()); d != "" {
		t.Error(d)
	}
	seen := map[string]string{}
	for _, v := range LangflowVersions() {
		lock, err := langflowLock(v)
		if err != nil || !bytes.Contains(lock, []byte("langflow-base==")) {
			t.Errorf("%s: %v", v, err)
		}
		if other, twice := seen[string(lock)]; twice {
			t.Errorf("%s and %s are the same", v, other)
		}
		seen[string(lock)] = v
	}
	if _, err := langflowLock("1.0.17"); err == nil || !strings.Contains(err.Error(), "1.0.18") {
		t.Errorf("an unknown version: %v", err)
	}
}

// TestStateOfEachVersion keeps states of different versions apart, and that of the usual one under one key however it is asked for.
func TestStateOfEachVersion(t *testing.T) {
	shipped, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	known := scenarios.Known{Ops: ops.Names(shipped.Ops), HTTPOps: ops.Names(shipped.Calls), Faults: KnownFaults()}
	sc, err := scenarios.Open("quick", known)
	if err != nil {
		t.Fatal(err)
	}
	key := func(version string) string {
		o, on := Options{Scenario: sc, Langflow: version}, shipped
		if on.Seed, err = shipped.Seed.For(o.langflow()); err != nil {
			t.Fatal(err)
		}
		k, err := stateKey(o, on)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	if key("") != key("1.13.0") {
		t.Error("the usual version has another key when it is named")
	}
	if key("1.0.18") == key("1.13.0") {
		t.Error("two versions share a state")
	}
}

// TestMeantPolicies: a leak through a service isn't blamed on the policy by which the service reads all of its own schema.
func TestMeantPolicies(t *testing.T) {
	shipped, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		table, role string
		want        []string
	}{
		{"langflow.flow", "langflow_app", []string{"langflow_service"}},
		{"langflow.flow", "engarde_user", nil},
		{"public.campaigns", "langflow_app", nil},
		{"public.langflow_tenant_users", "langflow_app", []string{"langflow_lookup"}},
	} {
		if d := cmp.Diff(tc.want, meant(shipped, checks.Door{Table: tc.table, Role: tc.role})); d != "" {
			t.Errorf("%s by %s:\n%s", tc.table, tc.role, d)
		}
	}
}

// smallApplication has a route of each kind that is easily overlooked.
const smallApplication = `
from uuid import UUID
from fastapi import FastAPI, Header
from pydantic import BaseModel

print("what an application prints is no route")


class Thing(BaseModel):
    name: str
    owner_id: UUID


def create_app() -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    inner = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/things/{thing_id}")
    def read_thing(thing_id: UUID, limit: int = 3, x_tenant: str = Header(default="")): ...

    @app.put("/things/{thing_id}", include_in_schema=False)
    def write_thing(thing_id: UUID, thing: Thing): ...

    @app.delete("/old/{number}", deprecated=True)
    def old(number: int): ...

    @app.websocket("/ws/{name}")
    async def talk(name: str): ...

    @inner.post("/deep")
    def deep(): ...

    app.mount("/inner", inner)
    return app
`

// TestRoutes asks a small application for its routes, in the backend's own environment.
func TestRoutes(t *testing.T) {
	if testing.Short() {
		t.Skip("runs Python in the backend's environment, which is made where it isn't there; run without -short")
	}
	n, err := stack.Open(t.Context(), stack.Options{Out: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close(t.Context())
	lock := backendFolder + "/requirements.txt"
	stacktest.Python(t, n, stack.Backend, lock)
	script, err := fixtures.FS.ReadFile("routes.py")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "small.py"), []byte(smallApplication), 0o644); err != nil {
		t.Fatal(err)
	}
	locked, err := requirements(lock)
	if err != nil {
		t.Fatal(err)
	}
	a := application{name: stack.Backend, requirements: locked, factory: "small:create_app", env: []string{"PYTHONPATH=" + folder}}
	data, err := a.ask(t.Context(), script, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var routes []web.Route // as they are told: ReadRoutes leaves out what isn't HTTP
	if err := json.Unmarshal(data, &routes); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range routes {
		got[strings.Join(r.Methods, " ")+" "+r.Path] = inWords(r)
	}
	want := map[string]string{
		"GET /things/{thing_id}": "in the path thing_id uuid; query limit",
		"PUT /things/{thing_id}": "in the path thing_id uuid; body name owner_id; hidden",
		"DELETE /old/{number}":   "in the path number integer; deprecated",
		"WEBSOCKET /ws/{name}":   "in the path name string; hidden",
		"POST /inner/deep":       "hidden",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	a.factory = "small:no_app"
	if _, err := a.ask(t.Context(), script, t.TempDir()); err == nil || !strings.Contains(err.Error(), "no_app") {
		t.Errorf("an application that isn't there: %v", err)
	}
}

// inWords puts what is known of a route in words.
func inWords(r web.Route) string {
	var all []string
	for _, p := range r.PathParams {
		kind := p.Schema["format"]
		if kind == nil {
			kind = p.Schema["type"]
		}
		all = append(all, fmt.Sprintf("in the path %s %v", p.Name, kind))
	}
	for _, p := range r.Query {
		all = append(all, "query "+p.Name)
	}
	if properties, ok := r.Body["properties"].(map[string]any); ok {
		all = append(all, "body "+strings.Join(slices.Sorted(maps.Keys(properties)), " "))
	}
	for what, is := range map[string]bool{"hidden": r.Hidden, "deprecated": r.Deprecated} {
		if is {
			all = append(all, what)
		}
	}
	return strings.Join(all, "; ")
}
