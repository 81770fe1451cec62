package stack

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
)

// DSN is a connection string with a password in it. Printing it in any way
// hides the password; Reveal is the only way to the real one. It is written
// whole to JSON, because stack.json (mode 0600) is where it has to be.
type DSN string

// Reveal gives the connection string with its password, for a client to use.
func (d DSN) Reveal() string { return string(d) }

func (d DSN) String() string       { return Redact(string(d)) }
func (d DSN) GoString() string     { return `stack.DSN("` + d.String() + `")` }
func (d DSN) LogValue() slog.Value { return slog.StringValue(d.String()) }

// Password is a secret word that prints as stars.
type Password string

// Reveal gives the secret itself.
func (p Password) Reveal() string { return string(p) }

func (p Password) String() string {
	if p == "" {
		return ""
	}
	return hidden
}
func (p Password) GoString() string     { return `stack.Password("` + p.String() + `")` }
func (p Password) LogValue() slog.Value { return slog.StringValue(p.String()) }

const hidden = "***"

var (
	urlPassword = regexp.MustCompile(`(\b[a-z][a-z0-9+.-]*://[^\s:/@]*):[^\s@]*@`)
	keyPassword = regexp.MustCompile(`(?i)\b((?:[a-z_]*password|requirepass|secret_key|passwd|pwd)\s*[=:]\s*)('[^']*'|"[^"]*"|[^\s,;]+)`)
	sqlPassword = regexp.MustCompile(`(?i)\b(password\s+)'[^']*'`)
)

// Redact takes passwords out of any text: those in URLs, after password=, and in CREATE ROLE.
func Redact(text string) string {
	text = urlPassword.ReplaceAllString(text, "${1}:"+hidden+"@")
	text = sqlPassword.ReplaceAllString(text, "${1}'"+hidden+"'")
	return keyPassword.ReplaceAllString(text, "${1}"+hidden)
}

// Secrets are all the passwords of one stack. They belong to the data folder:
// a state saved without them can't be logged in to, and Langflow can't decrypt.
type Secrets struct {
	mu    sync.Mutex
	roles map[string]Password

	Superuser         Password // PostgreSQL's postgres
	Redis             Password
	PoolerAdmin       Password // PgBouncer's SHOW commands
	LangflowKey       Password // LANGFLOW_SECRET_KEY, base64url of 32 bytes
	LangflowSuperuser Password
	LangflowKeys      map[string]Password // API keys of tenants' users, by tenant
	TokenKey          Password            // private key that signs the tokens of the backend's users, in PEM; made for each stack
}

// NewSecrets makes fresh ones from the system's random source.
func NewSecrets() *Secrets {
	return &Secrets{
		roles:             map[string]Password{},
		Superuser:         newPassword(),
		Redis:             newPassword(),
		PoolerAdmin:       newPassword(),
		LangflowKey:       Password(base64.URLEncoding.EncodeToString(randomBytes(32))),
		LangflowSuperuser: newPassword(),
	}
}

// Role gives the password of a database role, making one when it is first
// asked for; "postgres" is the superuser's.
func (s *Secrets) Role(name string) Password {
	if name == superuser {
		return s.Superuser
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.roles == nil {
		s.roles = map[string]Password{}
	}
	if _, ok := s.roles[name]; !ok {
		s.roles[name] = newPassword()
	}
	return s.roles[name]
}

// CacheUser gives the password of a user of the cache. It follows from the administrator's, so that kept states need not hold it.
func (s *Secrets) CacheUser(name string) Password {
	mac := hmac.New(sha256.New, []byte(s.Redis))
	mac.Write([]byte("cache user " + name))
	return Password(hex.EncodeToString(mac.Sum(nil)[:16]))
}

// Roles lists the roles that have a password, sorted, without the superuser.
func (s *Secrets) Roles() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := make([]string, 0, len(s.roles))
	for name := range s.roles {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Redact takes these secrets, and whatever looks like one, out of a text.
func (s *Secrets) Redact(text string) string {
	s.mu.Lock()
	all := []Password{s.Superuser, s.Redis, s.PoolerAdmin, s.LangflowKey, s.LangflowSuperuser, s.TokenKey}
	all = slices.AppendSeq(all, maps.Values(s.LangflowKeys))
	for _, p := range s.roles {
		all = append(all, p)
	}
	for _, user := range CacheUsers {
		all = append(all, s.CacheUser(user))
	}
	s.mu.Unlock()
	for _, p := range all {
		if p != "" {
			text = strings.ReplaceAll(text, string(p), hidden)
		}
	}
	return Redact(text)
}

type secretsFile struct {
	Superuser         Password            `json:"superuser"`
	Roles             map[string]Password `json:"roles"`
	Redis             Password            `json:"redis"`
	PoolerAdmin       Password            `json:"pooler_admin"`
	LangflowKey       Password            `json:"langflow_key"`
	LangflowSuperuser Password            `json:"langflow_superuser"`
	LangflowKeys      map[string]Password `json:"langflow_keys,omitempty"`
}

// save writes them for the owner's eyes only.
func (s *Secrets) save(path string) error {
	s.mu.Lock()
	data, err := json.Marshal(secretsFile{s.Superuser, s.roles, s.Redis, s.PoolerAdmin, s.LangflowKey, s.LangflowSuperuser, s.LangflowKeys})
	s.mu.Unlock()
	if err != nil {
		return fmt.Errorf("encode secrets: %w", err)
	}
	return os.WriteFile(path, data, 0o600)
}

func loadSecrets(path string) (*Secrets, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var f secretsFile
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return &Secrets{
		roles: f.Roles, Superuser: f.Superuser, Redis: f.Redis, PoolerAdmin: f.PoolerAdmin,
		LangflowKey: f.LangflowKey, LangflowSuperuser: f.LangflowSuperuser,
		LangflowKeys: f.LangflowKeys,
	}, nil
}

func newPassword() Password { return Password(hex.EncodeToString(randomBytes(16))) }

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails: the runtime ends the process when the system has no randomness
	return b
}

// postgresURL puts a connection string together; every part is escaped.
func postgresURL(role string, password Password, host string, port int, database string) DSN {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(role, string(password)),
		Host: fmt.Sprintf("%s:%d", host, port), Path: "/" + database, RawQuery: "sslmode=disable",
	}
	return DSN(u.String())
}
