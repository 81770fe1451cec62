package drill

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/seed"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/sql"
)

// copyPrefix begins the names of all databases that a drill makes.
const copyPrefix = "bulkhead_drill_"

const (
	cleanUpLimit = 30 * time.Second
	copyTries    = 20 // of a copy while somebody connects to the original again and again
)

// ward is the stack that is drilled: a copy of its database that nobody connects to, from which each mutant gets a copy of its own.
type ward struct {
	trial  run.Trial
	lock   *stack.RunLock
	pooler *pooler
	redis  *cache
	base   string

	mu    sync.Mutex // of boss
	boss  *pgx.Conn  // the administrator's, to the database postgres
	count atomic.Int64
}

// openWard brings the stack up, or joins one, removes what a killed drill has left in it, and makes the copy to copy from.
func openWard(ctx context.Context, o Options) (w *ward, err error) {
	w = &ward{base: o.Run.Target.Database}
	if w.lock, err = stack.AcquireRunLock(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			w.close(ctx)
		}
	}()
	o.Run.Asleep = true // its sessions would keep the database from being copied
	sys, err := run.Bring(ctx, o.Run, o.Run.Target)
	if err != nil {
		return nil, err
	}
	o.Run.Console = quiet{}
	w.trial = run.Trial{Options: o.Run, System: sys}
	aside, err := w.trial.On("postgres")
	if err != nil {
		return nil, err
	}
	if w.boss, err = pgx.Connect(ctx, aside.Superuser()); err != nil {
		return nil, fmt.Errorf("drill: %w", err)
	}
	var left []string
	if err = w.each(ctx, "drill/left.sql", func(name string) { left = append(left, name) }, copyPrefix); err != nil {
		return nil, err
	}
	for _, name := range left {
		if err = w.drop(ctx, name); err != nil {
			return nil, err
		}
	}
	if w.pooler, err = openPooler(ctx, sys.Stack, w.base); err != nil {
		return nil, err
	}
	if w.redis, err = openCache(ctx, sys.Stack); err != nil {
		return nil, err
	}
	return w, w.copy(ctx, w.base, w.template())
}

func (w *ward) template() string { return copyPrefix + "template" }

// close puts everything back; what it can't is over with a stack of the drill's own.
func (w *ward) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpLimit)
	defer cancel()
	if w.pooler != nil {
		_ = w.pooler.close(ctx)
	}
	if w.redis != nil {
		w.redis.close(ctx)
	}
	if w.boss != nil {
		_ = w.drop(ctx, w.template())
		_ = w.boss.Close(ctx)
	}
	if w.trial.System != nil {
		w.trial.System.Close(ctx)
	}
	w.lock.Release()
}

// patient is a copy of the database with the trial of it.
type patient struct {
	run.Trial
	name string
}

// admit makes a copy for one mutant, known to the pooler. dismiss must follow.
func (w *ward) admit(ctx context.Context) (p *patient, err error) {
	p = &patient{name: fmt.Sprintf("%s%d", copyPrefix, w.count.Add(1))}
	if p.Trial, err = w.trial.On(p.name); err != nil {
		return nil, err
	}
	if err = w.copy(ctx, w.template(), p.name); err != nil {
		return nil, err
	}
	if err = w.pooler.add(ctx, p.name); err != nil {
		w.dismiss(ctx, p)
		return nil, err
	}
	return p, nil
}

// dismiss drops the copy.
func (w *ward) dismiss(ctx context.Context, p *patient) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpLimit)
	defer cancel()
	return errors.Join(w.pooler.remove(ctx, p.name), w.drop(ctx, p.name))
}

// copy makes a database from another one, with its rights and settings. Sessions that are still connected to that one are ended.
func (w *ward) copy(ctx context.Context, from, to string) error {
	statement := "CREATE DATABASE " + pgx.Identifier{to}.Sanitize() + " TEMPLATE " + pgx.Identifier{from}.Sanitize()
	for try := 1; ; try++ {
		err := w.exec(ctx, statement)
		var pg *pgconn.PgError
		if errors.As(err, &pg) && pg.Code == "55006" && try < copyTries { // object_in_use
			if err = w.each(ctx, "drill/leave.sql", nil, from); err == nil {
				continue
			}
		}
		if err != nil {
			return fmt.Errorf("drill: copying the database %s: %w", from, err)
		}
		break
	}
	var rights []string
	if err := w.each(ctx, "drill/rights.sql", func(s string) { rights = append(rights, s) }, w.base, to); err != nil {
		return err
	}
	for _, r := range rights {
		if err := w.exec(ctx, r); err != nil {
			return fmt.Errorf("drill: rights of the copy: %w", err)
		}
	}
	return nil
}

func (w *ward) drop(ctx context.Context, name string) error {
	if err := w.exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drill: dropping the copy %s: %w", name, err)
	}
	return nil
}

func (w *ward) exec(ctx context.Context, statement string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := w.boss.Exec(ctx, statement, pgx.QueryExecModeSimpleProtocol)
	return err
}

// each runs a statement of sql/ and calls f with the one text of each row.
func (w *ward) each(ctx context.Context, file string, f func(string), args ...any) error {
	text, err := sql.FS.ReadFile(file)
	if err != nil {
		return fmt.Errorf("a statement of bulkhead's own is missing: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	rows, err := w.boss.Query(ctx, string(text), args...)
	if err != nil {
		return fmt.Errorf("sql/%s: %w", file, err)
	}
	for rows.Next() {
		if f == nil {
			continue
		}
		var one string
		if err := rows.Scan(&one); err != nil {
			rows.Close()
			return fmt.Errorf("sql/%s: %w", file, err)
		}
		f(one)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("sql/%s: %w", file, err)
	}
	return nil
}

// shared is all that the databases of the cluster share.
func (w *ward) shared(ctx context.Context) (all []string, err error) {
	err = w.each(ctx, "drill/shared.sql", func(s string) { all = append(all, s) })
	return all, err
}

// quiet is the console of what happens hundreds of times.
type quiet struct{}

func (quiet) Step(string, ...any)   {}
func (quiet) Seeding(seed.Progress) {}
func (quiet) Live(run.Live)         {}
