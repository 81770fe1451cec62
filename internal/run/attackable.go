package run

import (
	"context"
	"os"

	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/probes"
	"github.com/engardehq/bulkhead/internal/probes/web"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/world"
	"github.com/engardehq/bulkhead/sql"
)

// Attackable says how to attack the stack of a stack file: the doors of its confined roles, its cache and its pooler's console, and the world
// that it was seeded with; and its services over HTTP. Catalog and tenants are the
// caller's to add.
func Attackable(ctx context.Context, file string, own *OwnBackend) (c probes.Config, services web.Config, err error) {
	st, err := stack.Load(ctx, file)
	if err != nil {
		return c, services, err
	}
	if err := own.on(st); err != nil {
		return c, services, err
	}
	t, err := Shipped()
	if err != nil {
		return c, services, err
	}
	var w *world.World
	if st.Paths.World != "" {
		if w, _, err = readState(func(string) ([]byte, error) { return os.ReadFile(st.Paths.World) }); err != nil {
			return c, services, err
		}
	}
	c = attackable(st, w, t)
	if w != nil {
		services, err = visitable(ctx, st, w, c.Redis, own)
	}
	return c, services, err
}

func attackable(st *stack.Stack, w *world.World, t Target) probes.Config {
	c := probes.Config{Target: t.Target, World: w, Admin: st.DSN.Direct[superuser].Reveal(), Direct: map[string]string{}, Pooled: map[string]string{}}
	for _, role := range t.Confined() {
		if dsn, ok := st.DSN.Direct[role]; ok {
			c.Direct[role] = dsn.Reveal()
		}
		if dsn, ok := st.DSN.Pooled[role]; ok {
			c.Pooled[role] = dsn.Reveal()
		}
	}
	if st.Pooler != nil {
		c.Console = st.Pooler.Admin.Reveal()
	}
	if st.Redis != nil {
		c.Redis = &probes.Redis{Addr: st.Redis.Addr, Username: stack.ApplicationCache, Password: st.Redis.Users[stack.ApplicationCache].Reveal(), DB: CacheDatabase,
			AdminPassword: st.Redis.Password.Reveal(), Keys: cacheKeys()}
	}
	return c
}

// cacheKeys are those of the shipped operations. Where they can't be read none is known, and the probe of the cache says so.
func cacheKeys() (keys []probes.CacheKey) {
	specs, err := ops.Load(sql.FS, "ops", "sql/ops")
	if err != nil {
		return nil
	}
	for _, s := range specs {
		if s.Cache != nil {
			keys = append(keys, probes.CacheKey{Operation: s.Name, Key: s.Cache.Key, TTL: s.Cache.TTL})
		}
	}
	return keys
}
