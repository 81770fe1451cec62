package probes

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/engardehq/bulkhead/internal/probes/book"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/tenant"
)

// CacheKey is how the application names what it keeps in the cache, and for how long.
type CacheKey struct {
	Operation string
	Key       string // {tenant} stands for the tenant
	TTL       time.Duration
}

const (
	cacheLimit = 3 * time.Second
	keysMax    = 20_000
)

// client is the cache's, as this user; without a name and password it is nobody.
func (r *Redis) client(username, password string, db int) *redis.Client {
	return redis.NewClient(&redis.Options{Addr: r.Addr, Username: username, Password: password, DB: db, MaxRetries: -1, DialerRetries: 1,
		DialTimeout: cacheLimit, ReadTimeout: cacheLimit, WriteTimeout: cacheLimit, DisableIdentity: true})
}

// application is the client as the application logs in.
func (r *Redis) application() *redis.Client { return r.client(r.Username, r.Password, r.DB) }

// Administrator is who may look at everything: the application itself where no other user is known.
func (r *Redis) Administrator() *redis.Client {
	if r.AdminPassword == "" {
		return r.application()
	}
	return r.client(r.AdminUsername, r.AdminPassword, r.DB)
}

// cacheKeys holds the application's keys and what is under them against each other.
func cacheKeys(ctx context.Context, c *Config, b book.Book) error {
	named, kept := b.At("R01"), b.At("R03")
	templates(c, named)
	admin := c.Redis.Administrator()
	defer admin.Close()
	owners, err := newOwners(ctx, c)
	if err != nil {
		return err
	}
	limits := map[string]time.Duration{}
	for _, k := range c.Redis.Keys {
		limits[strings.SplitN(k.Key, "{tenant}", 2)[0]] = k.TTL
	}
	keys := admin.Scan(ctx, 0, "*", 1000).Iterator()
	seen := 0
	for keys.Next(ctx) && seen < keysMax {
		seen++
		key := keys.Val()
		if err := judgeKey(ctx, admin, owners, named, key); err != nil {
			named.Unsure(err.Error())
		}
		if err := judgeTTL(ctx, admin, kept, key, limits); err != nil {
			kept.Unsure(err.Error())
		}
	}
	if err := keys.Err(); err != nil {
		return fmt.Errorf("listing the cache's keys: %w", err)
	}
	if named.Units == 0 {
		named.NotChecked = "the cache is empty, and no operation says how its keys are named"
	}
	if kept.Units == 0 {
		kept.NotChecked = "the cache is empty"
		for _, k := range c.Redis.Keys {
			kept.NotChecked = ""
			kept.Looked(k.TTL > 0)
		}
	}
	kept.Residue("what is cached may be up to its time to live older than a tenant's removal or change")
	return nil
}

// templates looks whether two tenants' keys can be one.
func templates(c *Config, o *book.Outcome) {
	victim, attacker := pair(c)
	for _, k := range c.Redis.Keys {
		fill := func(tenant string) string { return strings.ReplaceAll(k.Key, "{tenant}", tenant) }
		if !o.Looked(fill(victim) != fill(attacker)) {
			o.Add(result.Finding{Channel: "R01", Severity: result.Weakness, Count: 1, Where: "operation " + k.Operation,
				What: "an operation keeps its answer under a key without the tenant: the next one, of whatever tenant, is answered with it",
				Fix:  "-- in the operation's file: cache: {key: \"" + k.Operation + ":{tenant}\"}", Evidence: []result.Evidence{{Operation: k.Operation, Detail: "key " + k.Key}}})
		}
		for _, other := range c.Redis.Keys {
			if k.Operation < other.Operation && k.Key == other.Key && !o.Looked(false) {
				o.Add(result.Finding{Channel: "R01", Severity: result.Weakness, Count: 1, Where: "operations " + k.Operation + ", " + other.Operation,
					What: "two operations keep different answers under the same key", Fix: "-- begin the key with the operation's name",
					Evidence: []result.Evidence{{Operation: k.Operation, Detail: "key " + k.Key}}})
			}
		}
	}
}

// judgeKey demands that what is under a key is of the tenant in its name, and of no other.
func judgeKey(ctx context.Context, admin *redis.Client, owners *owners, o *book.Outcome, key string) error {
	content, err := contents(ctx, admin, key)
	if errors.Is(err, redis.Nil) {
		return nil // gone meanwhile
	}
	if err != nil {
		return fmt.Errorf("reading a key of the cache: %w", err)
	}
	in, of := owners.in([]byte(key), true), owners.in(content, false)
	// A part that a user chooses may name another tenant beside the own one: that tells nothing of what is under the key.
	foreign := slices.DeleteFunc(slices.Clone(of), func(t string) bool { return len(of) == 1 && slices.Contains(in, t) })
	if o.Looked(len(foreign) == 0) {
		return nil
	}
	f := result.Finding{Channel: "R01", Severity: result.Leak, Count: 1, Where: "cache key " + key, What: "the cache answers one tenant with another's rows",
		Evidence: []result.Evidence{{Owner: foreign[0], Detail: fmt.Sprintf("under %q are rows of %d tenants that the key doesn't name", key, len(foreign))}},
		Fix:      "DEL " + key + " -- in Redis; and the tenant into the key"}
	if len(in) == 1 {
		f.Evidence[0].Tenant = in[0]
	} else {
		f.What = "the cache holds tenants' rows under a key that names no tenant: whoever asks is answered with them"
	}
	o.Add(f)
	return nil
}

