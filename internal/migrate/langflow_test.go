package migrate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/engardehq/bulkhead/internal/stack"
)

const langflowAdminPassword = "admin-of-the-test"

// langflow is a real Langflow server against one database of the test's PostgreSQL.
type langflow struct {
	python, home, dsn string
	port              int
	process           *exec.Cmd
	exited            chan struct{}
}

// langflowPython gives the interpreter of an installed Langflow: the one that
// BULKHEAD_LANGFLOW_PYTHON names, else that of the environment which an earlier run has built. It
// is 1.4 GB, so the test doesn't build one.
func langflowPython(t *testing.T) string {
	t.Helper()
	if python := os.Getenv("BULKHEAD_LANGFLOW_PYTHON"); python != "" {
		return python
	}
	const requirements = "langflow/requirements-1.13.0.txt"
	python, err := stack.FindPython(t.Context())
	if err != nil {
		t.Skip(err)
	}
	venv, err := stack.EnvPath("langflow", lock(t, requirements), python)
	if err != nil || !stack.EnvReady(venv) {
		t.Skipf("no Langflow environment at %s (%v): `bulkhead run` makes it, or install fixtures/%s into a virtual "+
			"environment and set BULKHEAD_LANGFLOW_PYTHON to its python", venv, err, requirements)
	}
	return filepath.Join(venv, "bin", "python")
}

func newLangflow(t *testing.T, python, dsn string) *langflow {
	l := &langflow{python: python, home: t.TempDir(), dsn: dsn}
	t.Cleanup(l.stop)
	return l
}

// start returns when Langflow answers, which it does after its own migration.
func (l *langflow) start(t *testing.T) {
	t.Helper()
	l.port = freePort(t)
	logPath := filepath.Join(l.home, "log")
	logFile, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer logFile.Close()
	l.process = exec.Command(l.python, "-m", "langflow", "run", "--backend-only", "--host", "127.0.0.1", "--port", strconv.Itoa(l.port))
	l.process.Dir, l.process.Stdout, l.process.Stderr = l.home, logFile, logFile
	l.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	l.process.Env = append(os.Environ(), "LANGFLOW_DATABASE_URL="+l.dsn, "LANGFLOW_CONFIG_DIR="+filepath.Join(l.home, "config"),
		"LANGFLOW_AUTO_LOGIN=false", "LANGFLOW_SUPERUSER=admin", "LANGFLOW_SUPERUSER_PASSWORD="+langflowAdminPassword,
		"LANGFLOW_SECRET_KEY=YSBrZXkgb2YgMzIgYnl0ZXMgZm9yIHRoaXMgdGVzdCE=", "DO_NOT_TRACK=true", "HOME="+l.home,
		// Langflow leaves an outbox of rows, locks and certificates in the temporary folder.
		"TMPDIR="+l.home)
	if err := l.process.Start(); err != nil {
		t.Fatal(err)
	}
	l.exited = make(chan struct{})
	go func() { _ = l.process.Wait(); close(l.exited) }()

	for deadline := time.Now().Add(4 * time.Minute); ; time.Sleep(500 * time.Millisecond) {
		if status, _ := l.call(http.MethodGet, "/health_check", "", nil); status == http.StatusOK {
			return
		}
		gone := false
		select {
		case <-l.exited:
			gone = true
		default:
		}
		if gone || time.Now().After(deadline) {
			text, _ := os.ReadFile(logPath)
			t.Fatalf("Langflow is not healthy (process gone: %v); the end of its log:\n%s", gone, lastLines(string(text), 25))
		}
	}
}

// stop ends the whole process group, politely first.
func (l *langflow) stop() {
	if l.process == nil {
		return
	}
	_ = syscall.Kill(-l.process.Process.Pid, syscall.SIGINT)
	select {
	case <-l.exited:
	case <-time.After(20 * time.Second):
	}
	_ = syscall.Kill(-l.process.Process.Pid, syscall.SIGKILL)
	<-l.exited
	l.process = nil
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
	request, err := http.NewRequestWithContext(ctx, method, fmt.Sprintf("http://127.0.0.1:%d%s", l.port, path), content)
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
	admin := l.login(t, "admin", langflowAdminPassword)
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
