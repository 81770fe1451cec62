package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// LangflowSuperuser is the name that Langflow's superuser logs in with.
	LangflowSuperuser = "bulkhead_admin"

	langflowStartLimit = 240 * time.Second // 30-40 s on two idle cores; a first start compiles its modules
	langflowStopLimit  = 20 * time.Second
)

// LangflowConfig says which Langflow runs and on which database.
type LangflowConfig struct {
	Venv       string // folder that Env gave
	Database   string // reached directly, not through the pooler
	Role       string
	Options    string            // `options` of the database URL; "" for none: a search path belongs on the role
	Components string            // folder of components that the server itself loads; "" for none
	Env        map[string]string // further or other LANGFLOW_* settings
}

// Pending is a service over HTTP that was started and may not be ready yet.
type Pending struct {
	n       *Native
	proc    *running
	url     string
	started time.Time
	limit   time.Duration
	paths   []string // that must answer 200
	once    sync.Once
	err     error
}

// URL is where the service answers, or will.
func (p *Pending) URL() string { return p.url }

// Wait waits until the service is healthy, its database included, or has failed.
func (p *Pending) Wait(ctx context.Context) error {
	p.once.Do(func() {
		limit := max(p.limit-time.Since(p.started), time.Second)
		p.err = p.n.await(ctx, p.proc, limit, p.healthy)
	})
	return p.err
}

// Took says how long ago the service was started.
func (p *Pending) Took() time.Duration { return time.Since(p.started) }

// healthy asks first what answers before the database is reached, then what asks the database.
func (p *Pending) healthy(ctx context.Context) error {
	for _, path := range p.paths {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+path, nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16))
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("GET %s: status %d", path, resp.StatusCode)
		}
	}
	return nil
}

// StartLangflow starts Langflow and doesn't wait: it boots while other work goes on.
// PostgreSQL must be up; Redis is its cache when that is up.
func (n *Native) StartLangflow(ctx context.Context, c LangflowConfig) (*Pending, error) {
	pg := n.get(Postgres)
	if pg == nil {
		return nil, errors.New("start langflow: postgres isn't up")
	}
	python := filepath.Join(c.Venv, "bin", "python")
	version, err := output(ctx, python, "-c", "import importlib.metadata as m; print(m.version('langflow-base'))")
	if err != nil {
		return nil, &Error{What: "no Langflow in " + c.Venv, Mend: "remove that folder; it is built again", Err: err}
	}
	home, err := n.folder(Langflow, 0o700, false)
	if err != nil {
		return nil, err
	}
	for _, dir := range []string{n.LangflowDir(), filepath.Join(home, "tmp")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("make langflow's folder: %w", err)
		}
	}
	port, err := n.port(Langflow)
	if err != nil {
		return nil, err
	}
	argv := []string{python, "-m", "langflow", "run", "--backend-only", "--host", loopback, "--port", fmt.Sprint(port)}
	spec := n.spec(Langflow, argv, n.langflowEnv(c, home, pg.port), home, false)
	p, err := n.keeper.start(ctx, spec)
	if err != nil {
		return nil, fmt.Errorf("start langflow: %w", err)
	}
	n.keepPort(Langflow, port)
	n.set(Langflow, &up{proc: p, version: langflowRelease(strings.TrimSpace(version)), port: port})
	return &Pending{n: n, proc: p, url: fmt.Sprintf("http://%s:%d", loopback, port), started: p.started, limit: langflowStartLimit,
		paths: []string{"/health", "/health_check"}}, nil
}

// langflowRelease names the Langflow that a langflow-base is the server of. What has its own version is known by that.
func langflowRelease(base string) string {
	if base == "0.0.96" {
		return "1.0.18"
	}
	if rest, old := strings.CutPrefix(base, "0."); old && !strings.HasPrefix(rest, "0.") {
		return "1." + rest
	}
	return base
}

// StopLangflow ends Langflow with its workers.
func (n *Native) StopLangflow(ctx context.Context) error {
	return n.stopService(ctx, Langflow, syscall.SIGTERM, langflowStopLimit)
}

func (n *Native) langflowEnv(c LangflowConfig, home string, postgresPort int) []string {
	// The driver's own scheme: Langflow hands the URL to SQLAlchemy.
	db := strings.Replace(postgresURL(c.Role, n.Secrets.Role(c.Role), loopback, postgresPort, c.Database).Reveal(), "postgres://", "postgresql://", 1)
	db = strings.TrimSuffix(db, "?sslmode=disable")
	if c.Options != "" {
		db += "?options=" + url.QueryEscape(c.Options)
	}
	set := map[string]string{
		"LANGFLOW_DATABASE_URL":            db,
		"LANGFLOW_CONFIG_DIR":              n.LangflowDir(),
		"LANGFLOW_SECRET_KEY":              n.Secrets.LangflowKey.Reveal(),
		"LANGFLOW_AUTO_LOGIN":              "false",
		"LANGFLOW_SUPERUSER":               LangflowSuperuser,
		"LANGFLOW_SUPERUSER_PASSWORD":      n.Secrets.LangflowSuperuser.Reveal(),
		"LANGFLOW_ALLOW_CUSTOM_COMPONENTS": "false",
		"LANGFLOW_WORKERS":                 "1",
		// Drawing the trace of a run that failed takes seconds, in which nobody else is served.
		"LANGFLOW_PRETTY_LOGS":  "false",
		"DO_NOT_TRACK":          "true",
		"LANGFLOW_DO_NOT_TRACK": "true",
		"PYTHONUNBUFFERED":      "1",
		"NO_COLOR":              "1",
		"TMPDIR":                filepath.Join(home, "tmp"),
	}
	if r := n.get(Redis); r != nil {
		u := url.URL{Scheme: "redis", User: url.UserPassword(LangflowCache, n.Secrets.CacheUser(LangflowCache).Reveal()), Host: fmt.Sprintf("%s:%d", loopback, r.port), Path: "/0"}
		set["LANGFLOW_CACHE_TYPE"] = "redis"
		set["LANGFLOW_REDIS_URL"] = u.String()
	}
	if c.Components != "" {
		set["LANGFLOW_COMPONENTS_PATH"] = c.Components
		set["PYTHONPATH"] = c.Components // flows name the component by its module
		set["PYTHONDONTWRITEBYTECODE"] = "1"
	}
	for k, v := range c.Env {
		set[k] = v
	}
	env := plainEnv(home)
	for k, v := range set {
		env = append(env, k+"="+v)
	}
	return env
}
