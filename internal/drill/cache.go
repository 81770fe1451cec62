package drill

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/stack"
)

// cache is Redis, as its administrator.
type cache struct {
	client *redis.Client
	users  []string // as ACL LIST has them when all is well
}

// openCache connects; nil where the stack has no Redis.
func openCache(ctx context.Context, st *stack.Stack) (*cache, error) {
	if st.Redis == nil {
		return nil, nil
	}
	c := &cache{client: redis.NewClient(&redis.Options{Addr: st.Redis.Addr, Password: st.Redis.Password.Reveal(), DB: run.CacheDatabase})}
	var err error
	if c.users, err = c.state(ctx); err != nil {
		_ = c.client.Close()
		return nil, err
	}
	return c, nil
}

func (c *cache) state(ctx context.Context) ([]string, error) {
	if c == nil {
		return nil, nil
	}
	users, err := c.client.Do(ctx, "ACL", "LIST").StringSlice()
	if err != nil {
		return nil, fmt.Errorf("drill: users of the cache: %w", err)
	}
	return users, nil
}

// run runs the commands of a script, one a line.
func (c *cache) run(ctx context.Context, script string) error {
	if c == nil {
		return errors.New("the stack has no cache")
	}
	for line := range strings.Lines(script) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		args := make([]any, len(words))
		for i, word := range words {
			args[i] = word
		}
		if err := c.client.Do(ctx, args...).Err(); err != nil {
			return fmt.Errorf("%s: %w", strings.TrimSpace(line), err)
		}
	}
	return nil
}

// mend gives every user its rights back.
func (c *cache) mend(ctx context.Context) error {
	for _, user := range c.users {
		words := strings.Fields(user) // user NAME RULE ...
		args := []any{"ACL", "SETUSER", words[1], "reset"}
		for _, rule := range words[2:] {
			args = append(args, rule)
		}
		if err := c.client.Do(ctx, args...).Err(); err != nil {
			return fmt.Errorf("drill: users of the cache: %w", err)
		}
	}
	return nil
}

// empty drops what the application keeps in the cache: a mutant may have put it there.
func (c *cache) empty(ctx context.Context) error {
	if c == nil {
		return nil
	}
	if err := c.client.FlushDB(ctx).Err(); err != nil {
		return fmt.Errorf("drill: emptying the cache: %w", err)
	}
	return nil
}

func (c *cache) close(ctx context.Context) {
	_ = c.mend(ctx)
	_ = c.client.Close()
}
