package stack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/engardehq/bulkhead/internal/identity"
)

const (
	backendStartLimit = 60 * time.Second
	backendStopLimit  = 5 * time.Second
)

// BackendConfig says which backend runs and on which database.
type BackendConfig struct {
	Venv     string           // folder that Env gave
	Packages map[string]fs.FS // Python packages on its path, by name
	App      string           // the factory, MODULE:NAME
	Database string           // reached through the pooler
	Role     string           // that it has there
	Workers  int              // processes
	Env      []string         // further settings
	Version  string
}

// StartBackend starts the backend and doesn't wait. The pooler must be up; Redis is its cache when that is up.
func (n *Native) StartBackend(ctx context.Context, c BackendConfig) (*Pending, error) {
	if n.get(PgBouncer) == nil {
		return nil, errors.New("start backend: pgbouncer isn't up")
	}
	home, err := n.folder(Backend, 0o700, false)
	if err != nil {
		return nil, err
	}
	if n.Secrets.TokenKey == "" {
		if err := n.newTokenKey(); err != nil {
			return nil, err
		}
	}
	env, err := n.backendEnv(c, home)
	if err != nil {
		return nil, err
	}
	port, err := n.port(Backend)
	if err != nil {
		return nil, err
	}
	argv := []string{filepath.Join(c.Venv, "bin", "python"), "-m", "uvicorn", "--factory", c.App, "--host", loopback, "--port", fmt.Sprint(port),
		"--workers", fmt.Sprint(max(1, c.Workers)), "--no-access-log", "--no-server-header"}
	p, err := n.keeper.start(ctx, n.spec(Backend, argv, env, home, false))
	if err != nil {
		return nil, fmt.Errorf("start backend: %w", err)
	}
	n.keepPort(Backend, port)
	n.set(Backend, &up{proc: p, version: c.Version, port: port})
	return &Pending{n: n, proc: p, url: fmt.Sprintf("http://%s:%d", loopback, port), started: p.started, limit: backendStartLimit,
		paths: []string{"/health", "/health/ready"}}, nil
}

// StopBackend ends the backend with its workers.
func (n *Native) StopBackend(ctx context.Context) error {
	return n.stopService(ctx, Backend, syscall.SIGTERM, backendStopLimit)
}

func (n *Native) newTokenKey() error {
	provider, err := identity.New()
	if err != nil {
		return err
	}
	text, err := provider.PEM()
	n.Secrets.TokenKey = Password(text)
	return err
}

func (n *Native) backendEnv(c BackendConfig, home string) ([]string, error) {
	provider, err := identity.Open(n.Secrets.TokenKey.Reveal())
	if err != nil {
		return nil, err
	}
	keys, err := provider.KeySet()
	if err != nil {
		return nil, err
	}
	keyFile := filepath.Join(home, "jwks.json")
	if err := os.WriteFile(keyFile, keys, 0o600); err != nil {
		return nil, fmt.Errorf("backend's key set: %w", err)
	}
	code := filepath.Join(home, "code")
	if err := os.RemoveAll(code); err != nil {
		return nil, fmt.Errorf("backend's code: %w", err)
	}
	for name, files := range c.Packages {
		if err := os.CopyFS(filepath.Join(code, name), files); err != nil {
			return nil, fmt.Errorf("backend's code: %w", err)
		}
	}
	dsn := strings.Replace(n.PooledDSN(c.Role, c.Database).Reveal(), "postgres://", "postgresql://", 1)
	env := append(plainEnv(home), "PYTHONPATH="+code, "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1", "NO_COLOR=1",
		"ENGARDE_DATABASE_URL="+dsn, "ENGARDE_JWKS_FILE="+keyFile, "ENGARDE_JWT_ISSUER="+identity.Issuer, "ENGARDE_JWT_AUDIENCE="+identity.Audience)
	if r := n.get(Redis); r != nil {
		u := url.URL{Scheme: "redis", User: url.UserPassword(ApplicationCache, n.Secrets.CacheUser(ApplicationCache).Reveal()),
			Host: fmt.Sprintf("%s:%d", loopback, r.port), Path: "/1"}
		env = append(env, "ENGARDE_REDIS_URL="+u.String())
	}
	return append(env, c.Env...), nil
}
