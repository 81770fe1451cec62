// Package web attacks the system's HTTP services as a user of one tenant would: it asks for other tenants' objects on every route and verb,
// forges tokens, names tenants in headers, provokes errors, injects, and shares the cache. What a service consists of is data (its routes and its
// Profile); nothing here knows one by name. It speaks to loopback addresses only, changes no row of a victim that the service guards, and takes away
// what it made itself. run and drill call it; it decides no verdict.
package web

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/engardehq/bulkhead/internal/probes"
	"github.com/engardehq/bulkhead/internal/probes/book"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/world"
)

// Config says what to attack and how far to go.
type Config struct {
	World    *world.World // whose ids and canaries the answers are held against
	Tenants  []int        // world numbers of those who attack and are attacked in turn; two at least
	Admin    string       // connection string of a superuser, who looks whether victims' rows are as they were
	Backend  *Service     // nil where there is none
	Langflow *Service     // nil where there is none
	Redis    *probes.Redis
	Depth    probes.Depth // Glance: every route and verb once. Pairs: also every value of a choice. Full: all tenants, all strings everywhere
	Seed     uint64
	Only     []string // names of probes; empty for all
	Log      func(format string, args ...any)
}

// Service is an HTTP service under attack.
type Service struct {
	Name    string // as in reports
	URL     string
	Version string
	Routes  []Route
	Profile *Profile
	// Login gives the credentials of a tenant's user; nil for a tenant that has none here.
	Login      func(tenant int) http.Header
	Tokens     *Tokens        // nil where tokens can't be forged as the service's own issuer would
	Loader     map[int]string // by tenant: the id of one of its flows that runs the loader component
	Advisories []Advisory     // of the product, whatever its version
}

// Tokens is how a service's issuer makes its tokens, for those that are nearly right.
type Tokens struct {
	Key    *rsa.PrivateKey
	KID    string
	Claims func(tenant int) map[string]any // of a good token, now
}

// Spec is one kind of probe of one service.
type Spec struct {
	Name     string // within a service; in reports the service's name stands before it
	Doc      string
	Channels func(*Profile) []string
	Glance   bool // takes part in a glance
	Run      func(ctx context.Context, a *attack) error
}

// Report is what an attack found, and all that it looked at.
type Report struct {
	Findings []result.Finding
	Checks   []result.Check
	Scopes   []Scope
}

// Scope is how much of a service was tried.
type Scope struct {
	Service      string `json:"service"`
	Version      string `json:"version,omitempty"`
	Routes       int    `json:"routes"`
	Verbs        int    `json:"verbs"`        // route x verb
	Combinations int    `json:"combinations"` // route x verb x identity, and which of several ids is another's
	Controls     int    `json:"controls"`     // route x verb on which the owner is served its own object
	Requests     int    `json:"requests"`
	Skipped      []Skip `json:"skipped"`
}

// Skip is a route that wasn't called, and why.
type Skip struct {
	Route string `json:"route"`
	Why   string `json:"why"`
}

// Specs are all probes that bulkhead ships, in the order in which they are tried.
func Specs() []Spec {
	return []Spec{objectsSpec, strangersSpec, tokensSpec, spoofSpec, errorsSpec, injectSpec, codeSpec, loaderSpec, advisoriesSpec, cacheSpec, burstSpec}
}

// Names are those of the probes, for a message.
func Names() (names []string) {
	for _, s := range Specs() {
		names = append(names, s.Name)
	}
	return names
}

// attack is one attack on one service under way. A Spec writes what it sees into the book of its channels.
type attack struct {
	Config
	*Service
	client *client
	rows   *rows
	scope  *Scope
	rand   *rand.Rand
	book   book.Book // of the Spec under way

	mu       sync.Mutex
	controls map[string]bool // route and verb: the owner is served its own object
	served   map[object]call // for objects: a call that served the owner its own
}

// specLimit is how long one probe may take. At Full, five times as long.
const specLimit = 2 * time.Minute

