package migrate

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"
)

// TestErrorLine lets a real server find the mistakes.
func TestErrorLine(t *testing.T) {
	s := startServer(t)
	if err := Bootstrap(t.Context(), Hardened, s.super("engarde"), s.passwords); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, text, want string }{
		{"unknown column", "-- é;\nSELECT 1;\n\nSELECT\n  nothing;\n", "f.sql:5: column \"nothing\" does not exist (SQLSTATE 42703)"},
		{"bad grammar", "SELECT 1;\nSELEC 2;", "f.sql:2: syntax error at or near \"SELEC\" (SQLSTATE 42601)"},
		{"while running", "SELECT ';';\n/* ; */ SELECT $a$ ; $a$;\nSELECT 1\n / 0;", "f.sql:3: division by zero (SQLSTATE 22012)"},
		{"in a block", "BEGIN;\nDO $$\nBEGIN\n  PERFORM 1;\n  RAISE 'no' USING HINT = 'mend';\nEND\n$$;", "f.sql:5: no (SQLSTATE P0001); mend"},
	} {
		err := runText(t.Context(), s.connect(t, s.super("engarde")).PgConn(), "f.sql", c.text)
		var pg *pgconn.PgError
		if !errors.As(err, &pg) {
			t.Errorf("%s: the server's error can't be reached from %v", c.name, err)
			continue
		}
		if diff := cmp.Diff("sql/"+c.want, err.Error()); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
	if err := Bootstrap(t.Context(), "nonesuch", s.super("engarde"), nil); err == nil || !strings.Contains(err.Error(), "hardened") {
		t.Errorf("an unknown layout: got %v, want the names of those there are", err)
	}
}

func TestStatementStarts(t *testing.T) {
	const script = "-- a; b\nBEGIN;;\n DO $x$ ; $$ ; $x$;\nSELECT ';''', \";\" /* ; */;\n"
	var got []string
	for _, at := range statementStarts(script) {
		got = append(got, script[at:at+5])
	}
	if diff := cmp.Diff([]string{"BEGIN", "DO $x", "SELEC"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAlembicErrors(t *testing.T) {
	const dsn = "postgresql://engarde_migrator:p%40ss%2Fword@127.0.0.1:1/engarde"
	if _, err := Alembic(t.Context(), Hardened, t.TempDir(), filepath.Join(t.TempDir(), "no-python"), dsn, "current"); err == nil || !strings.Contains(err.Error(), "no Python at") {
		t.Errorf("a missing interpreter: got %v", err)
	}
	// An interpreter that tells its environment away, which is the worst that Alembic could do.
	python := filepath.Join(t.TempDir(), "python")
	if err := os.WriteFile(python, []byte("#!/bin/sh\nenv; echo 'p@ss/word'; exit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := Alembic(t.Context(), Hardened, t.TempDir(), python, dsn, "current")
	if err == nil || !strings.Contains(out, "ENGARDE_MIGRATION_DSN=postgresql://engarde_migrator:***@") {
		t.Fatalf("output %q, error %v", out, err)
	}
	for _, text := range []string{out, err.Error()} {
		if strings.Contains(text, "p@ss") || strings.Contains(text, "p%40ss") {
			t.Errorf("the password shows in %q", text)
		}
	}
}

func TestHash(t *testing.T) {
	first, err := Hash(Hardened)
	if err != nil || len(first) != 32 {
		t.Fatalf("hash %q, %v", first, err)
	}
	if again, _ := Hash(Hardened); again != first {
		t.Errorf("two hashes of the same files: %s, %s", first, again)
	}
	if _, err := Hash("nonesuch"); err == nil {
		t.Error("a layout without files has a hash")
	}
}
