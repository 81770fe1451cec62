package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/engardehq/bulkhead/internal/probes"
	"github.com/engardehq/bulkhead/internal/result"
)

var tokensSpec = Spec{Name: "tokens", Doc: "calls routes with tokens and keys that are forged, altered, expired, revoked or in the wrong place",
	Channels: func(*Profile) []string { return []string{"A02"} }, Glance: true, Run: forgedTokens}

// forgedTokens demands that every forged credential is refused where the good one is served.
func forgedTokens(ctx context.Context, a *attack) error {
	o := a.at("A02")
	attacker, victim := a.pair(0)
	all, good, err := a.forged(attacker, victim)
	if err != nil {
		return err
	}
	several := 2
	if a.Depth == probes.Glance {
		several = 1
	}
	ground := a.guarded(ctx, several)
	if len(ground) == 0 {
		o.Unsure(noGround)
	}
	// The control: the good one is served, on every lane, so that whatever remembers tokens has seen it.
	each(ctx, len(ground)*atOnce, atOnce, func(ctx context.Context, i int) {
		c := ground[i%len(ground)]
		slots := a.slots(c)
		ans, err := a.client.send(ctx, a.request(c, slots, filling{ids: requiredOnly(slots, a.belonging(slots, attacker))}, good))
		a.mu.Lock()
		defer a.mu.Unlock()
		if err != nil || !ans.ok() {
			o.Unsure(fmt.Sprintf("%s isn't served with a good token, so that a bad one isn't says nothing", c))
		}
	})
	each(ctx, len(all)*len(ground), atOnce, func(ctx context.Context, i int) {
		c, f := ground[i%len(ground)], all[i/len(ground)]
		slots := a.slots(c)
		// The victim's own ids: a token that passes for the victim's is served.
		r := a.request(c, slots, filling{ids: requiredOnly(slots, a.belonging(slots, victim))}, f.header)
		if f.query != "" {
			sep := "?"
			if strings.Contains(r.path, "?") {
				sep = "&"
			}
			r.path += sep + f.query
		}
		ans, err := a.client.send(ctx, r)
		a.mu.Lock()
		defer a.mu.Unlock()
		if err != nil {
			o.Unsure(fmt.Sprintf("%s with a forged token: no answer: %v", c, err))
			return
		}
		a.judgeForged(c, f, r, ans)
	})
	if a.Profile.Keys != nil && a.Depth != probes.Glance {
		return a.revoked(ctx, attacker)
	}
	return nil
}

// guarded is ground that isn't served to who has no credentials at all: what is served to anybody says nothing of a forged one. That it is, the
// calls of strangers tell.
func (a *attack) guarded(ctx context.Context, each int) (all []call) {
	open := func(c call) bool {
		slots := a.slots(c)
		attacker, _ := a.pair(0)
		ans, err := a.client.send(ctx, a.request(c, slots, filling{ids: requiredOnly(slots, a.belonging(slots, attacker))}, nil))
		return err != nil || ans.ok()
	}
	for _, naming := range []bool{false, true} {
		found := 0
		for _, c := range a.controlled(naming) {
			if found == each {
				break
			}
			if !open(c) {
				all, found = append(all, c), found+1
			}
		}
	}
	return all
}

// judgeForged demands that a forged credential was refused, and nothing shown.
func (a *attack) judgeForged(c call, f forgery, r request, ans *answer) {
	o := a.at("A02")
	caller := nobody
	if f.tenant {
		caller, _ = a.pair(0)
	}
	s, leak := a.foreign(caller, ans, r)
	refused := slices.Contains(a.Profile.Unauthorized, ans.status) || f.tenant && ans.status == http.StatusForbidden
	o.Looked(!leak && !ans.ok())
	detail := fmt.Sprintf("%s with %s answers %d", c, f.name, ans.status)
	switch {
	case leak:
		o.Add(result.Finding{Channel: "A02", Severity: result.Leak, Count: 1, Where: a.Name + ": " + f.name, What: "a forged token is served a tenant's data",
			Fix: fmt.Sprintf("-- %s: refuse %s", a.Name, f.name), Evidence: []result.Evidence{a.evidence(caller, s, detail)}})
	case ans.ok():
		o.Add(result.Finding{Channel: "A02", Severity: result.Weakness, Count: 1, Where: a.Name + ": " + f.name, What: "a token that must be refused is accepted",
			Fix: fmt.Sprintf("-- %s: refuse %s", a.Name, f.name), Evidence: []result.Evidence{{Detail: detail}}})
	case !refused:
		o.Add(result.Finding{Channel: "A02", Severity: result.Note, Count: 1, Where: a.Name, What: "a bad token is refused with another status than 401",
			Evidence: []result.Evidence{{Detail: detail}}})
	}
}

// forged are the bad credentials for this service, and a good one of the attacker's.
func (a *attack) forged(attacker, victim int) (all []forgery, good http.Header, err error) {
	own, theirs := a.World.Codec.TenantID(attacker).String(), a.World.Codec.TenantID(victim).String()
	if a.Tokens == nil {
		return forgedKeys(a.keyOf(victim), a.subject(victim)), a.Login(attacker), nil
	}
	token, err := a.Tokens.sign(a.Tokens.Claims(attacker), nil)
	if err != nil {
		return nil, nil, fmt.Errorf("signing a token: %w", err)
	}
	all, err = a.Tokens.forgeries(token, attacker, victim, a.Profile.Tenant, theirs, own)
	return all, bearer(token), err
}

