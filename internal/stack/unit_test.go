package stack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSecretsNeverPrint(t *testing.T) {
	const secret = "s3cr3tword"
	dsn := DSN("postgres://app:" + secret + "@127.0.0.1:5432/shop?sslmode=disable")
	s := &Secrets{Redis: secret}
	stack := &Stack{DSN: DSNs{Direct: map[string]DSN{"app": dsn}}, Redis: &RedisAccess{Password: secret}}
	for _, text := range []string{
		fmt.Sprint(dsn), fmt.Sprintf("%v %+v %#v %q %s", dsn, dsn, dsn, dsn, dsn), fmt.Sprintf("%v %#v %q", s.Redis, s.Redis, s.Redis),
		fmt.Sprintf("%+v", stack.DSN), fmt.Sprintf("%+v", *stack.Redis), fmt.Errorf("dial %s", dsn).Error(),
		Redact("CREATE ROLE app LOGIN PASSWORD '" + secret + "'"), Redact("requirepass: " + secret), Redact("redis://:" + secret + "@h:1/0"),
		s.Redact("the word " + secret + " alone"),
	} {
		if strings.Contains(text, secret) {
			t.Errorf("prints the secret: %s", text)
		}
	}
	data, err := json.Marshal(stack)
	if err != nil || !strings.Contains(string(data), secret) || dsn.Reveal() != string(dsn) {
		t.Errorf("the stack file has to hold it: %s, %v", data, err)
	}
}

func TestSecretsSurviveSaving(t *testing.T) {
	s := NewSecrets()
	app := s.Role("app")
	path := filepath.Join(t.TempDir(), "secrets.json")
	if err := s.save(path); err != nil {
		t.Fatal(err)
	}
	got, err := loadSecrets(path)
	if err != nil {
		t.Fatal(err)
	}
	if got.Role("app") != app || got.LangflowKey != s.LangflowKey || got.Role("postgres") != s.Superuser || len(app) < 20 {
		t.Error("other secrets than were saved")
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
}

func TestPortsAskedFor(t *testing.T) {
	l, err := net.Listen("tcp4", loopback+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	for name, tc := range map[string]struct {
		service string
		port    int
		want    string
	}{
		"in use":     {Postgres, port, fmt.Sprintf("port %d for postgres is in use by pid %d", port, os.Getpid())},
		"no port":    {Redis, 70000, "isn't a port"},
		"no service": {"mysql", 3306, "postgres, pgbouncer, redis, langflow"},
	} {
		if err := checkPort(tc.service, tc.port); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q in it", name, err, tc.want)
		}
	}
}

func TestRunLockNamesItsHolder(t *testing.T) {
	name := fmt.Sprintf("@bulkhead-test-%d", os.Getpid())
	first, err := acquireLock(name)
	if err != nil {
		t.Fatal(err)
	}
	_, err = acquireLock(name)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("pid %d since", os.Getpid())) {
		t.Errorf("got %v", err)
	}
	first.Release()
	again, err := acquireLock(name)
	if err != nil {
		t.Fatal(err)
	}
	again.Release()
}

// A program that tells another version is all that is asked of a wrong PostgreSQL.
func TestOtherPostgresIsRefused(t *testing.T) {
	dir := t.TempDir()
	for name, body := range map[string]string{"postgres": "echo 'postgres (PostgreSQL) 14.9'", "initdb": "", "pg_controldata": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for asked, want := range map[string]string{dir: "PostgreSQL 14.9, and only 15 is supported", t.TempDir(): "no PostgreSQL in"} {
		_, _, err := findPostgres(t.Context(), asked)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.What, want) || !strings.Contains(e.Mend, "apt-get install postgresql-15") {
			t.Errorf("got %v, want %q", err, want)
		}
		checks := Doctor(t.Context(), Options{PGBin: asked}, nil)
		if !Lacking(checks) || checks[0].OK || checks[0].Mend == "" {
			t.Errorf("doctor finds nothing missing: %+v", checks[0])
		}
	}
}

