package migrate

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/stack/stacktest"
)

// langflow is a real Langflow server on the test's database.
type langflow struct {
	n    *stack.Native
	venv string
	url  string
}

func newLangflow(t *testing.T, s *server) *langflow {
	t.Helper()
	python := stacktest.Python(t, s.n, "langflow", "langflow/requirements-1.13.0.txt")
	return &langflow{n: s.n, venv: filepath.Dir(filepath.Dir(python))}
}

// start returns when Langflow answers, which it does after its own migration.
func (l *langflow) start(t *testing.T) {
	t.Helper()
	pending, err := l.n.StartLangflow(t.Context(), stack.LangflowConfig{Venv: l.venv, Database: "engarde", Role: "langflow_app"})
	if err != nil {
		t.Fatal(err)
	}
	if err := pending.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.url = pending.URL()
}

func (l *langflow) stop(t *testing.T) {
	t.Helper()
	if err := l.n.StopLangflow(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// call sends body as a form where it is url.Values, as JSON otherwise.
func (l *langflow) call(method, path, token string, body any) (int, map[string]any) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	kind := "application/json"
	var content io.Reader = http.NoBody
	switch b := body.(type) {
	case nil:
	case url.Values:
		kind, content = "application/x-www-form-urlencoded", strings.NewReader(b.Encode())
	default:
		encoded, _ := json.Marshal(b)
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, l.url+path, content)
	if err != nil {
		return 0, nil
	}
	request.Header.Set("Content-Type", kind)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil
	}
	defer answer.Body.Close()
	var fields map[string]any
	_ = json.NewDecoder(answer.Body).Decode(&fields)
	return answer.StatusCode, fields
}

// must is call for what has to succeed.
func (l *langflow) must(t *testing.T, method, path, token string, body any) map[string]any {
	t.Helper()
	status, fields := l.call(method, path, token, body)
	if status < 200 || status > 299 {
		t.Fatalf("%s %s: %d %v", method, path, status, fields)
	}
	return fields
}

func (l *langflow) login(t *testing.T, user, password string) string {
	t.Helper()
	token, _ := l.must(t, http.MethodPost, "/api/v1/login", "", url.Values{"username": {user}, "password": {password}})["access_token"].(string)
	return token
}

// user makes an active Langflow user and returns its id and token.
func (l *langflow) user(t *testing.T, name string) (id, token string) {
	t.Helper()
	admin := l.login(t, stack.LangflowSuperuser, l.n.Secrets.LangflowSuperuser.Reveal())
	password := "password of " + name
	id, _ = l.must(t, http.MethodPost, "/api/v1/users/", admin, map[string]any{"username": name, "password": password})["id"].(string)
	l.must(t, http.MethodPatch, "/api/v1/users/"+id, admin, map[string]any{"is_active": true})
	return id, l.login(t, name, password)
}

// flow makes an empty flow through Langflow's API and returns its id.
func (l *langflow) flow(t *testing.T, token, name string) string {
	t.Helper()
	id, _ := l.must(t, http.MethodPost, "/api/v1/flows/", token,
		map[string]any{"name": name, "data": map[string]any{"nodes": []any{}, "edges": []any{}}})["id"].(string)
	return id
}
