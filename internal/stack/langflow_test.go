package stack

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/engardehq/bulkhead/fixtures"
)

func TestEnvironmentIsBuiltOnceAndNeverHalf(t *testing.T) {
	t.Setenv(cacheEnv, t.TempDir())
	n := open(t, Options{})
	small := []byte("six==1.17.0 --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\n")
	path, err := n.Env(t.Context(), "small", small, func(s string) { t.Log(s) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := output(t.Context(), filepath.Join(path, "bin", "python"), "-c", "import six"); err != nil {
		t.Error(err)
	}
	// As a killed build leaves it: all there but the last file.
	if err := os.Remove(filepath.Join(path, envComplete)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path, "half"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := n.Env(t.Context(), "small", small, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(path, "half")); err == nil {
		t.Error("what a killed build left was used")
	}
	wrong := []byte(strings.Replace(string(small), "4721", "4722", 1))
	_, err = n.Env(t.Context(), "small", wrong, nil)
	if err == nil || !strings.Contains(strings.ToLower(err.Error()), "hash") {
		t.Errorf("a package with another hash: %v", err)
	}
}

func TestLangflowBootsOnItsOwnSchema(t *testing.T) {
	n := open(t, Options{})
	requirements, err := fixtures.FS.ReadFile("langflow/requirements-1.13.0.txt")
	if err != nil {
		t.Fatal(err)
	}
	venv, err := n.Env(t.Context(), "langflow", requirements, func(s string) { t.Log(s) })
	if err != nil {
		t.Fatal(err)
	}
	startServers(t, n)
	conn, err := pgx.Connect(t.Context(), n.DirectDSN("postgres", "shop").Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, sql := range []string{"CREATE SCHEMA langflow AUTHORIZATION app", "ALTER ROLE app SET search_path = langflow"} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	lf, err := n.StartLangflow(t.Context(), LangflowConfig{Venv: venv, Database: "shop", Role: "app"})
	if err != nil {
		t.Fatal(err)
	}
	if err := lf.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("healthy after %s", lf.Took().Round(time.Second))
	form := url.Values{"username": {LangflowSuperuser}, "password": {n.Secrets.LangflowSuperuser.Reveal()}}
	resp, err := http.PostForm(lf.URL()+"/api/v1/login", form)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("superuser's login: status %d", resp.StatusCode)
	}
	cache := redis.NewClient(&redis.Options{Addr: n.Addr(Redis), Password: n.Secrets.Redis.Reveal()})
	defer cache.Close()
	if keys, err := cache.Keys(t.Context(), "langflow:cache:*").Result(); err != nil || len(keys) == 0 {
		t.Errorf("langflow doesn't use redis as its cache: %v, %v", keys, err)
	}
	tr := traceOf(n.scratch, n.keeper.pid, n.get(Langflow).port)
	began := time.Now()
	if err := n.StopLangflow(t.Context()); err != nil {
		t.Error(err)
	}
	t.Logf("stopped in %s", time.Since(began).Round(time.Millisecond))
	if err := n.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	tr.mustVanish(t, time.Second)
	log, err := os.ReadFile(n.LogFile(Langflow))
	if err != nil || len(log) == 0 {
		t.Errorf("langflow's log: %v", err)
	}
}
