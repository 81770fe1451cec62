package drill

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/stack"
)

// copyPrefix begins the names of all databases that a drill makes.
const copyPrefix = "bulkhead_drill_"

const template = copyPrefix + "template"

const cleanUpLimit = 30 * time.Second

// ward is the stack that is drilled: a copy of its database that nobody connects to, from which each mutant gets a copy of its own.
type ward struct {
	trial  run.Trial
	lock   *stack.RunLock
	pooler *pooler
	redis  *cache
	base   string

	settings map[string]string // of the servers

	boss   *desk
	copies *copies
}

// openWard brings the stack up, or joins one, removes what a killed drill has left in it, and makes the copy to copy from.
func openWard(ctx context.Context, o Options) (*ward, error) {
	lock, err := stack.AcquireRunLock()
	if err != nil {
		return nil, err
	}
	w := &ward{lock: lock, base: o.Run.Target.Database}
	if err := w.open(ctx, o); err != nil {
		w.close(ctx)
		return nil, err
	}
	return w, nil
}

func (w *ward) open(ctx context.Context, o Options) error {
	o.Run.Asleep = true // its sessions would keep the database from being copied
	sys, err := run.Bring(ctx, o.Run, o.Run.Target)
	if err != nil {
		return err
	}
	w.settings = maps.Clone(sys.Stack.Settings)
	o.Run.Console = run.Quiet{}
	w.trial = run.Trial{Options: o.Run, System: sys}
	aside, err := w.trial.On("postgres")
	if err != nil {
		return err
	}
	if w.boss, err = openDesk(ctx, aside.Superuser()); err != nil {
		return err
	}
	if o.Run.Stack == "" {
		if err = w.boss.hasten(ctx); err != nil {
			return err
		}
		for _, name := range hasty {
			w.settings[name] = "off"
		}
	}
	if err = w.boss.dropLeft(ctx); err != nil {
		return err
	}
	if w.pooler, err = openPooler(ctx, sys.Stack, w.base); err != nil {
		return err
	}
	if w.redis, err = openCache(ctx, sys.Stack); err != nil {
		return err
	}
	if err = w.boss.copy(ctx, w.base, w.base, template); err != nil {
		return err
	}
	w.copies, err = openCopies(ctx, aside.Superuser(), w.base)
	return err
}

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
	if w.copies != nil {
		w.copies.close(ctx)
	}
	if w.boss != nil {
		_ = w.boss.dropLeft(ctx)
		w.boss.close(ctx)
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

// admit gives one mutant a copy that the pooler knows. dismiss must follow.
func (w *ward) admit(ctx context.Context) (p *patient, err error) {
	p = &patient{}
	if p.name, err = w.copies.take(ctx); err != nil {
		return nil, err
	}
	p.Trial, err = w.trial.On(p.name)
	if err == nil {
		err = w.pooler.add(ctx, p.name)
	}
	if err != nil {
		return nil, errors.Join(err, w.dismiss(ctx, p))
	}
	return p, nil
}

// dismiss drops the copy.
func (w *ward) dismiss(ctx context.Context, p *patient) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpLimit)
	defer cancel()
	return errors.Join(w.pooler.remove(ctx, p.name), w.boss.drop(ctx, p.name))
}

// shared is all that the databases of the cluster share.
func (w *ward) shared(ctx context.Context) (all []string, err error) {
	err = w.boss.each(ctx, "drill/shared.sql", func(s string) { all = append(all, s) })
	return all, err
}
