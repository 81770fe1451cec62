package identity

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// What is signed must be verified by the published half alone, and survive a file.
func TestTokensAreOfThePublishedKey(t *testing.T) {
	made, err := New()
	if err != nil {
		t.Fatal(err)
	}
	text, err := made.PEM()
	if err != nil {
		t.Fatal(err)
	}
	p, err := Open(text)
	if err != nil || p.KID != made.KID {
		t.Fatalf("%v, key %s, was %s", err, p.KID, made.KID)
	}
	published, err := p.KeySet()
	if err != nil {
		t.Fatal(err)
	}
	var set struct {
		Keys []struct{ Kty, Alg, Kid, N, E string }
	}
	if err := json.Unmarshal(published, &set); err != nil || len(set.Keys) != 1 || set.Keys[0].Kid != p.KID || set.Keys[0].Alg != "RS256" {
		t.Fatalf("%v: %s", err, published)
	}
	number := func(text string) *big.Int {
		b, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return new(big.Int).SetBytes(b)
	}
	public := &rsa.PublicKey{N: number(set.Keys[0].N), E: int(number(set.Keys[0].E).Int64())}
	token, err := p.Token("a user", "a tenant")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jwt.Parse(token, func(t *jwt.Token) (any, error) { return public, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer(Issuer), jwt.WithAudience(Audience), jwt.WithExpirationRequired())
	if err != nil {
		t.Fatal(err)
	}
	if claims := parsed.Claims.(jwt.MapClaims); claims["sub"] != "a user" || claims["tenant_id"] != "a tenant" || parsed.Header["kid"] != p.KID {
		t.Errorf("%v %v", parsed.Header, claims)
	}
	other, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jwt.Parse(token, func(t *jwt.Token) (any, error) { return &other.Key.PublicKey, nil }); err == nil || other.KID == p.KID {
		t.Error("another key verifies it too")
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, text := range []string{"", "no PEM", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		if _, err := Open(text); err == nil {
			t.Errorf("%q was taken for a key", text)
		}
	}
}

func TestLangflowToken(t *testing.T) {
	token, err := LangflowToken("a secret", "a user")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return []byte("a secret"), nil }, jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired())
	if err != nil || parsed.Claims.(jwt.MapClaims)["sub"] != "a user" || parsed.Claims.(jwt.MapClaims)["type"] != "access" {
		t.Errorf("%v %v", err, parsed)
	}
}
