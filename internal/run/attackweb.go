package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/engardehq/bulkhead/fixtures"
	"github.com/engardehq/bulkhead/internal/probes"
	"github.com/engardehq/bulkhead/internal/probes/web"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

// webAttackers are how many tenants attack each other over HTTP, in turn.
const webAttackers = 4

// OwnBackend is a team's own, which it starts itself on a stack that is up; nil is the one that the stack has.
type OwnBackend struct {
	URL     string
	Profile *web.Profile // its routes, and what they don't say of themselves
}

// ReadOwnBackend reads the file that declares a backend's routes, and refuses an address that isn't this machine's.
func ReadOwnBackend(address, file string) (*OwnBackend, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
		return nil, fmt.Errorf("%s: want an address like http://127.0.0.1:8000", address)
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("%s is another machine; load and attacks go to this one alone, by 127.0.0.1, ::1 or localhost", address)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the backend's routes: %w", err)
	}
	profile, err := web.ReadProfile(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(profile.Routes) == 0 {
		return nil, fmt.Errorf("%s: routes: there are none", file)
	}
	return &OwnBackend{URL: strings.TrimSuffix(address, "/"), Profile: profile}, nil
}

// on puts the team's backend in the place of the stack's. The key that signs its users' tokens is the stack's.
func (b *OwnBackend) on(st *stack.Stack) error {
	if b == nil {
		return nil
	}
	if st.Backend == nil {
		return errors.New("the stack has no backend, and so no key to sign tokens with: start one with it")
	}
	st.Backend.URL = b.URL
	return nil
}

// visitable says how to attack the services of a stack over HTTP: their routes as the applications themselves tell them, and who may log in.
func visitable(ctx context.Context, st *stack.Stack, w *world.World, cache *probes.Redis, own *OwnBackend) (c web.Config, err error) {
	c = web.Config{World: w, Admin: st.DSN.Direct[superuser].Reveal(), Redis: cache}
	users := min(webAttackers, w.Tenants)
	if st.Backend != nil {
		if c.Backend, err = backendService(ctx, st, w, own); err != nil {
			return c, err
		}
	}
	if st.Langflow != nil {
		users = min(users, len(st.Langflow.Keys))
		if c.Langflow, err = langflowService(ctx, st, w); err != nil {
			return c, err
		}
	}
	for tn := range users {
		c.Tenants = append(c.Tenants, tn)
	}
	return c, nil
}

func backendService(ctx context.Context, st *stack.Stack, w *world.World, own *OwnBackend) (*web.Service, error) {
	login, err := newBackendLogin(st, w)
	if err != nil {
		return nil, err
	}
	s := &web.Service{Name: stack.Backend, URL: st.Backend.URL, Login: headers(login.login), Version: st.Service(stack.Backend).Version}
	s.Tokens = &web.Tokens{Key: login.provider.Key, KID: login.provider.KID, Claims: func(tenantNo int) map[string]any {
		return login.provider.Claims(login.user(tenantNo), w.Codec.TenantID(tenantNo).String())
	}}
	if own != nil {
		s.Profile, s.Routes, s.Version = own.Profile, own.Profile.Routes, "of one's own"
		return s, nil
	}
	if s.Profile, err = profile("engarde/backend.http.yaml"); err != nil {
		return nil, err
	}
	app, err := backendApplication(st.Paths.Scratch)
	if err == nil {
		s.Routes, err = routesOf(ctx, app, st.Paths.Scratch)
	}
	return s, err
}

func langflowService(ctx context.Context, st *stack.Stack, w *world.World) (*web.Service, error) {
	s := &web.Service{Name: stack.Langflow, URL: st.Langflow.URL, Login: headers(langflowLogin(st, w)), Version: st.Service(stack.Langflow).Version,
		Loader: map[int]string{}}
	if flows, ok := w.Table("langflow.flow"); ok {
		for tn := range min(webAttackers, w.Tenants) {
			s.Loader[tn] = w.Codec.ID(w.Ref(flows, tn, tenant.Row(0))).String()
		}
	}
	known, err := fs.ReadFile(fixtures.FS, "langflow/advisories.yaml")
	if err != nil {
		return nil, fmt.Errorf("langflow's advisories: %w", err)
	}
	if s.Advisories, err = web.ReadAdvisories(known); err != nil {
		return nil, err
	}
	if s.Profile, err = profile("langflow/http.yaml"); err != nil {
		return nil, err
	}
	app, err := langflowApplication(s.Version)
	if err == nil {
		s.Routes, err = routesOf(ctx, app, st.Paths.Scratch)
	}
	return s, err
}

func profile(file string) (*web.Profile, error) {
	data, err := fs.ReadFile(fixtures.FS, file)
	if err != nil {
		return nil, fmt.Errorf("profile of a service: %w", err)
	}
	return web.ReadProfile(data)
}

// headers makes credentials of a login; nil for a tenant that has none.
func headers(login func(int, http.Header) error) func(int) http.Header {
	return func(tenantNo int) http.Header {
		h := http.Header{}
		if login(tenantNo, h) != nil {
			return nil
		}
		return h
	}
}

// AttackServices attacks services over HTTP, and enters what came of it.
func AttackServices(ctx context.Context, c web.Config, e *result.Examination) error {
	report, err := web.Run(ctx, c)
	if err != nil {
		return err
	}
	e.Findings, e.Checks = append(e.Findings, report.Findings...), append(e.Checks, report.Checks...)
	e.Attack.Services = scopes(report)
	return nil
}

// scopes tell how much of each service was tried.
func scopes(r *web.Report) (all []result.ServiceScope) {
	for _, s := range r.Scopes {
		one := result.ServiceScope{Service: s.Service, Version: s.Version, Routes: s.Routes, Verbs: s.Verbs, Combinations: s.Combinations, Controls: s.Controls, Requests: s.Requests}
		for _, skip := range s.Skipped {
			one.Skipped = append(one.Skipped, result.Statement{What: skip.Route, Reason: skip.Why})
		}
		all = append(all, one)
	}
	return all
}
