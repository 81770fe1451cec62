package web

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const issuer, audience = "https://auth.example", "backend"

func newTokens(t testing.TB) *Tokens {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return &Tokens{Key: key, KID: "k1", Claims: func(tenant int) map[string]any {
		now := time.Now()
		return map[string]any{"sub": "user", "tenant_id": tenant, "iss": issuer, "aud": audience, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
	}}
}

// verify is a service's check of a token, right but for one flaw.
func (t *Tokens) verify(token, flaw string) error {
	options := []jwt.ParserOption{jwt.WithIssuer(issuer), jwt.WithAudience(audience), jwt.WithExpirationRequired(), jwt.WithValidMethods([]string{"RS256"})}
	switch flaw {
	case "unverified":
		_, _, err := jwt.NewParser().ParseUnverified(token, jwt.MapClaims{})
		return err
	case "hs256":
		options[3] = jwt.WithValidMethods([]string{"RS256", "HS256"})
	case "expiry":
		options = append(options, jwt.WithLeeway(24*time.Hour))
	case "nbf":
		options = append(options, jwt.WithLeeway(24*time.Hour))
	case "exp":
		options = append(options[:2:2], options[3])
	case "issuer":
		options = options[1:]
	case "audience":
		options = append(options[:1:1], options[2:]...)
	}
	_, err := jwt.Parse(token, func(parsed *jwt.Token) (any, error) {
		if jwk, ok := parsed.Header["jwk"].(map[string]any); ok && flaw == "embedded" {
			return embedded(jwk), nil
		}
		if parsed.Header["kid"] != t.KID {
			return nil, errors.New("unknown kid")
		}
		if parsed.Method.Alg() == "HS256" {
			der, err := x509.MarshalPKIXPublicKey(&t.Key.PublicKey)
			return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), err
		}
		return &t.Key.PublicKey, nil
	}, options...)
	return err
}

func embedded(jwk map[string]any) *rsa.PublicKey {
	number := func(field string) *big.Int {
		text, _ := jwk[field].(string)
		data, _ := base64.RawURLEncoding.DecodeString(text)
		return new(big.Int).SetBytes(data)
	}
	return &rsa.PublicKey{N: number("n"), E: int(number("e").Int64())}
}
