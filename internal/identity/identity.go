// Package identity stands in for the identity provider of the system under test: it holds the key pair, publishes its public half and signs
// the tokens that tenants' users carry. It checks no token; the backend does. Package stack gives the public half to the backend, package run
// signs tokens for load and attack.
package identity

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// What tokens say of where they come from and whom they are for.
const (
	Issuer   = "https://id.engarde.test"
	Audience = "engarde-backend"
)

const (
	keyBits = 2048
	life    = time.Hour // of a token: longer than a run waits for an answer
)

// Provider signs tokens. It is safe for concurrent use.
type Provider struct {
	Key *rsa.PrivateKey
	KID string // names the key in tokens and in the key set
}

// New makes a provider with a key pair of its own.
func New() (*Provider, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, fmt.Errorf("key pair for tokens: %w", err)
	}
	return &Provider{Key: key, KID: kid(&key.PublicKey)}, nil
}

// Open makes a provider of a private key in PEM, as PEM gives it.
func Open(text string) (*Provider, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("key for tokens: not a private key in PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("key for tokens: not a private key in PKCS #8") // its text stays out of messages
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("key for tokens: not an RSA key")
	}
	return &Provider{Key: key, KID: kid(&key.PublicKey)}, nil
}

// PEM is the private key, for a file that only its owner may read.
func (p *Provider) PEM() (string, error) {
	der, err := x509.MarshalPKCS8PrivateKey(p.Key)
	if err != nil {
		return "", fmt.Errorf("key for tokens: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}

// kid follows from the key, so that another key never goes by the same name.
func kid(key *rsa.PublicKey) string {
	sum := sha256.Sum256(key.N.Bytes())
	return hex.EncodeToString(sum[:8])
}

// KeySet is the public key as a JSON Web Key Set (RFC 7517).
func (p *Provider) KeySet() ([]byte, error) {
	number := func(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.Bytes()) }
	set := map[string]any{"keys": []map[string]string{{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": p.KID, "n": number(p.Key.N), "e": number(big.NewInt(int64(p.Key.E))),
	}}}
	text, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("key set: %w", err)
	}
	return text, nil
}

// Claims are those of a good token, from now on: of a user who acts for a tenant.
func (p *Provider) Claims(user, tenant string) jwt.MapClaims {
	now := time.Now()
	return jwt.MapClaims{"iss": Issuer, "aud": Audience, "sub": user, "tenant_id": tenant, "iat": now.Unix(), "exp": now.Add(life).Unix()}
}

// Token signs a good token.
func (p *Provider) Token(user, tenant string) (string, error) {
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, p.Claims(user, tenant))
	t.Header["kid"] = p.KID
	text, err := t.SignedString(p.Key)
	if err != nil {
		return "", fmt.Errorf("signing a token: %w", err)
	}
	return text, nil
}

// LangflowToken signs a token that Langflow takes for its own (HS256 under its secret key): for the operator, who sets users up without a
// password of theirs, and without their logins, whose number Langflow limits.
func LangflowToken(secret, user string) (string, error) {
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": user, "type": "access", "exp": time.Now().Add(life).Unix()})
	text, err := t.SignedString([]byte(secret))
	if err != nil {
		return "", fmt.Errorf("signing a token for Langflow: %w", err)
	}
	return text, nil
}
