package drill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/engardehq/bulkhead/internal/mutants"
	"github.com/engardehq/bulkhead/internal/stack"
)

// pooler is PgBouncer with the copies of the database added to its configuration, and a mutant's settings where there is one. It works on
// the file, which serves a stack of the drill's own and one that was up before alike.
type pooler struct {
	file     string
	console  string
	original string
	entry    string // of the database, without its name
	base     string

	mu       sync.Mutex
	copies   []string
	settings []mutants.Setting
}

// openPooler reads the configuration; nil where the stack has no pooler.
func openPooler(_ context.Context, st *stack.Stack, base string) (*pooler, error) {
	if st.Pooler == nil {
		return nil, nil
	}
	p := &pooler{file: filepath.Join(st.Paths.Scratch, stack.PgBouncer, "pgbouncer.ini"), console: st.Pooler.Admin.Reveal(), base: base}
	text, err := os.ReadFile(p.file)
	if err != nil {
		return nil, fmt.Errorf("drill: configuration of pgbouncer: %w", err)
	}
	p.original = string(text)
	for line := range strings.Lines(p.original) {
		if entry, ok := strings.CutPrefix(strings.TrimSpace(line), base+" = "); ok {
			p.entry = entry
		}
	}
	if p.entry == "" {
		return nil, fmt.Errorf("drill: %s has no line for the database %s", p.file, base)
	}
	return p, nil
}

// text is the configuration as it has to be now.
func (p *pooler) text() string {
	var settings, inDatabases []string
	for _, s := range p.settings {
		if name, ok := strings.CutPrefix(s.Name, "databases."); ok {
			inDatabases = append(inDatabases, name+"="+s.Value)
		} else {
			settings = append(settings, s.Name+" = "+s.Value)
		}
	}
	var out strings.Builder
	for line := range strings.Lines(p.original) {
		name, _, _ := strings.Cut(line, "=")
		if slices.ContainsFunc(p.settings, func(s mutants.Setting) bool { return s.Name == strings.TrimSpace(name) }) {
			continue
		}
		out.WriteString(line)
		switch strings.TrimSpace(line) {
		case "[databases]":
			for _, name := range p.copies {
				entry := strings.Replace(p.entry, "dbname="+p.base, "dbname="+name, 1)
				fmt.Fprintf(&out, "%s = %s\n", name, strings.Join(append([]string{entry}, inDatabases...), " "))
			}
		case "[pgbouncer]":
			for _, s := range settings {
				out.WriteString(s + "\n")
			}
		}
	}
	return out.String()
}

// write puts the configuration down and has it read. The file keeps its owner.
func (p *pooler) write(ctx context.Context) error {
	if err := os.WriteFile(p.file, []byte(p.text()), 0o600); err != nil {
		return fmt.Errorf("drill: configuration of pgbouncer: %w", err)
	}
	_, err := p.command(ctx, "RELOAD")
	return err
}

// command runs one of the console's; it knows the simple protocol alone.
func (p *pooler) command(ctx context.Context, command string) ([]*pgconn.Result, error) {
	conn, err := pgconn.Connect(ctx, p.console)
	if err != nil {
		return nil, fmt.Errorf("drill: console of pgbouncer: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	answer, err := conn.Exec(ctx, command).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("drill: pgbouncer: %s: %w", command, err)
	}
	return answer, nil
}

func (p *pooler) add(ctx context.Context, database string) error {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.copies = append(p.copies, database)
	return p.write(ctx)
}

// remove ends the connections to a database, which is about to be dropped, and forgets it.
func (p *pooler) remove(ctx context.Context, database string) error {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.copies = slices.DeleteFunc(p.copies, func(name string) bool { return name == database })
	_, _ = p.command(ctx, "KILL "+database) // refused for one without a pool yet, which is as good
	return p.write(ctx)
}

// set gives the settings of a mutant, nil takes them back.
func (p *pooler) set(ctx context.Context, settings []mutants.Setting) error {
	if p == nil {
		return errors.New("the stack has no pooler")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settings = settings
	return p.write(ctx)
}

// state is what the console says of the settings, for holding before against after.
func (p *pooler) state(ctx context.Context) (all []string, err error) {
	if p == nil {
		return nil, nil
	}
	answer, err := p.command(ctx, "SHOW CONFIG")
	if err != nil {
		return nil, err
	}
	for _, r := range answer {
		for _, row := range r.Rows {
			all = append(all, "pgbouncer "+string(row[0])+" = "+string(row[1]))
		}
	}
	return all, nil
}

// close writes the configuration back as it was.
func (p *pooler) close(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.copies, p.settings = nil, nil
	return p.write(ctx)
}