// contents is all that is under a key, whatever its type, up to a million bytes or so.
func contents(ctx context.Context, admin *redis.Client, key string) ([]byte, error) {
	kind, err := admin.Type(ctx, key).Result()
	if err != nil {
		return nil, err
	}
	var parts []string
	switch kind {
	case "none":
		return nil, redis.Nil
	case "string":
		return admin.GetRange(ctx, key, 0, 1<<20).Bytes()
	case "hash":
		var all map[string]string
		all, err = admin.HGetAll(ctx, key).Result()
		for k, v := range all {
			parts = append(parts, k, v)
		}
	case "list":
		parts, err = admin.LRange(ctx, key, 0, 1000).Result()
	case "set":
		parts, err = admin.SMembers(ctx, key).Result()
	case "zset":
		parts, err = admin.ZRange(ctx, key, 0, 1000).Result()
	default:
		return nil, fmt.Errorf("the type %s isn't read", kind)
	}
	return []byte(strings.Join(parts, "\n")), err
}

// judgeTTL demands that a key ends by itself, no later than its operation says.
func judgeTTL(ctx context.Context, admin *redis.Client, o *book.Outcome, key string, limits map[string]time.Duration) error {
	left, err := admin.PTTL(ctx, key).Result()
	if err != nil {
		return fmt.Errorf("reading a key's time to live: %w", err)
	}
	if left == -2 {
		return nil // gone meanwhile
	}
	var limit time.Duration
	for prefix, ttl := range limits {
		if strings.HasPrefix(key, prefix) {
			limit = ttl
		}
	}
	if o.Looked(left != -1 && (limit == 0 || left <= limit)) {
		return nil
	}
	f := result.Finding{Channel: "R03", Severity: result.Weakness, Count: 1, Where: "cache", What: "what is cached never ends: it outlives a tenant's removal and the loss of its rights",
		Evidence: []result.Evidence{{Detail: "key " + key}}, Fix: "EXPIRE " + key + " 300 -- in Redis; and SET ... EX in the application"}
	if left != -1 {
		f.What = "what is cached stays longer than its operation says"
		f.Evidence[0].Detail += fmt.Sprintf(": %v left, at most %v allowed", left.Round(time.Second), limit)
	}
	o.Add(f)
	return nil
}

// owners tells whose a text is.
type owners struct {
	c      *Config
	ids    map[string]bool
	column *regexp.Regexp // the tenant's column and its value, in JSON and the like
}

func newOwners(ctx context.Context, c *Config) (*owners, error) {
	o := &owners{c: c, ids: map[string]bool{}, column: regexp.MustCompile(`\b` + regexp.QuoteMeta(c.Target.Tenancy.Column) + `["']?\s*[:=]\s*["']?([^"',}\s]+)`)}
	for _, id := range c.Tenants {
		o.ids[id] = true
	}
	schema, rest, _ := strings.Cut(c.Target.Tenancy.Tenants, ".")
	table, column, ok := strings.Cut(rest, ".")
	if !ok || c.Admin == "" {
		return o, nil
	}
	boss, err := admin(ctx, c)
	if err != nil {
		return nil, err
	}
	defer boss.leave()
	rows, err := boss.Query(ctx, "SELECT "+identifier(column)+"::text FROM "+pgx.Identifier{schema, table}.Sanitize()+" LIMIT 100000")
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, id := range all {
		o.ids[id] = true
	}
	return o, err
}

// in gives the tenants that a text names or whose marks it carries. A short id counts where it is a key's part, or stands after the name of the tenant's column.
func (o *owners) in(text []byte, key bool) (tenants []string) {
	add := func(id string) {
		if !slices.Contains(tenants, id) {
			tenants = append(tenants, id)
		}
	}
	tenant.ScanUUIDs(text, func(u tenant.UUID) bool {
		if o.ids[u.String()] {
			add(u.String())
		} else if o.c.World != nil {
			if ref, ok := o.c.World.Codec.Ref(u); ok && ref.Tenant < o.c.World.Tenants {
				add(o.c.World.Codec.TenantID(ref.Tenant).String())
			}
		}
		return true
	})
	if key {
		for part := range strings.FieldsFuncSeq(string(text), func(r rune) bool { return strings.ContainsRune(":/|,;{}.#", r) }) {
			if o.ids[part] {
				add(part)
			}
		}
		return tenants
	}
	for _, match := range o.column.FindAllSubmatch(text, -1) {
		if id := string(match[1]); o.ids[id] {
			add(id)
		}
	}
	return tenants
}
