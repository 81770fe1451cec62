package web

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// forgery is a credential that a service must refuse.
type forgery struct {
	name   string
	header http.Header
	query  string // added to the path
	// tenant is trouble with the tenant of a token that is otherwise right: 403 will do as well.
	tenant bool
}

// forgeries are tokens in every way wrong: those without the issuer's key claim the victim's tenant.
// The good token is the attacker's own, seen by the service before.
func (t *Tokens) forgeries(good string, attacker, victim int, tenantField, victimID, attackerID string) (all []forgery, err error) {
	add := func(name, token string) { all = append(all, forgery{name: name, header: bearer(token)}) }
	own, theirs := t.Claims(attacker), t.Claims(victim)
	all = append(all, forgery{name: "none", header: http.Header{}}, forgery{name: "empty header", header: http.Header{"Authorization": {""}}},
		forgery{name: "a scheme alone", header: http.Header{"Authorization": {"Bearer"}}}, forgery{name: "no scheme", header: http.Header{"Authorization": {good}}},
		forgery{name: "another scheme", header: http.Header{"Authorization": {"Basic " + good}}})
	for _, field := range []string{"token", "access_token", "authorization", "jwt"} {
		all = append(all, forgery{name: "a good token in the query, as " + field, header: http.Header{}, query: field + "=" + good})
	}
	all = append(all, forgery{name: "a good token in a cookie", header: http.Header{"Cookie": {"token=" + good + "; access_token=" + good}}})
	add("no JWT", "bulkhead")
	add("three empty parts", "..")
	parts := strings.Split(good, ".")
	add("no signature", parts[0]+"."+parts[1]+".")
	add("payload altered, signature kept", parts[0]+"."+encoded(theirs)+"."+parts[2])
	for _, alg := range []string{"none", "None", "NONE", "nOnE"} {
		head := encoded(map[string]any{"alg": alg, "typ": "JWT", "kid": t.KID})
		add("algorithm "+alg, head+"."+encoded(theirs)+".")
	}
	for name, secret := range t.publicForms() {
		token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims(theirs))
		token.Header["kid"] = t.KID
		signed, err := token.SignedString(secret)
		if err != nil {
			return nil, fmt.Errorf("signing with the public key: %w", err)
		}
		add("HS256 with the public key as "+name, signed)
	}
	for name, kid := range map[string]any{"an unknown kid": "bulkhead", "an empty kid": "", "no kid": nil} {
		signed, err := t.sign(own, map[string]any{"kid": kid})
		if err != nil {
			return nil, fmt.Errorf("signing a token: %w", err)
		}
		add("the right key, "+name, signed)
	}
	more, err := t.byAnotherKey(theirs)
	if err != nil {
		return nil, err
	}
	all = append(all, more...)
	more, err = t.byClaims(own, tenantField, victimID, attackerID)
	return append(all, more...), err
}

// byAnotherKey are tokens of an attacker's key, and the ways to have it taken for the issuer's.
func (t *Tokens) byAnotherKey(claims map[string]any) (all []forgery, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	other := &Tokens{Key: key, KID: t.KID}
	heads := []struct {
		name string
		head map[string]any
	}{
		{"another key, the same kid", nil},
		{"another key, an unknown kid", map[string]any{"kid": "bulkhead"}},
		{"another key, an empty kid", map[string]any{"kid": ""}},
		{"another key, no kid", map[string]any{"kid": nil}},
		{"another key, a kid that leads to a file", map[string]any{"kid": "../../../../../../dev/null"}},
		{"another key, a kid with SQL", map[string]any{"kid": "' UNION SELECT 'bulkhead' --"}},
		{"another key, a kid that is a list", map[string]any{"kid": []string{t.KID}}},
		{"another key, in the token itself (jwk)", map[string]any{"jwk": jwk(&key.PublicKey, t.KID)}},
		{"another key, at an address in the token (jku)", map[string]any{"jku": "http://127.0.0.1:9/keys.json"}},
		{"another key, at an address in the token (x5u)", map[string]any{"x5u": "http://127.0.0.1:9/chain.pem"}},
	}
	for _, h := range heads {
		signed, err := other.sign(claims, h.head)
		if err != nil {
			return nil, fmt.Errorf("signing with another key: %w", err)
		}
		all = append(all, forgery{name: h.name, header: bearer(signed)})
	}
	// A kid that leads to an empty file makes the empty secret a key.
	empty := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims(claims))
	empty.Header["kid"] = "../../../../../../dev/null"
	signed, err := empty.SignedString([]byte{})
	return append(all, forgery{name: "HS256 with an empty secret, a kid that leads to an empty file", header: bearer(signed)}), err
}

