package facts

import (
	"context"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/engardehq/bulkhead/internal/stack"
)

// cache is a client of the fact's Redis; without a name it is the default user.
func (p *place) cache(name, password string, db int) *redis.Client {
	if name == "" {
		password = p.stack.Secrets.Redis.Reveal()
	}
	c := redis.NewClient(&redis.Options{Addr: p.stack.Addr(stack.Redis), Username: name, Password: password, DB: db, MaxRetries: -1})
	p.Cleanup(func() { _ = c.Close() })
	return c
}

var caches = []fact{
	{"a user confined to ~t1:* that may SCAN, RANDOMKEY or DBSIZE learns of other tenants' keys", func(p *place) {
		ctx, all := p.Context(), p.cache("", "", 0)
		for _, key := range []string{"t2:alpha", "t2:beta"} {
			if err := all.Set(ctx, key, "secret", 0).Err(); err != nil {
				p.Fatal(err)
			}
		}
		if err := all.Do(ctx, "ACL", "SETUSER", "t1", "on", ">password", "~t1:*", "+@read", "+@keyspace", "+@connection").Err(); err != nil {
			p.Fatal(err)
		}
		p.Cleanup(func() { all.Do(context.Background(), "ACL", "DELUSER", "t1"); all.FlushAll(context.Background()) })
		one := p.cache("t1", "password", 0)
		if err := one.Get(ctx, "t2:alpha").Err(); err == nil || !strings.Contains(err.Error(), "NOPERM") {
			p.Errorf("t1 reads another tenant's value: %v", err)
		}
		names, _, err := one.Scan(ctx, 0, "*", 100).Result()
		slices.Sort(names)
		if err != nil || !slices.Equal(names, []string{"t2:alpha", "t2:beta"}) {
			p.Errorf("SCAN gives %q, %v", names, err)
		}
		if name, err := one.RandomKey(ctx).Result(); err != nil || !strings.HasPrefix(name, "t2:") {
			p.Errorf("RANDOMKEY gives %q, %v", name, err)
		}
		if size, err := one.DBSize(ctx).Result(); err != nil || size != 2 {
			p.Errorf("DBSIZE gives %d, %v", size, err)
		}
	}},
	{"a database index for each tenant isolates nothing: SELECT is a command like others, and an ACL knows no index", func(p *place) {
		ctx, other := p.Context(), p.cache("", "", 5)
		if err := other.Set(ctx, "secret", "of tenant 5", 0).Err(); err != nil {
			p.Fatal(err)
		}
		p.Cleanup(func() { other.FlushAll(context.Background()) })
		if err := other.Do(ctx, "ACL", "SETUSER", "t4", "on", ">password", "~*", "+@read", "+@connection").Err(); err != nil {
			p.Fatal(err)
		}
		p.Cleanup(func() { other.Do(context.Background(), "ACL", "DELUSER", "t4") })
		conn := p.cache("t4", "password", 4).Conn()
		defer conn.Close()
		if err := conn.Get(ctx, "secret").Err(); err != redis.Nil {
			p.Errorf("index 4 has the key: %v", err)
		}
		if err := conn.Select(ctx, 5).Err(); err != nil {
			p.Fatal(err)
		}
		if got, err := conn.Get(ctx, "secret").Result(); err != nil || got != "of tenant 5" {
			p.Errorf("index 5 gives %q, %v", got, err)
		}
	}},
	{"keys put together without escaping collide", func(p *place) {
		ctx, all := p.Context(), p.cache("", "", 0)
		p.Cleanup(func() { all.FlushAll(context.Background()) })
		key := func(parts ...string) string { return strings.Join(parts, ":") }
		if err := all.Set(ctx, key("a", "b:c"), "of tenant a", 0).Err(); err != nil {
			p.Fatal(err)
		}
		if got := all.Get(ctx, key("a:b", "c")).Val(); got != "of tenant a" {
			p.Errorf("tenant a:b reads %q", got)
		}
	}},
}
