package run

import (
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/session"
	"github.com/engardehq/bulkhead/internal/stack"
)

// CacheDatabase is the one that the application keeps its cache in; Langflow has 0.
const CacheDatabase = 1

const cachePatience = 250 * time.Millisecond

// cacheOptions say where the cache is, nil where no operation needs it.
func cacheOptions(sys *System, mix *ops.Mix) *redis.Options {
	if !mix.Cached() || sys.Stack.Redis == nil {
		return nil
	}
	// A cache that is slow or gone may not cost more than asking the database: one try, and a short one.
	return &redis.Options{Addr: sys.Stack.Redis.Addr, Username: stack.ApplicationCache, Password: sys.Stack.Redis.Users[stack.ApplicationCache].Reveal(), DB: CacheDatabase,
		MaxRetries: -1, DialerRetries: 1, DialTimeout: cachePatience, ReadTimeout: cachePatience, WriteTimeout: cachePatience, PoolTimeout: cachePatience}
}

// cacheUse counts what the cache answered, warm-up left out.
type cacheUse struct{ hits, misses atomic.Int64 }

func (c *cacheUse) note(use session.CacheUse) {
	switch use {
	case session.CacheHit:
		c.hits.Add(1)
	case session.CacheMiss, session.CacheDown:
		c.misses.Add(1)
	}
}

// document gives the counts, nil where the cache was never asked.
func (c *cacheUse) document() *result.CacheHits {
	if c.hits.Load()+c.misses.Load() == 0 {
		return nil
	}
	return &result.CacheHits{Hits: c.hits.Load(), Misses: c.misses.Load()}
}
