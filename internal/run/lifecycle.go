package run

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/engardehq/bulkhead/internal/identity"
	"github.com/engardehq/bulkhead/internal/lifecycle"
	"github.com/engardehq/bulkhead/internal/removal"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

// lifeBeside is a tenant's life beside the load.
type lifeBeside struct {
	stop   context.CancelFunc
	done   chan struct{}
	report *lifecycle.Report
	err    error
}

// beginLife takes a tenant in and removes it again while the load goes on, where the scenario wants that: only on a stack that ends with this
// run. nil where it doesn't.
func (m *meter) beginLife(ctx context.Context, o Options, t Target, sys *System) *lifeBeside {
	if !o.Scenario.Lifecycle || sys.servers == nil {
		return nil
	}
	b := &lifeBeside{done: make(chan struct{})}
	ctx, b.stop = context.WithCancel(ctx)
	c, err := livable(t, sys.Stack, sys.World, sys.World.Tenants)
	if err != nil {
		b.err = err
		close(b.done)
		return b
	}
	c.Judged = m.rows.Load
	go func() {
		defer close(b.done)
		if b.err = m.underLoad(ctx, o.Scenario.Load.WarmUp); b.err == nil {
			b.report = lifecycle.Run(ctx, c)
		}
	}()
	return b
}

// loadLimit is how long a load may take until its first answer.
const loadLimit = 30 * time.Second

// underLoad waits until the load is answered, and then for as long as it warms up.
func (m *meter) underLoad(ctx context.Context, warmUp time.Duration) error {
	for end := time.Now().Add(loadLimit); m.rows.Load() == 0; {
		if time.Now().After(end) {
			return errors.New("the load was not answered")
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(warmUp):
		return nil
	}
}

// end waits for the life to end and enters what came of it. Without a load there is nothing to wait for.
func (b *lifeBeside) end(doc *result.Run, load error) {
	if b == nil {
		return
	}
	if load != nil {
		b.stop()
	}
	<-b.done
	b.stop()
	if b.err != nil {
		check := undone(result.ByProbe, "life cycle", b.err)
		check.Channel = "T05"
		doc.Checks = append(doc.Checks, check)
		doc.Lifecycle = &result.Lifecycle{Unknown: check.Why}
		return
	}
	doc.Checks, doc.Findings, doc.Lifecycle = append(doc.Checks, b.report.Checks...), append(doc.Findings, b.report.Findings...), b.report.Lifecycle
}

// livable says how to take in a tenant on this stack, by a number that none of the world's has.
func livable(t Target, st *stack.Stack, w *world.World, number int) (lifecycle.Config, error) {
	var c lifecycle.Config
	var err error
	if c.Config, err = removable(t, st, w); err != nil {
		return c, err
	}
	c.Tenant = number
	c.Doors = map[string]map[string]string{}
	for door, dsns := range map[string]map[string]stack.DSN{"direct": st.DSN.Direct, "pooler": st.DSN.Pooled} {
		c.Doors[door] = map[string]string{}
		for role, dsn := range dsns {
			c.Doors[door][role] = dsn.Reveal()
		}
	}
	if s, ok := c.Services[stack.Backend]; ok {
		provider, err := identity.Open(st.Backend.TokenKey.Reveal())
		if err != nil {
			return c, err
		}
		c.Services[stack.Backend] = removal.Service{URL: s.URL, Login: newcomer(s.Login, c.Tenant, func() (http.Header, error) {
			token, err := provider.Token(firstUser(w, "public.users", c.Tenant), w.Codec.TenantID(c.Tenant).String())
			return http.Header{"Authorization": {"Bearer " + token}}, err
		})}
	}
	if s, ok := c.Services[stack.Langflow]; ok {
		user := firstUser(w, "langflow.user", c.Tenant)
		var key atomic.Pointer[stack.Password]
		c.Services[stack.Langflow] = removal.Service{URL: s.URL, Login: newcomer(s.Login, c.Tenant, func() (http.Header, error) {
			if k := key.Load(); k != nil {
				return http.Header{"X-Api-Key": {k.Reveal()}}, nil
			}
			token, err := identity.LangflowToken(st.Langflow.TokenKey.Reveal(), user)
			return http.Header{"Authorization": {"Bearer " + token}}, err
		})}
		c.MakeKey = func(ctx context.Context, service string) error {
			if service != stack.Langflow {
				return fmt.Errorf("nobody knows how a key to %s is made", service)
			}
			k, err := langflowKey(ctx, s.URL, st.Langflow.TokenKey.Reveal(), user)
			if err == nil {
				key.Store(&k)
			}
			return err
		}
	}
	return c, nil
}

// firstUser is the id of a tenant's first row in a table of users, seeded or not.
func firstUser(w *world.World, table string, tenantNo int) string {
	users, ok := w.Table(table)
	if !ok {
		return w.Codec.TenantID(tenantNo).String()
	}
	return w.Codec.ID(w.Ref(users, tenantNo, tenant.Row(0))).String()
}

// newcomer gives one tenant credentials of its own, and the others those that they have.
func newcomer(others func(int) http.Header, number int, own func() (http.Header, error)) func(int) http.Header {
	return func(tenantNo int) http.Header {
		if tenantNo != number {
			return others(tenantNo)
		}
		header, err := own()
		if err != nil {
			return nil
		}
		return header
	}
}
