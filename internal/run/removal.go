package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/redis/go-redis/v9"

	"github.com/engardehq/bulkhead/internal/removal"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/world"
)

// removeTenant removes a tenant to see what is left of it, where the scenario wants that: last of all, and only on a stack that ends with
// this run.
func removeTenant(ctx context.Context, o Options, t Target, sys *System, doc *result.Run) {
	if !o.Scenario.Removal || sys.servers == nil || t.Removal == nil {
		return
	}
	o.Console.Step("removing a tenant, and looking for what is left of it")
	report, err := removeOne(ctx, t, sys.Stack, sys.World)
	if err != nil {
		c := undone(result.ByProbe, "removal", err)
		c.Channel = "T05"
		doc.Checks = append(doc.Checks, c)
		return
	}
	doc.Checks, doc.Findings, doc.Removal = append(doc.Checks, report.Checks...), append(doc.Findings, report.Findings...), report.Removal
}

// RemoveTenant removes a tenant of the stack of a stack file, for good, and enters what came of it. Runs on this stack miss its rows from then on.
func RemoveTenant(ctx context.Context, file string, e *result.Examination) error {
	st, err := stack.Load(ctx, file)
	if err != nil {
		return err
	}
	t, err := Shipped()
	if err != nil {
		return err
	}
	w, _, err := readState(func(string) ([]byte, error) { return os.ReadFile(st.Paths.World) })
	if err != nil {
		return err
	}
	report, err := removeOne(ctx, t, st, w)
	if err != nil {
		return err
	}
	e.Checks, e.Findings, e.Removal = append(e.Checks, report.Checks...), append(e.Findings, report.Findings...), report.Removal
	return nil
}

func removeOne(ctx context.Context, t Target, st *stack.Stack, w *world.World) (*removal.Report, error) {
	c, err := removable(t, st, w)
	if err != nil {
		return nil, err
	}
	if c.Tenant, err = farewell(st, w); err != nil {
		return nil, err
	}
	return removal.Run(ctx, c)
}

// farewell chooses the tenant to remove: the last of those that have rows everywhere and a user of each service. Attackers are the first ones.
func farewell(st *stack.Stack, w *world.World) (int, error) {
	last := min(w.Probed, w.Tenants)
	if st.Langflow != nil {
		last = min(last, len(st.Langflow.Keys))
	}
	if last < 1 {
		return 0, errors.New("no tenant has rows in every table and a user of every service: raise langflow_users in the scenario")
	}
	return last - 1, nil
}

// removable says where all that a tenant of this stack has may be.
func removable(t Target, st *stack.Stack, w *world.World) (removal.Config, error) {
	c := removal.Config{Target: t.Target, World: w, Admin: st.DSN.Direct[superuser].Reveal(), DSN: map[string]string{}, Folders: map[string]string{},
		Services: map[string]removal.Service{}}
	for role, dsn := range st.DSN.Direct {
		c.DSN[role] = dsn.Reveal()
	}
	if st.Redis != nil {
		c.Redis = &redis.Options{Addr: st.Redis.Addr, Password: st.Redis.Password.Reveal(), DisableIdentity: true}
	}
	if st.Backend != nil {
		login, err := newBackendLogin(st, w)
		if err != nil {
			return c, fmt.Errorf("tokens for the tenant to remove: %w", err)
		}
		c.Services[stack.Backend] = removal.Service{URL: st.Backend.URL, Login: headers(login.login)}
	}
	if st.Langflow != nil {
		c.Services[stack.Langflow] = removal.Service{URL: st.Langflow.URL, Login: headers(langflowLogin(st, w))}
		c.Folders[stack.Langflow] = filepath.Join(st.Paths.Scratch, stack.Langflow) // its home, the folder of its configuration included
	}
	return c, nil
}