// keyOf is the credential that the service makes itself, of all that a tenant's user sends.
func (a *attack) keyOf(n int) http.Header {
	login := a.Login(n)
	if k := a.Profile.Keys; k != nil && login.Get(k.Header) != "" {
		return http.Header{http.CanonicalHeaderKey(k.Header): {login.Get(k.Header)}}
	}
	return login
}

// subject is the id of a tenant's user.
func (a *attack) subject(n int) string {
	if _, ok := a.World.Table(a.Profile.Subject); ok {
		return a.named(object{table: a.Profile.Subject}, n, 0)
	}
	return a.World.Codec.TenantID(n).String()
}

// forgedKeys are the ways to get a key wrong, from a good one of the victim's, and tokens that somebody made who knows the victim's id.
func forgedKeys(good http.Header, subject string) (all []forgery) {
	all = append(all, forgery{name: "none", header: http.Header{}})
	for name, values := range good {
		key := values[0]
		last := "0"
		if strings.HasSuffix(key, last) {
			last = "1"
		}
		for what, value := range map[string]string{"an empty key": "", "a made-up key": "sk-bulkhead-0000000000000000000000000000000000",
			"a key with another last character": key[:len(key)-1] + last, "the first half of a key": key[:len(key)/2], "a key with more behind it": key + "0",
			"a key in other case": swapCase(key), "a key with SQL": "' OR '1'='1", "a key that matches all": "%"} {
			all = append(all, forgery{name: what, header: http.Header{name: {value}}})
		}
		all = append(all, forgery{name: "the key as another scheme", header: http.Header{"Authorization": {"Basic " + key}}})
	}
	claims := map[string]any{"sub": subject, "type": "access", "exp": time.Now().Add(time.Hour).Unix()}
	for _, alg := range []string{"none", "None", "HS256"} {
		all = append(all, forgery{name: "a token of algorithm " + alg + " without a signature", header: bearer(encoded(map[string]any{"alg": alg, "typ": "JWT"}) + "." + encoded(claims) + ".")})
	}
	for _, secret := range []string{"", "secret", "langflow", "changeme", "dev-secret-key"} {
		all = append(all, forgery{name: fmt.Sprintf("a token signed with the secret %q", secret), header: bearer(hs256(claims, secret))})
	}
	return all
}

func swapCase(s string) string {
	if up := strings.ToUpper(s); up != s {
		return up
	}
	return strings.ToLower(s)
}

// revoked makes a key, sees it served, revokes it, and demands that it is refused.
func (a *attack) revoked(ctx context.Context, attacker int) error {
	k, o := a.Profile.Keys, a.at("A02")
	made, err := a.make(ctx, k.Make, attacker, nil, nil)
	if err != nil {
		o.Unsure("making a key to revoke: " + err.Error())
		return nil
	}
	value, _ := made.fields[k.Value].(string)
	use := func() (*answer, error) {
		verb, path, _ := strings.Cut(k.Try, " ")
		return a.client.send(ctx, request{verb: verb, path: path, header: http.Header{http.CanonicalHeaderKey(k.Header): {value}}})
	}
	before, err := use()
	if unmade := a.unmake(ctx, k.Make, attacker, made.id); unmade != nil {
		err = unmade
	}
	if err != nil {
		return err
	}
	after, err := use()
	if err != nil {
		return err
	}
	if !before.ok() {
		o.Unsure(fmt.Sprintf("a new key isn't served: %s answers %d", k.Try, before.status))
		return nil
	}
	if !o.Looked(!after.ok()) {
		o.Add(result.Finding{Channel: "A02", Severity: result.Weakness, Count: 1, Where: a.Name, What: "a revoked key is accepted", Fix: fmt.Sprintf("-- %s: look keys up at each request", a.Name),
			Evidence: []result.Evidence{{Detail: fmt.Sprintf("%s with a key that was deleted answers %d", k.Try, after.status)}}})
	}
	_, err = a.rows.tidy(ctx, a.World, a.Profile.Schemas)
	return err
}

// made is an object that the attack has made.
type made struct {
	id     string
	fields map[string]any
	*answer
	request
}

// make makes an object by a route that does so.
func (a *attack) make(ctx context.Context, m Make, as int, body map[string]any, header http.Header) (made, error) {
	verb, path, _ := strings.Cut(m.Create, " ")
	fields := map[string]any{}
	put(fields, m.Body)
	put(fields, body)
	data, err := json.Marshal(fields)
	if err != nil {
		return made{}, err
	}
	who := a.Login(as).Clone()
	for k, v := range header {
		who[k] = v
	}
	r := request{verb: verb, path: path, header: who, body: data, kind: "application/json"}
	ans, err := a.client.send(ctx, r)
	if err != nil {
		return made{}, err
	}
	out := made{answer: ans, request: r}
	if !ans.ok() {
		return out, fmt.Errorf("%s answers %d", m.Create, ans.status)
	}
	if err := json.Unmarshal(ans.body, &out.fields); err != nil {
		return out, fmt.Errorf("%s: %w", m.Create, err)
	}
	out.id, _ = out.fields[m.ID].(string)
	if out.id == "" {
		return out, fmt.Errorf("%s answers without a field %s", m.Create, m.ID)
	}
	return out, nil
}

// unmake deletes it again.
func (a *attack) unmake(ctx context.Context, m Make, as int, id string) error {
	verb, path, _ := strings.Cut(m.Delete, " ")
	ans, err := a.client.send(ctx, request{verb: verb, path: inPath.ReplaceAllLiteralString(path, id), header: a.Login(as)})
	if err == nil && !ans.ok() {
		err = fmt.Errorf("%s answers %d", m.Delete, ans.status)
	}
	return err
}
