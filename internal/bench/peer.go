package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/sql"
)

// pgbench runs scripts of pgbench, one for each tenant, against the stack.
type pgbench struct {
	program string
	env     []string
	scripts map[bool][]string // by whether they are pipelined
	ids     []string          // -D options: the tenants
}

// newPgbench writes the scripts and makes sure that each of them reads a full page.
func (b *bench) newPgbench(ctx context.Context, folder string) (*pgbench, error) {
	p := &pgbench{program: filepath.Join(b.bin, "pgbench"), env: clientEnv(b.sys.Stack.DSN.Direct[role]), scripts: map[bool][]string{}}
	if _, err := os.Stat(p.program); err != nil {
		return nil, &stack.Error{What: "pgbench isn't beside PostgreSQL's other programs", Mend: "install the package that has it (Debian: postgresql-15)", Err: err}
	}
	read, err := fs.ReadFile(sql.FS, "ops/"+b.spec.Steps[0].SQL)
	if err != nil {
		return nil, err
	}
	for i, tn := range b.who {
		p.ids = append(p.ids, "-D", fmt.Sprintf("t%d=%s", i, b.sys.World.Codec.TenantID(tn)))
	}
	for i := range b.who {
		variable := fmt.Sprintf(":t%d", i)
		for _, pipelined := range []bool{false, true} {
			file := filepath.Join(folder, fmt.Sprintf("tenant%d.pipelined-%t.sql", i, pipelined))
			if err := os.WriteFile(file, []byte(script(b.target.Tenancy.Set, string(read), variable, pipelined)), 0o600); err != nil {
				return nil, fmt.Errorf("script of pgbench: %w", err)
			}
			p.scripts[pipelined] = append(p.scripts[pipelined], file)
		}
		file := filepath.Join(folder, fmt.Sprintf("tenant%d.check.sql", i))
		if err := os.WriteFile(file, []byte(check(b.target.Tenancy.Set, string(read), variable, b.page)), 0o600); err != nil {
			return nil, fmt.Errorf("script of pgbench: %w", err)
		}
		if _, err := p.run(ctx, "-c", "1", "-t", "1", "-f", file); err != nil {
			return nil, fmt.Errorf("a script of pgbench doesn't read the %d rows that it must: %w", b.page, err)
		}
	}
	return p, nil
}

// script is one transaction as pgbench sends it: the same statements with the same parameter as an operation's.
func script(set, read, variable string, pipelined bool) string {
	lines := []string{"BEGIN;", statement(set, variable) + ";", statement(read, variable) + ";", "COMMIT;"}
	if pipelined {
		lines = append(append([]string{`\startpipeline`}, lines...), `\endpipeline`)
	}
	return strings.Join(lines, "\n") + "\n"
}

// check is a transaction that fails where the read doesn't give a full page: pgbench itself never looks at rows.
func check(set, read, variable string, page int) string {
	return strings.Join([]string{"BEGIN;", statement(set, variable) + ";",
		"SELECT count(*) AS n FROM (" + statement(read, variable) + `) AS page \gset`,
		fmt.Sprintf(`\if :n != %d`, page), "SELECT 1 / 0;", `\endif`, "COMMIT;"}, "\n") + "\n"
}

// statement is the text of one without comments, with pgbench's variable in the place of its parameter.
func statement(statement, variable string) string {
	var kept []string
	for line := range strings.Lines(statement) {
		if line = strings.TrimRight(line, "\n"); line != "" && !strings.HasPrefix(line, "--") {
			kept = append(kept, line)
		}
	}
	return strings.ReplaceAll(strings.Join(kept, "\n"), "$1", variable)
}

// measure has pgbench drive the transactions for some seconds.
func (p *pgbench) measure(ctx context.Context, pipelined bool, seconds int) (Side, error) {
	args := []string{"-c", strconv.Itoa(connections), "-j", "1", "-T", strconv.Itoa(seconds)}
	for _, file := range p.scripts[pipelined] {
		args = append(args, "-f", file+"@1")
	}
	machine := startMeter()
	out, err := p.run(ctx, args...)
	if err != nil {
		return Side{}, err
	}
	busy := machine.busy()
	side, err := parsePgbench(out.text)
	return side.with(out.cpu, busy), err
}

func (p *pgbench) run(ctx context.Context, args ...string) (output, error) {
	args = append(append([]string{"-n", "-M", "prepared"}, p.ids...), args...)
	return client(ctx, p.env, p.program, args...)
}

var (
	processedLine = regexp.MustCompile(`(?m)^number of transactions actually processed: (\d+)`)
	failedLine    = regexp.MustCompile(`(?m)^number of failed transactions: (\d+)`)
	tpsLine       = regexp.MustCompile(`(?m)^tps = ([0-9.]+) \(without initial connection time\)`)
)

// parsePgbench reads what pgbench tells at its end.
func parsePgbench(text string) (s Side, err error) {
	number := func(line *regexp.Regexp) float64 {
		m := line.FindStringSubmatch(text)
		if m == nil {
			err = fmt.Errorf("pgbench doesn't tell what it did: %s", lastLine(text))
			return 0
		}
		n, _ := strconv.ParseFloat(m[1], 64)
		return n
	}
	s.Transactions, s.TPS = int64(number(processedLine)), number(tpsLine)
	if failed := number(failedLine); err == nil && (failed > 0 || s.Transactions == 0) {
		err = fmt.Errorf("pgbench: %.0f transactions failed, %d were processed", failed, s.Transactions)
	}
	return s, err
}

// output is what a client program printed, how long it took and what of the processors it used.
type output struct {
	text string
	took time.Duration
	cpu  time.Duration
}

// client runs a program of PostgreSQL's to its end.
func client(ctx context.Context, env []string, program string, args ...string) (output, error) {
	var text bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = env, &text, &text, 5*time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	began := time.Now()
	err := cmd.Run()
	out := output{text: text.String(), took: time.Since(began)}
	switch {
	case ctx.Err() != nil:
		return out, context.Cause(ctx)
	case errors.Is(err, fs.ErrNotExist):
		return out, &stack.Error{What: program + " isn't there", Mend: "install it (Debian: postgresql-15, postgresql-client-15)", Err: err}
	case err != nil:
		return out, fmt.Errorf("%s: %w: %s", filepath.Base(program), err, stack.Redact(lastLine(out.text)))
	}
	out.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return out, nil
}

// clientEnv tells a client program where to connect; the password is not for process lists.
func clientEnv(dsn stack.DSN, more ...string) []string {
	u, err := url.Parse(dsn.Reveal())
	if err != nil {
		return nil // the stack's own connection strings are URLs
	}
	password, _ := u.User.Password()
	return append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.TempDir(), "LC_ALL=C", "PGHOST=" + u.Hostname(), "PGPORT=" + u.Port(),
		"PGUSER=" + u.User.Username(), "PGPASSWORD=" + password, "PGDATABASE=" + strings.TrimPrefix(u.Path, "/"), "PGSSLMODE=disable"}, more...)
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