func TestPythonThatWontDo(t *testing.T) {
	old := filepath.Join(t.TempDir(), "python3")
	if err := os.WriteFile(old, []byte("#!/bin/sh\necho 3.9.2 9 3 /usr/bin/python3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv(pythonEnv, old)
	if _, err := FindPython(t.Context()); err == nil || !strings.Contains(err.Error(), "3.9.2") || !strings.Contains(err.Error(), pythonMend) {
		t.Errorf("got %v", err)
	}
}

func TestCopyTree(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	want := map[string]string{"a": "1", "d/b": strings.Repeat("x", 1<<20), "d/e/c": ""}
	for name, text := range want {
		if err := WriteWhole(filepath.Join(from, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := WriteWhole(filepath.Join(from, "postmaster.pid"), []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &copier{uid: -1, gid: -1, skip: skipSaved}
	if err := c.tree(t.Context(), from, to); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, name := range []string{"a", "d/b", "d/e/c", "postmaster.pid"} {
		if data, err := os.ReadFile(filepath.Join(to, name)); err == nil {
			got[name] = string(data)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if c.bytes.Load() != 1<<20+1 {
		t.Errorf("counted %d bytes", c.bytes.Load())
	}
	if err := os.Symlink("/", filepath.Join(from, "link")); err != nil {
		t.Fatal(err)
	}
	if err := c.tree(t.Context(), from, to+"2"); err == nil {
		t.Error("a link out of the folder was copied")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.tree(ctx, from, to+"3"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled copy: %v", err)
	}
}

func TestStatesKeepTheNewest(t *testing.T) {
	s := &States{dir: t.TempDir(), Keep: 2}
	for i, key := range []string{"old", "mid", "new"} {
		meta, err := json.Marshal(State{Key: key, Made: time.Unix(int64(i), 0)})
		if err != nil {
			t.Fatal(err)
		}
		if err := WriteWhole(filepath.Join(s.dir, key, stateMeta), meta, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(s.dir, ".half-1"), 0o700); err != nil {
		t.Fatal(err)
	}
	if st, err := s.Lookup(".half-1"); st != nil {
		t.Errorf("a half state was found: %v %v", st, err)
	}
	s.removeHalves()
	s.prune("new")
	var keys []string
	for _, st := range s.List() {
		keys = append(keys, st.Key)
	}
	if diff := cmp.Diff([]string{"new", "mid"}, keys); diff != "" {
		t.Error(diff)
	}
	left, err := os.ReadDir(s.dir)
	if err != nil || len(left) != 2 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestSweepTouchesOnlyItsOwn(t *testing.T) {
	tmp := t.TempDir()
	long := time.Now().Add(-time.Hour)
	made := map[string]bool{"bulkhead-mine": true, "bulkhead-live": false, "bulkhead-other": false, "bulkhead-empty": true, "bulkhead-fresh": false}
	for name := range made {
		if err := os.Mkdir(filepath.Join(tmp, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"bulkhead-mine/" + scratchMark, "bulkhead-mine/x", "bulkhead-live/" + scratchMark, "bulkhead-other/x"} {
		if err := os.WriteFile(filepath.Join(tmp, file), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(filepath.Join(tmp, file), long, long); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(filepath.Join(tmp, "bulkhead-empty"), long, long); err != nil {
		t.Fatal(err)
	}
	lock, ok := tryLock(filepath.Join(tmp, "bulkhead-live", scratchMark), 2) // LOCK_EX, as its keeper has it
	if !ok {
		t.Fatal("can't lock")
	}
	defer lock.release()
	Sweep(tmp)
	for name, swept := range made {
		if _, err := os.Stat(filepath.Join(tmp, name)); errors.Is(err, os.ErrNotExist) != swept {
			t.Errorf("%s: swept should be %v", name, swept)
		}
	}
}

func TestOutFolderThatCantBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := logFolder(filepath.Join(file, "out")); err == nil || !strings.Contains(err.Error(), "--out") {
		t.Errorf("got %v", err)
	}
}

func TestStackFilesThatArent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stack.json")
	if _, err := Load(t.Context(), path); !errors.Is(err, ErrNoStackFile) {
		t.Errorf("got %v", err)
	}
	for _, text := range []string{"", "{}", `{"schema_version": 99}`, "[]"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(t.Context(), path); !errors.Is(err, ErrNotStackFile) {
			t.Errorf("%q: got %v", text, err)
		}
	}
}
