package stack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// DefaultStackFile is where `up` writes and `run`, `audit`, `down` ... look.
const DefaultStackFile = "out/stack.json"

const stackSchemaVersion = 1

// Stack describes a running stack: all that a program needs to use it.
type Stack struct {
	SchemaVersion int       `json:"schema_version"`
	Provider      string    `json:"provider"`
	Target        string    `json:"target"`
	Layout        string    `json:"layout"`
	Seed          uint64    `json:"seed"`
	Tenants       int       `json:"tenants,omitempty"`
	Started       time.Time `json:"started"`

	Keeper   Keeper            `json:"keeper"`
	Services []Service         `json:"services"`
	DSN      DSNs              `json:"dsn"`
	Redis    *RedisAccess      `json:"redis,omitempty"`
	Langflow *LangflowAccess   `json:"langflow,omitempty"`
	Backend  *BackendAccess    `json:"backend,omitempty"`
	Pooler   *PoolerAccess     `json:"pooler,omitempty"`
	Paths    Paths             `json:"paths"`
	Settings map[string]string `json:"settings"` // what SHOW says; the pooler's with "pgbouncer." before
}

// Keeper names the process that holds the stack; pids are used again, pid and start time aren't.
type Keeper struct {
	Pid        int    `json:"pid"`
	StartTicks uint64 `json:"start_ticks"`
}

// Service is one server of the stack.
type Service struct {
	Name    string    `json:"name"`
	Version string    `json:"version"`
	Host    string    `json:"host"`
	Port    int       `json:"port"`
	Pid     int       `json:"pid"`
	Started time.Time `json:"started"`
	Log     string    `json:"log"`
	Image   string    `json:"image,omitempty"` // that its container is of
}

// DSNs are connection strings by role: straight to PostgreSQL, and through PgBouncer.
type DSNs struct {
	Direct map[string]DSN `json:"direct"`
	Pooled map[string]DSN `json:"pooled,omitempty"`
}

// RedisAccess is how to reach the cache.
type RedisAccess struct {
	Addr     string              `json:"addr"`
	Password Password            `json:"password"` // of the default user, who may do everything
	Users    map[string]Password `json:"users,omitempty"`
}

// LangflowAccess is how to reach Langflow as its superuser.
type LangflowAccess struct {
	URL       string   `json:"url"`
	Superuser string   `json:"superuser"`
	Password  Password `json:"password"`
	// Keys are the API keys of tenants' users, by tenant.
	Keys map[string]Password `json:"keys,omitempty"`
	// TokenKey signs the tokens of logged-in users.
	TokenKey Password `json:"token_key"`
}

// BackendAccess is how to reach the backend, and the key that signs its users' tokens.
type BackendAccess struct {
	URL      string   `json:"url"`
	TokenKey Password `json:"token_key"` // private, in PEM
}

// PoolerAccess is PgBouncer's admin console.
type PoolerAccess struct {
	Admin DSN `json:"admin"`
}

// Paths of the stack's files.
type Paths struct {
	Scratch string `json:"scratch"`
	Data    string `json:"data"`
	Logs    string `json:"logs"`
	World   string `json:"world,omitempty"`
}

// Stack describes what is up now, with connection strings for these roles and the
// superuser. The caller adds target, layout, seed and the path of the world.
func (n *Native) Stack(database string, roles ...string) *Stack {
	s := &Stack{
		SchemaVersion: stackSchemaVersion, Provider: ProviderNative, Started: time.Now().UTC().Truncate(time.Second),
		Keeper:   Keeper{n.keeper.pid, n.keeper.startTicks},
		DSN:      DSNs{Direct: map[string]DSN{}},
		Paths:    Paths{Scratch: n.scratch, Data: n.DataDir(), Logs: n.logs},
		Settings: map[string]string{},
	}
	for _, name := range services {
		u := n.get(name)
		if u == nil {
			continue
		}
		s.Services = append(s.Services, Service{
			Name: name, Version: u.version, Host: loopback, Port: u.port, Pid: u.proc.pid, Started: u.proc.started.UTC().Truncate(time.Millisecond), Log: u.proc.log, Image: u.image,
		})
	}
	n.mu.Lock()
	for k, v := range n.settings {
		s.Settings[k] = v
	}
	poolers := append([]string(nil), n.poolers...)
	n.mu.Unlock()
	for _, role := range append([]string{superuser}, roles...) {
		s.DSN.Direct[role] = n.DirectDSN(role, database)
	}
	if u := n.get(PgBouncer); u != nil {
		s.DSN.Pooled = map[string]DSN{}
		for _, role := range poolers {
			s.DSN.Pooled[role] = n.PooledDSN(role, database)
		}
		s.Pooler = &PoolerAccess{postgresURL(poolerAdmin, n.Secrets.PoolerAdmin, loopback, u.port, "pgbouncer")}
	}
	if n.get(Redis) != nil {
		s.Redis = &RedisAccess{n.Addr(Redis), n.Secrets.Redis, map[string]Password{}}
		for _, user := range CacheUsers {
			s.Redis.Users[user] = n.Secrets.CacheUser(user)
		}
	}
	if n.get(Langflow) != nil {
		s.Langflow = &LangflowAccess{"http://" + n.Addr(Langflow), LangflowSuperuser, n.Secrets.LangflowSuperuser, n.Secrets.LangflowKeys, n.Secrets.LangflowKey}
	}
	if n.get(Backend) != nil {
		s.Backend = &BackendAccess{"http://" + n.Addr(Backend), n.Secrets.TokenKey}
	}
	return s
}

