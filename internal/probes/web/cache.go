package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/engardehq/bulkhead/internal/result"
)

var cacheSpec = Spec{Name: "cache", Doc: "lets tenants ask for the same and for colliding parts of what is cached, and looks whose answer each gets and how long it is kept",
	Channels: func(p *Profile) []string {
		if len(p.Cache) == 0 {
			return nil
		}
		return []string{"R01", "R03"}
	}, Run: sharedCache}

// sharedCache demands that each tenant gets its own, out of the cache as well.
func sharedCache(ctx context.Context, a *attack) error {
	for i, k := range a.Profile.Cache {
		first, second := a.pair(i)
		one, other := a.World.Codec.TenantID(first).String(), a.World.Codec.TenantID(second).String()
		hits := 0
		for _, v := range collisions(one, other, a.uuid()[:8]) {
			n, err := a.collide(ctx, k, first, second, v)
			if err != nil {
				return err
			}
			hits += n
		}
		if hits == 0 {
			a.at("R01").Unsure(fmt.Sprintf("%s: no answer came from the cache (%s: %s)", k.Route, k.Header, k.Hit))
		}
		if err := a.keptRights(ctx, k, first); err != nil {
			return err
		}
	}
	a.at("R03").Residue("what is cached may be up to its time to live older than a change")
	if a.Redis == nil {
		return nil
	}
	return a.keptKeys(ctx)
}

// views are the parts that two tenants ask for.
type views struct{ one, other string }

// collisions are pairs of parts that make one key of two, where a key is put together carelessly: without the tenant, with delimiters that a part
// may hold as well, cut off, folded or decoded.
func collisions(one, other, fresh string) (all []views) {
	same := func(v string) { all = append(all, views{v, v}) }
	same(fresh)
	same("")
	for _, d := range []string{":", "|", "/", "%3A", "%253A", "-", ".", "\x1f", "：", "\u200b"} {
		same(fresh + d + "x")
		all = append(all, views{fresh + d + other, fresh + d + one}, views{other + d + fresh, one + d + fresh}, views{fresh, one + d + fresh}, views{fresh + d, fresh})
	}
	all = append(all, views{fresh + "a", fresh + "A"}, views{fresh + "é", fresh + "e\u0301"}, views{fresh + " ", fresh}, views{fresh + "%20", fresh + " "},
		views{"../" + one + "/" + fresh, "../" + other + "/" + fresh}, views{fresh + "*", fresh + "?"})
	same(strings.Repeat(fresh, 12)) // where a key is cut off, what stands last is lost
	same(strings.Repeat(fresh, 32))
	return all
}

// collide has one tenant fill the cache and both ask; each must get its own. It tells how many answers came from the cache.
func (a *attack) collide(ctx context.Context, k Cache, first, second int, v views) (hits int, err error) {
	o := a.at("R01")
	for _, ask := range []struct {
		tenant int
		view   string
	}{{first, v.one}, {first, v.one}, {second, v.other}, {second, v.other}, {first, v.one}} {
		r := a.cached(k, ask.view, a.Login(ask.tenant))
		ans, err := a.client.send(ctx, r)
		if err != nil {
			return hits, fmt.Errorf("%s: %w", k.Route, err)
		}
		s, leak := a.foreign(ask.tenant, ans, r)
		if leak {
			o.Looked(false)
			o.Add(result.Finding{Channel: "R01", Severity: result.Leak, Count: 1, Where: a.Name + " " + k.Route, What: "the cache answers one tenant with another's",
				Fix:      fmt.Sprintf("-- %s %s: the tenant first in the key, and the rest so that no part can pass for another (length or hash)", a.Name, k.Route),
				Evidence: []result.Evidence{a.evidence(ask.tenant, s, fmt.Sprintf("%s with %s=%q after another asked for %q", k.Route, k.Parameter, ask.view, v.one))}})
			continue
		}
		if !ans.ok() {
			continue // such a part isn't taken
		}
		if a.own(ask.tenant, ans) {
			o.Looked(true)
		}
		if strings.EqualFold(ans.header.Get(k.Header), k.Hit) {
			hits++
		}
	}
	return hits, nil
}

func (a *attack) cached(k Cache, view string, who http.Header) request {
	verb, path, _ := strings.Cut(k.Route, " ")
	return request{verb: verb, path: path + encode(map[string]any{k.Parameter: view}), header: who}
}