// Run makes an attack. An error says that nothing can be said; a probe that failed by itself is a Check of status unknown.
func Run(ctx context.Context, c Config) (*Report, error) {
	if len(c.Tenants) < 2 {
		return nil, fmt.Errorf("attack over HTTP: %d tenants; want two at least, one to attack and one to be attacked", len(c.Tenants))
	}
	if c.World == nil {
		return nil, errors.New("attack over HTTP: the rows carry no canaries, so nobody can tell whose an answer is; seed a world")
	}
	for _, name := range c.Only {
		if !slices.Contains(Names(), name) {
			return nil, fmt.Errorf("attack over HTTP: there is no probe %q; there are %s", name, strings.Join(Names(), ", "))
		}
	}
	if c.Log == nil {
		c.Log = func(string, ...any) {}
	}
	r := &Report{}
	for _, s := range []*Service{c.Backend, c.Langflow} {
		if s == nil {
			continue
		}
		if err := c.service(ctx, s, r); err != nil {
			return nil, err
		}
	}
	r.Findings = book.Merged(r.Findings)
	return r, nil
}

// service attacks one service with every probe.
func (c Config) service(ctx context.Context, s *Service, r *Report) error {
	a, err := c.begin(ctx, s)
	if err != nil {
		return fmt.Errorf("attack over HTTP: %s: %w", s.Name, err)
	}
	defer a.rows.close()
	defer a.client.close()
	a.survey(ctx)
	a.scope.Controls = len(a.controls)
	for _, spec := range Specs() {
		channels := spec.Channels(s.Profile)
		if len(channels) == 0 || len(c.Only) > 0 && !slices.Contains(c.Only, spec.Name) || c.Depth == probes.Glance && !spec.Glance {
			continue
		}
		a.try(ctx, spec, channels, r)
		if err := context.Cause(ctx); err != nil {
			return err
		}
	}
	if err := a.rows.settle(ctx, c.World, s.Profile.Schemas); err != nil {
		return err
	}
	a.scope.Requests = int(a.client.sent.Load())
	r.Scopes = append(r.Scopes, *a.scope)
	return nil
}

// begin connects, and leaves out the tenants who have no credentials here.
func (c Config) begin(ctx context.Context, s *Service) (*attack, error) {
	if s.Profile == nil {
		return nil, errors.New("no profile says what its parameters name; give one")
	}
	for _, n := range c.Tenants {
		if n < 0 || n >= c.World.Tenants {
			return nil, fmt.Errorf("the world has no tenant %d", n)
		}
	}
	c.Tenants = slices.DeleteFunc(slices.Clone(c.Tenants), func(n int) bool { return s.Login(n) == nil })
	if len(c.Tenants) < 2 {
		return nil, fmt.Errorf("%d tenants have credentials; want two at least", len(c.Tenants))
	}
	cl, err := newClient(s.URL)
	if err != nil {
		return nil, err
	}
	a := &attack{Config: c, Service: s, client: cl, scope: &Scope{Service: s.Name, Version: s.Version}, controls: map[string]bool{}, served: map[object]call{},
		rand: rand.New(rand.NewPCG(c.Seed, 0x77656221))}
	if err := s.Profile.check(c.World, s.Routes); err != nil {
		return nil, err
	}
	a.count()
	a.rows, err = openRows(ctx, c.Admin)
	return a, err
}

// count says how much there is, and what is left out with its reason.
func (a *attack) count() {
	for _, r := range a.Routes {
		a.scope.Routes++
		for _, verb := range r.Methods {
			if why := a.Profile.care(r.Path, verb).Skip; why != "" {
				a.scope.Skipped = append(a.scope.Skipped, Skip{verb + " " + r.Path, why})
				continue
			}
			a.scope.Verbs++
		}
	}
}

// try runs one probe and enters what came of it, for each of its channels.
func (a *attack) try(ctx context.Context, s Spec, channels []string, r *Report) {
	name := a.Name + "-" + s.Name
	a.Log("probe %s: %s", name, s.Doc)
	began := time.Now()
	a.book = book.Book{}
	limit := specLimit
	if a.Depth == probes.Full {
		limit *= 5
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	failed := s.Run(limited, a)
	for _, channel := range channels {
		o := a.book.At(channel)
		if failed != nil {
			o.Unsure(failed.Error())
		}
		if check := o.Check(name, s.Doc, channel); check.Units > 0 || check.Status != result.Pass {
			check.Seconds = time.Since(began).Seconds()
			r.Checks = append(r.Checks, check)
		}
		r.Findings = append(r.Findings, o.Findings...)
	}
}

// at is what the probe under way has to say of a channel. The attack's lock must be held where requests run beside each other.
func (a *attack) at(channel string) *book.Outcome { return a.book.At(channel) }

// pair is an attacker and a victim, the i-th of a round.
func (a *attack) pair(i int) (attacker, victim int) {
	n := len(a.Tenants)
	return a.Tenants[i%n], a.Tenants[(i+1)%n]
}
