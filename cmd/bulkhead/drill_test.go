package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
)

// sample is one mutant of each scope, some more of a database, and two that are benign. `make prove` drills them all.
var sample = []string{"S04-disabled", "S06-null-is-open", "S07-totals-only", "W02-delete-any", "S02-bypass-for-a-report", "C01-pooler-sets-a-tenant", "R02-no-password",
	"R01-key-without-tenant", "A02-backend-signature-not-verified", "L04-langflow-wide-policy",
	"benign-restrictive-policy", "benign-new-tenant-table"}

func TestDrillOfASample(t *testing.T) {
	needsServers(t)
	out := t.TempDir()
	code, output := must(t, bulkhead(t, "drill", "--out", out, "--only", strings.Join(sample, ",")), 0, 1, 4)
	if code != 0 {
		t.Fatalf("exit code %d:\n%s", code, output)
	}
	d, err := result.ReadDrill(filepath.Join(out, "drill.json"))
	if err != nil {
		t.Fatal(err)
	}
	if d.Mutants != 10 || d.Killed != 10 || d.KilledByIntended < 10 || d.Benign != 2 || len(d.FalseAlarms) != 0 || d.Whole {
		t.Errorf("%d mutants, %d killed, %d by the intended channel, %d benign, false alarms %v", d.Mutants, d.Killed, d.KilledByIntended, d.Benign, d.FalseAlarms)
	}
	scopes := map[string]bool{}
	for _, r := range d.Results {
		scopes[r.Scope] = true
	}
	for _, scope := range []string{"database", "cluster", "pooler", "redis", "app", "backend", "langflow"} {
		if !scopes[scope] {
			t.Errorf("no mutant of scope %s was drilled: %v", scope, scopes)
		}
	}
}

// A team's own mutant, on a stack that was up before; a drill that is interrupted puts all back; one that goes on tries only the rest.
func TestDrillOnAStackThatIsUp(t *testing.T) {
	needsServers(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "stack.json")
	must(t, bulkhead(t, "up", "--scenario", "drill", "--out", filepath.Join(dir, "up"), "--stack", file), 0)
	t.Cleanup(func() { must(t, bulkhead(t, "down", "--stack", file), 0) })
	st, err := stack.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(context.Background(), st.DSN.Direct["postgres"].Reveal())
	if err != nil {
		t.Fatal(err)
	}
	ini := filepath.Join(st.Paths.Scratch, stack.PgBouncer, "pgbouncer.ini")
	before, files := roles(t, conn), readFile(t, ini)
	_ = conn.Close(context.Background()) // the drill ends it otherwise

	own := filepath.Join(dir, "own")
	write(t, filepath.Join(own, "S04-ours.sql"), "-- id: S04-ours\n-- channel: S04\n-- scope: database\n-- doc: ours\n-- apply\nALTER TABLE public.tags DISABLE ROW LEVEL SECURITY;\n")
	slow := "-- id: S02-slow\n-- channel: S02\n-- scope: cluster\n-- doc: stays long enough to be interrupted\n-- apply\nALTER ROLE engarde_user BYPASSRLS;\n-- apply\n" +
		"SELECT pg_sleep(20);\n-- undo\nALTER ROLE engarde_user NOBYPASSRLS;\n"
	write(t, filepath.Join(own, "S02-slow.sql"), slow)
	out := filepath.Join(dir, "out")
	args := []string{"drill", "--stack", file, "--out", out, "--mutants", own, "--only", "S04-ours,S02-slow"}
	cmd := bulkhead(t, args...)
	var text strings.Builder
	cmd.Stdout, cmd.Stderr = &text, &text
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	bypassed := func() bool {
		conn, err := pgx.Connect(context.Background(), strings.Replace(st.DSN.Direct["postgres"].Reveal(), "/engarde?", "/postgres?", 1))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.Background())
		var yes bool
		if err := conn.QueryRow(context.Background(), "SELECT rolbypassrls FROM pg_roles WHERE rolname = 'engarde_user'").Scan(&yes); err != nil {
			t.Fatal(err)
		}
		return yes
	}
	for deadline := time.Now().Add(90 * time.Second); !bypassed(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the mutant was never applied:\n%s", text.String())
		}
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	err = <-ended
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
		t.Fatalf("interrupted: %v\n%s", err, text.String())
	}
	if bypassed() {
		t.Error("the interrupted drill left its mutant behind")
	}

	write(t, filepath.Join(own, "S02-slow.sql"), strings.Replace(slow, "pg_sleep(20)", "pg_sleep(0)", 1))
	_, output := must(t, bulkhead(t, append(args, "--resume")...), 0)
	if strings.Contains(output, "S04-ours: killed") || !strings.Contains(output, "1/1 S02-slow: killed") {
		t.Errorf("it didn't go on with the rest alone:\n%s", output)
	}
	d, err := result.ReadDrill(filepath.Join(out, "drill.json"))
	if err != nil {
		t.Fatal(err)
	}
	if d.Mutants != 2 || d.KilledByIntended != 2 {
		t.Errorf("%d mutants, %d killed by the intended channel; want both", d.Mutants, d.KilledByIntended)
	}

	if conn, err = pgx.Connect(context.Background(), st.DSN.Direct["postgres"].Reveal()); err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if diff := cmp.Diff(before, roles(t, conn)); diff != "" {
		t.Errorf("roles and databases aren't as before (-before +after)\n%s", diff)
	}
	if diff := cmp.Diff(files, readFile(t, ini)); diff != "" {
		t.Errorf("pgbouncer.ini isn't as before (-before +after)\n%s", diff)
	}
}

func TestDrillRefuses(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "bad", "x.sql"), "-- id: y\n-- apply\nSELECT 1;\n")
	write(t, filepath.Join(dir, "same", "S04-disabled.sql"), "-- id: S04-disabled\n-- channel: S04\n-- scope: database\n-- doc: d\n-- apply\nSELECT 1;\n")
	for says, args := range map[string][]string{
		"no mutant is":                       {"--only", "S99", "--out", filepath.Join(dir, "o")},
		"there is no":                        {"--resume", "--out", filepath.Join(dir, "o2")},
		"want the name of the file":          {"--mutants", filepath.Join(dir, "bad")},
		"there is no .sql file":              {"--mutants", filepath.Join(dir, "nowhere")},
		"there is a mutant S04-disabled":     {"--mutants", filepath.Join(dir, "same")},
		"--jobs 0":                           {"--jobs", "0", "--out", filepath.Join(dir, "o3")},
		"there is no " + dir + "/stack.json": {"--stack", filepath.Join(dir, "stack.json"), "--out", filepath.Join(dir, "o4")},
	} {
		if _, output := must(t, bulkhead(t, append([]string{"drill"}, args...)...), 2); !strings.Contains(output, says) {
			t.Errorf("%v: %q isn't said in\n%s", args, says, output)
		}
	}
}

func roles(t *testing.T, conn *pgx.Conn) (all []string) {
	t.Helper()
	rows, err := conn.Query(context.Background(), "SELECT rolname || ' ' || rolbypassrls FROM pg_roles UNION ALL SELECT datname FROM pg_database ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	if all, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		t.Fatal(err)
	}
	return all
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