// keptRights looks whether the cache answers whom the service wouldn't.
func (a *attack) keptRights(ctx context.Context, k Cache, owner int) error {
	view, o := a.uuid()[:8], a.at("R03")
	for range 2 {
		ans, err := a.client.send(ctx, a.cached(k, view, a.Login(owner)))
		if err != nil {
			return fmt.Errorf("%s: %w", k.Route, err)
		}
		if !ans.ok() {
			o.Unsure(fmt.Sprintf("%s isn't served to who has a right to it (%d), so that others aren't says nothing", k.Route, ans.status))
			return nil
		}
	}
	bad := map[string]http.Header{"without credentials": nil}
	if a.Tokens != nil {
		claims := a.Tokens.Claims(owner)
		claims["exp"], claims["iat"] = time.Now().Add(-time.Hour).Unix(), time.Now().Add(-2*time.Hour).Unix()
		expired, err := a.Tokens.sign(claims, nil)
		if err != nil {
			return err
		}
		bad["with a token that has expired"] = bearer(expired)
	}
	for how, header := range bad {
		ans, err := a.client.send(ctx, a.cached(k, view, header))
		if err != nil {
			return fmt.Errorf("%s: %w", k.Route, err)
		}
		if !o.Looked(!ans.ok()) {
			o.Add(result.Finding{Channel: "R03", Severity: result.Leak, Count: 1, Where: a.Name + " " + k.Route, What: "the cache answers who has no right any more",
				Fix:      fmt.Sprintf("-- %s %s: check credentials before the cache is asked", a.Name, k.Route),
				Evidence: []result.Evidence{{Owner: a.World.Codec.TenantID(owner).String(), Detail: fmt.Sprintf("%s %s answers %d", k.Route, how, ans.status)}}})
		}
	}
	return nil
}

// keptKeys reads what the service has put into the cache: whose it is, against whose name is in the key, and how long it stays.
func (a *attack) keptKeys(ctx context.Context) error {
	admin := a.Redis.Administrator()
	defer admin.Close()
	named, kept := a.at("R01"), a.at("R03")
	for _, k := range a.Profile.Cache {
		keys := admin.Scan(ctx, 0, k.Prefix+"*", 1000).Iterator()
		for keys.Next(ctx) {
			key := keys.Val()
			content, err := admin.Get(ctx, key).Bytes()
			if err != nil {
				if err != redis.Nil && !strings.HasPrefix(err.Error(), "WRONGTYPE") {
					return fmt.Errorf("reading a key of the cache: %w", err)
				}
				continue
			}
			if left, err := admin.PTTL(ctx, key).Result(); err == nil && left != -2 && !kept.Looked(left > 0 && (k.TTL == 0 || left <= k.TTL)) {
				kept.Add(result.Finding{Channel: "R03", Severity: result.Weakness, Count: 1, Where: a.Name + " cache", What: "what a service caches stays longer than it says, or for ever",
					Fix: fmt.Sprintf("-- %s: SET ... EX %d", a.Name, int(k.TTL.Seconds())), Evidence: []result.Evidence{{Detail: fmt.Sprintf("key %s: %v left, at most %v allowed", key, left, k.TTL)}}})
			}
			inKey := a.marks([]byte(key))
			mixed := false
			for m, what := range a.marks(content) {
				if mixed = !mentions(inKey, m.ref.Tenant); mixed {
					named.Add(result.Finding{Channel: "R01", Severity: result.Weakness, Count: 1, Where: a.Name + " cache", What: "a service caches a tenant's rows under a key that doesn't name it",
						Fix: fmt.Sprintf("-- %s: the tenant into the key", a.Name), Evidence: []result.Evidence{a.evidence(nobody, sighting{m.ref, what}, "key "+key)}})
					break
				}
			}
			named.Looked(!mixed)
		}
		if err := keys.Err(); err != nil {
			return fmt.Errorf("listing the cache's keys: %w", err)
		}
	}
	return nil
}

// mentions tells whether a key names a tenant, by its id or a row's.
func mentions(in map[mark]string, tenantNo int) bool {
	for m := range in {
		if m.ref.Tenant == tenantNo {
			return true
		}
	}
	return false
}