// byClaims are tokens of the issuer's own key that say what no good one does.
func (t *Tokens) byClaims(own map[string]any, tenantField, victimID, attackerID string) (all []forgery, err error) {
	now := time.Now()
	for _, c := range []struct {
		name   string
		set    map[string]any // nil takes a claim away
		tenant bool
	}{
		{"expired two hours ago", map[string]any{"exp": now.Add(-2 * time.Hour).Unix(), "iat": now.Add(-3 * time.Hour).Unix()}, false},
		{"not valid before an hour from now", map[string]any{"nbf": now.Add(time.Hour).Unix()}, false},
		{"no exp", map[string]any{"exp": nil}, false},
		{"exp that is no number", map[string]any{"exp": "never"}, false},
		{"wrong iss", map[string]any{"iss": "https://evil.example/"}, false},
		{"no iss", map[string]any{"iss": nil}, false},
		{"wrong aud", map[string]any{"aud": "another-service"}, false},
		{"no aud", map[string]any{"aud": nil}, false},
		{"no tenant", map[string]any{tenantField: nil}, true},
		{"an empty tenant", map[string]any{tenantField: ""}, true},
		{"a malformed tenant", map[string]any{tenantField: "not-an-id"}, true},
		{"a tenant with SQL", map[string]any{tenantField: attackerID + "' OR '1'='1"}, true},
		{"several tenants", map[string]any{tenantField: []string{attackerID, victimID}}, true},
		{"tenant *", map[string]any{tenantField: "*"}, true},
		{"a tenant that is an object", map[string]any{tenantField: map[string]any{"ne": nil}}, true},
	} {
		claims := maps.Clone(own)
		for k, v := range c.set {
			claims[k] = v
			if v == nil {
				delete(claims, k)
			}
		}
		signed, err := t.sign(claims, nil)
		if err != nil {
			return nil, fmt.Errorf("signing a token: %w", err)
		}
		all = append(all, forgery{name: c.name, header: bearer(signed), tenant: c.tenant})
	}
	return all, nil
}

// sign makes a token as the issuer would, with more or other fields in its head; nil takes one away.
func (t *Tokens) sign(claims, head map[string]any) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims(claims))
	token.Header["kid"] = t.KID
	for k, v := range head {
		token.Header[k] = v
		if v == nil {
			delete(token.Header, k)
		}
	}
	return token.SignedString(t.Key)
}

// publicForms are the forms in which a public key lies about: what a service that mixes up algorithms would take for a secret.
func (t *Tokens) publicForms() map[string][]byte {
	der, err := x509.MarshalPKIXPublicKey(&t.Key.PublicKey)
	if err != nil {
		return nil
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	set, _ := json.Marshal(jwk(&t.Key.PublicKey, t.KID))
	return map[string][]byte{"PEM": text, "PEM without a last line end": []byte(strings.TrimSpace(string(text))), "DER": der, "JWK": set}
}

func jwk(key *rsa.PublicKey, kid string) map[string]any {
	return map[string]any{"kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())}
}

func encoded(part map[string]any) string {
	data, _ := json.Marshal(part)
	return base64.RawURLEncoding.EncodeToString(data)
}

func bearer(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

// hs256 is a token signed with a secret.
func hs256(claims map[string]any, secret string) string {
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims(claims)).SignedString([]byte(secret))
	if err != nil {
		return ""
	}
	return signed
}
