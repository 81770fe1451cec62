package run

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/engardehq/bulkhead/fixtures"
	"github.com/engardehq/bulkhead/internal/identity"
	"github.com/engardehq/bulkhead/internal/session"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

const (
	backendRole    = "engarde_user"
	backendPackage = "engarde_backend"
	backendFolder  = "engarde/backend"
	backendWorkers = 2
)

// bootBackend starts the backend and doesn't wait; nil where it is left out.
func bootBackend(ctx context.Context, o Options, t Target, n *stack.Native) (*stack.Pending, error) {
	if slices.Contains(o.Without, stack.Backend) || slices.Contains(o.Without, stack.PgBouncer) {
		return nil, nil
	}
	c, err := backendConfig(ctx, o, t, n)
	if err != nil {
		return nil, err
	}
	return n.StartBackend(ctx, c)
}

func backendConfig(ctx context.Context, o Options, t Target, n *stack.Native) (c stack.BackendConfig, err error) {
	locked, err := requirements(backendFolder + "/requirements.txt")
	if err != nil {
		return c, err
	}
	code, err := fs.Sub(fixtures.FS, backendFolder+"/"+backendPackage)
	if err != nil {
		return c, fmt.Errorf("backend's code: %w", err)
	}
	c = stack.BackendConfig{Packages: map[string]fs.FS{backendPackage: code}, App: backendPackage + ".main:create_app", Database: t.Database, Role: backendRole,
		Workers: backendWorkers, Version: o.Version}
	c.Venv, err = n.Env(ctx, "backend", locked, func(s string) { o.Console.Step("%s", s) })
	return c, err
}

// startBackend starts it and waits until it answers.
func startBackend(ctx context.Context, o Options, t Target, n *stack.Native) error {
	pending, err := bootBackend(ctx, o, t, n)
	if err != nil || pending == nil {
		return err
	}
	return pending.Wait(ctx)
}

// backendLogin signs tokens for tenants' users, each once.
type backendLogin struct {
	provider *identity.Provider
	world    *world.World
	tokens   sync.Map // tenant -> signed
}

type signed struct {
	token string
	at    time.Time
}

// fresh is how long a token is used: half of its life, so that none runs out under way.
const fresh = 30 * time.Minute

func newBackendLogin(st *stack.Stack, w *world.World) (*backendLogin, error) {
	provider, err := identity.Open(st.Backend.TokenKey.Reveal())
	if err != nil {
		return nil, err
	}
	return &backendLogin{provider: provider, world: w}, nil
}

// user is the id of a tenant's user: the first that was seeded, or the tenant's own where there is none.
func (b *backendLogin) user(tenantNo int) string {
	id := b.world.Codec.TenantID(tenantNo)
	if users, ok := b.world.Table("public.users"); ok && b.world.Rows(users, tenantNo) > 0 {
		id = b.world.Codec.ID(b.world.Ref(users, tenantNo, tenant.Row(0)))
	}
	return id.String()
}

func (b *backendLogin) login(tenantNo int, into http.Header) error {
	kept, ok := b.tokens.Load(tenantNo)
	if !ok || time.Since(kept.(signed).at) > fresh {
		token, err := b.provider.Token(b.user(tenantNo), b.world.Codec.TenantID(tenantNo).String())
		if err != nil {
			return err
		}
		kept = signed{token, time.Now()}
		b.tokens.Store(tenantNo, kept)
	}
	into.Set("Authorization", "Bearer "+kept.(signed).token)
	return nil
}

// langflowLogin gives the API keys of tenants' users, and in a version that needs it the tokens that they would have by a login as well.
func langflowLogin(st *stack.Stack, w *world.World) func(int, http.Header) error {
	tokens := slices.Contains(failsAtKeys, st.Service(stack.Langflow).Version)
	users, seeded := w.Table("langflow.user")
	return func(tenantNo int, into http.Header) error {
		key, ok := st.Langflow.Keys[w.Codec.TenantID(tenantNo).String()]
		if !ok {
			return fmt.Errorf("tenant %d has no key to Langflow's interface: raise langflow_users in the scenario", tenantNo)
		}
		into.Set("x-api-key", key.Reveal())
		if tokens && seeded {
			token, err := identity.LangflowToken(st.Langflow.TokenKey.Reveal(), w.Codec.ID(w.Ref(users, tenantNo, tenant.Row(0))).String())
			if err != nil {
				return err
			}
			into.Set("Authorization", "Bearer "+token)
		}
		return nil
	}
}

// webServices are those of a stack that speak HTTP and that tenants' users can log in to.
func webServices(st *stack.Stack, w *world.World) (map[string]session.WebService, error) {
	all := map[string]session.WebService{}
	if st.Backend != nil {
		login, err := newBackendLogin(st, w)
		if err != nil {
			return nil, err
		}
		all[stack.Backend] = session.WebService{URL: st.Backend.URL, Login: login.login}
	}
	if st.Langflow != nil {
		all[stack.Langflow] = session.WebService{URL: st.Langflow.URL, Login: langflowLogin(st, w)}
	}
	return all, nil
}
