package cutover

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/migrate"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/sql"
)

// step is one of the script: files of sql/ that run as they are.
type step struct {
	name  string
	files []string
	moves string // the application whose tables it moves, one by one
	then  func(ctx context.Context, conn *pgx.Conn) error
}

// script is one direction, as the administrator runs it.
type script struct {
	dsn      string
	revision string // of EnGarde's schema
	steps    []step
	kill     bool
	rng      *rand.Rand
	log      func(format string, args ...any)
	asked    map[string]int // locks that had been asked for before, by application: the database counts on
}

// forth are the steps from the layout before to the hardened one. passwords sets those of the roles that are new.
func forth(passwords func(ctx context.Context, conn *pgx.Conn) error) []step {
	return []step{
		{name: "remember", files: []string{"cutover/forth/remember.sql", "cutover/forth/routines.sql"}},
		{name: "roles", files: []string{"bootstrap/hardened/roles.sql"}, then: passwords},
		{name: "database", files: []string{"cutover/forth/database.sql", "bootstrap/hardened/database.sql"}},
		{name: "schemas", files: []string{"bootstrap/hardened/schemas.sql"}},
		{name: "audit", files: []string{"bootstrap/hardened/audit.sql"}},
		{name: "tenant function", files: []string{"cutover/forth/function.sql"}},
		{name: "langflow tables", files: []string{"cutover/forth/langflow.sql"}, moves: "langflow"},
		{name: "engarde tables", files: []string{"cutover/forth/engarde.sql"}, moves: "engarde"},
		{name: "histories", files: []string{"cutover/forth/parted.sql"}},
	}
}

// back are the steps to the layout before.
func back() []step {
	return []step{
		{name: "look", files: []string{"cutover/back/unexpected.sql"}},
		{name: "engarde tables", files: []string{"cutover/back/engarde.sql"}, moves: "engarde"},
		{name: "langflow tables", files: []string{"cutover/back/langflow.sql"}, moves: "langflow"},
		{name: "schemas and rights", files: []string{"cutover/back/rest.sql"}},
		{name: "roles", files: []string{"cutover/back/roles.sql"}},
	}
}

// run runs the script to its end. Where it is to be killed, its connection is ended in the middle, once, and it begins anew from its first step.
func (s *script) run(ctx context.Context) (*result.Move, error) {
	m := &result.Move{}
	began := time.Now()
	var killed killer
	for {
		err := s.attempt(ctx, m, &killed)
		if at := killed.take(); err != nil && at != "" {
			s.log("the script's connection was ended %s; it begins anew", at)
			m.Killed, m.KillAt = m.Killed+1, at
			continue
		}
		m.Seconds = time.Since(began).Seconds()
		if err == nil && s.kill && m.Killed == 0 {
			err = errors.New("the script was to be killed in the middle and had ended before")
		}
		return m, err
	}
}

// attempt runs all steps once, from the first, over a connection of its own.
func (s *script) attempt(ctx context.Context, m *result.Move, killed *killer) error {
	conn, err := pgx.Connect(ctx, s.dsn)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, text("look/revision.sql"), s.revision); err != nil {
		return fmt.Errorf("sql/cutover/look/revision.sql: %w", err)
	}
	if err := migrate.Script(ctx, conn, "cutover/lock.sql"); err != nil {
		return err
	}
	if s.kill && m.Killed == 0 {
		stop, err := killed.lieInWait(ctx, s, conn.PgConn().PID())
		if err != nil {
			return err
		}
		defer stop()
	}
	for _, step := range s.steps {
		if err := s.step(ctx, conn, step, m); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

// step runs one. What it took is added to what earlier attempts took for it.
func (s *script) step(ctx context.Context, conn *pgx.Conn, step step, m *result.Move) error {
	began := time.Now()
	var after progress
	err := func() (err error) {
		if err := s.begin(ctx, conn, step); err != nil {
			return err
		}
		for _, file := range step.files {
			if err := migrate.Script(ctx, conn, file); err != nil {
				return err
			}
		}
		if step.then != nil {
			return step.then(ctx, conn)
		}
		return nil
	}()
	if err == nil && step.moves != "" {
		after, err = look(ctx, conn, &step.moves)
	}
	add(m, result.MoveStep{Name: step.name, Seconds: time.Since(began).Seconds(), Tables: after.all, Tries: after.tries - s.asked[step.moves]})
	return err
}

// begin notes how often locks were asked for before the script's first attempt.
func (s *script) begin(ctx context.Context, conn *pgx.Conn, step step) error {
	if _, known := s.asked[step.moves]; known || step.moves == "" {
		return nil
	}
	p, err := look(ctx, conn, &step.moves)
	if s.asked == nil {
		s.asked = map[string]int{}
	}
	s.asked[step.moves] = p.tries
	return err
}

func add(m *result.Move, done result.MoveStep) {
	for i := range m.Steps {
		if s := &m.Steps[i]; s.Name == done.Name {
			s.Seconds, s.Tries, s.Tables = s.Seconds+done.Seconds, done.Tries, done.Tables
			return
		}
	}
	m.Steps = append(m.Steps, done)
}

// progress is how far the tables are.
type progress struct{ moved, all, tries int }

func look(ctx context.Context, conn *pgx.Conn, application *string) (p progress, err error) {
	if err := conn.QueryRow(ctx, text("look/moved.sql"), application).Scan(&p.moved, &p.all, &p.tries); err != nil {
		return p, fmt.Errorf("sql/cutover/look/moved.sql: %w", err)
	}
	return p, nil
}

// text is a file of sql/cutover, which is built in.
func text(file string) string {
	data, err := sql.FS.ReadFile("cutover/" + file)
	if err != nil {
		panic("cutover: " + err.Error())
	}
	return string(data)
}
