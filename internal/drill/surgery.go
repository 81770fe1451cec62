package drill

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/mutants"
	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/run"
)

// errApply is a mutant that can't be applied here: it is not judged, and nothing was changed.
var errApply = errors.New("can't be applied")

// apply makes the change. undo must be called whatever comes of it.
func (w *ward) apply(ctx context.Context, m mutants.Mutant, p *patient) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w: %w", errApply, err)
		}
	}()
	switch m.Scope {
	case mutants.Database, mutants.Cluster:
		return scripts(ctx, p, m.Apply)
	case mutants.Redis:
		for _, script := range m.Apply {
			if err := w.redis.run(ctx, script); err != nil {
				return err
			}
		}
		return nil
	}
	var settings []mutants.Setting
	for _, script := range m.Apply {
		some, err := mutants.Settings(script)
		if err != nil {
			return err
		}
		settings = append(settings, some...)
	}
	if m.Scope == mutants.Pooler {
		return w.pooler.set(ctx, settings)
	}
	for _, s := range settings {
		if err := change(&p.Trial, s); err != nil {
			return err
		}
	}
	return nil
}

// scripts run as the administrator in the copy.
func scripts(ctx context.Context, p *patient, all []string) error {
	conn, err := pgx.Connect(ctx, p.Superuser())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, script := range all {
		if _, err := conn.PgConn().Exec(ctx, script).ReadAll(); err != nil {
			return err
		}
	}
	return nil
}

// change changes what the application does: "tenancy.set", or an operation's "NAME.cache.key" and "NAME.cache.ttl".
func change(t *run.Trial, s mutants.Setting) error {
	if s.Name == "tenancy.set" {
		t.Target.Tenancy.Set = s.Value
		return nil
	}
	op, field, ok := strings.Cut(s.Name, ".cache.")
	i := slices.IndexFunc(t.Target.Ops, func(spec ops.Spec) bool { return spec.Name == op && spec.Cache != nil })
	if !ok || i < 0 {
		return fmt.Errorf("%s: no such setting; want tenancy.set, or cache.key or cache.ttl of an operation that is cached", s.Name)
	}
	t.Target.Ops = slices.Clone(t.Target.Ops)
	cached := *t.Target.Ops[i].Cache
	t.Target.Ops[i].Cache = &cached
	switch field {
	case "key":
		cached.Key = s.Value
	case "ttl":
		ttl, err := time.ParseDuration(s.Value)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		cached.TTL = ttl
	default:
		return fmt.Errorf("%s: no such setting; want cache.key or cache.ttl", s.Name)
	}
	return nil
}

// undo takes back what all databases share. What only the copy has goes with it.
func (w *ward) undo(ctx context.Context, m mutants.Mutant, p *patient) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpLimit)
	defer cancel()
	switch m.Scope {
	case mutants.Cluster:
		return scripts(ctx, p, m.Undo)
	case mutants.Pooler:
		if w.pooler == nil {
			return nil
		}
		return w.pooler.set(ctx, nil)
	case mutants.Redis:
		if w.redis == nil {
			return nil
		}
		for _, script := range m.Undo {
			if err := w.redis.run(ctx, script); err != nil {
				return err
			}
		}
		return errors.Join(w.redis.mend(ctx), w.redis.empty(ctx))
	case mutants.App:
		return w.redis.empty(ctx)
	}
	return nil
}

// state is all that a mutant may change beside its copy.
func (w *ward) state(ctx context.Context) ([]string, error) {
	shared, err1 := w.shared(ctx)
	pooler, err2 := w.pooler.state(ctx)
	users, err3 := w.redis.state(ctx)
	for i, user := range users { // the same rights come in another order, and say one default more, once they were given anew
		words := slices.DeleteFunc(strings.Fields(user), func(word string) bool { return word == "sanitize-payload" })
		slices.Sort(words)
		users[i] = "cache " + strings.Join(words, " ")
	}
	return slices.Concat(shared, pooler, users), errors.Join(err1, err2, err3)
}

// undone holds the state against the one from before.
func (w *ward) undone(ctx context.Context, before []string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpLimit)
	defer cancel()
	after, err := w.state(ctx)
	if err != nil {
		return fmt.Errorf("looking whether it was undone: %w", err)
	}
	for _, line := range after {
		if !slices.Contains(before, line) {
			return fmt.Errorf("its undo left something behind: %s", line)
		}
	}
	for _, line := range before {
		if !slices.Contains(after, line) {
			return fmt.Errorf("its undo has taken something away: %s", line)
		}
	}
	return nil
}
