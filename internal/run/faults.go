package run

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/engardehq/bulkhead/internal/faults"
	"github.com/engardehq/bulkhead/scenarios"
)

// KnownFaults are those that a scenario may schedule.
func KnownFaults() (known []scenarios.KnownFault) {
	for _, s := range faults.All() {
		known = append(known, scenarios.KnownFault{Name: s.Name, Lasts: s.Lasts, Slows: s.Slows})
	}
	return known
}

// checkFaults refuses, before anything is started, a scenario whose faults can't be brought about.
func checkFaults(o Options) error {
	if err := checkProvider(o); err != nil {
		return err
	}
	var names []string
	for _, f := range allFaults(o.Scenario) {
		names = append(names, f.Name)
	}
	return faults.Check(names, o.Stack == "", union(o.Scenario.Without, o.Without))
}

// allFaults are those of both loads.
func allFaults(sc scenarios.Scenario) []scenarios.Fault {
	if sc.HTTP == nil {
		return sc.Faults
	}
	return slices.Concat(sc.Faults, sc.HTTP.Faults)
}

func schedules(sc scenarios.Scenario, fault string) bool {
	return slices.ContainsFunc(sc.Faults, func(f scenarios.Fault) bool { return f.Name == fault })
}

func faultTarget(o Options, t Target, sys *System, roles []string, proxy *faults.Proxy) faults.Target {
	target := faults.Target{Stack: sys.base(), Superuser: sys.Stack.DSN.Direct[superuser].Reveal(), Roles: roles, Proxy: proxy, Logs: sys.smallDisk,
		Langflow: func(ctx context.Context) error { return startLangflow(ctx, o, t, sys.base()) },
		Backend:  func(ctx context.Context) error { return startBackend(ctx, o, t, sys.base()) }}
	if sys.Stack.Pooler != nil {
		target.Console = sys.Stack.Pooler.Admin.Reveal()
	}
	return target
}

// detour leads the load's connections through a proxy, where the scenario slows the network. close must be called.
func (b *beside) detour(sc scenarios.Scenario, dsn map[string]string) (close func(), err error) {
	close = func() {}
	if !schedules(sc, faults.NetworkSlow) {
		return close, nil
	}
	for role, text := range dsn {
		u, err := url.Parse(text)
		if err != nil {
			return close, fmt.Errorf("connection string of %s: %w", role, err)
		}
		if b.proxy == nil { // all roles go to the same server
			if b.proxy, err = faults.NewProxy(u.Host); err != nil {
				return close, err
			}
			close = b.proxy.Close
		}
		u.Host = b.proxy.Addr()
		dsn[role] = u.String()
	}
	return close, nil
}

// saveLogs brings the logs off the small disk, which goes away with the stack.
func (s *System) saveLogs() {
	if s.smallDisk != "" {
		// A log that is lost decides nothing, and the run is over.
		_ = faults.CopyLogs(s.smallDisk, s.Stack.Paths.Logs)
	}
}