// Save writes the stack file whole or not at all, for the owner's eyes only.
func (s *Stack) Save(path string) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("encode stack file: %w", err)
	}
	return WriteWhole(path, append(data, '\n'), 0o600)
}

// Read reads a stack file without asking whether its stack still runs.
func Read(path string) (*Stack, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, &Error{What: "there is no " + path, Mend: "start a stack with `bulkhead up`", Err: ErrNoStackFile}
	}
	if err != nil {
		return nil, fmt.Errorf("read stack file: %w", err)
	}
	var s Stack
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, &Error{What: path + " isn't a stack file", Mend: "name the one that `bulkhead up` wrote", Err: fmt.Errorf("%w: %w", ErrNotStackFile, err)}
	}
	if s.SchemaVersion != stackSchemaVersion || s.Keeper.Pid <= 0 {
		return nil, &Error{What: fmt.Sprintf("%s isn't a stack file of schema version %d", path, stackSchemaVersion), Mend: "name the one that `bulkhead up` wrote", Err: ErrNotStackFile}
	}
	if s.Provider == "" {
		s.Provider = ProviderNative // written before there was another
	}
	return &s, nil
}

// Load reads a stack file and makes sure that its stack runs: the keeper is the
// very process that wrote it, and each service takes connections.
func Load(ctx context.Context, path string) (*Stack, error) {
	s, err := Read(path)
	if err != nil {
		return nil, err
	}
	if why := s.dead(ctx); why != "" {
		return nil, &Error{What: fmt.Sprintf("the stack of %s is gone (%s)", path, why), Mend: "start one with `bulkhead up`", Err: ErrGone}
	}
	return s, nil
}

func (s *Stack) dead(ctx context.Context) string {
	if !s.Alive() {
		return fmt.Sprintf("its keeper, pid %d, has ended", s.Keeper.Pid)
	}
	for _, svc := range s.Services {
		d := net.Dialer{Timeout: 3 * time.Second}
		conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(svc.Host, strconv.Itoa(svc.Port)))
		if err != nil {
			return fmt.Sprintf("%s on port %d takes no connection", svc.Name, svc.Port)
		}
		conn.Close()
	}
	return ""
}

// Alive says whether the stack's keeper still runs.
func (s *Stack) Alive() bool { return sameProcess(s.Keeper.Pid, s.Keeper.StartTicks) }

// Service gives the service of that name, nil when the stack has none.
func (s *Stack) Service(name string) *Service {
	for i := range s.Services {
		if s.Services[i].Name == name {
			return &s.Services[i]
		}
	}
	return nil
}

// Down ends a stack that `up` left and waits until its keeper has cleared up. For
// one that is gone already it sweeps what may be left, and answers ErrGone.
func Down(ctx context.Context, path string) (*Stack, error) {
	s, err := Read(path)
	if err != nil {
		return nil, err
	}
	gone := !s.Alive()
	if !gone {
		if err := syscall.Kill(s.Keeper.Pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
			return s, &Error{What: fmt.Sprintf("can't end the stack's keeper, pid %d", s.Keeper.Pid), Mend: "call bulkhead down as the user who called up", Err: err}
		}
		ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
		defer cancel()
		for s.Alive() {
			select {
			case <-ctx.Done():
				return s, &Error{What: fmt.Sprintf("the stack's keeper, pid %d, hasn't ended", s.Keeper.Pid), Mend: "read " + filepath.Join(s.Paths.Logs, "keeper.log"), Err: context.Cause(ctx)}
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	Sweep(filepath.Dir(s.Paths.Scratch))
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return s, fmt.Errorf("remove stack file: %w", err)
	}
	if gone {
		return s, fmt.Errorf("%w: the stack of %s had ended before", ErrGone, path)
	}
	return s, nil
}

// WriteWhole writes a file by way of a temporary one beside it.
func WriteWhole(path string, data []byte, mode os.FileMode) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(tmp.Name())
		}
	}()
	_, werr := tmp.Write(data)
	if err := errors.Join(werr, tmp.Chmod(mode), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
