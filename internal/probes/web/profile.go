package web

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/engardehq/bulkhead/internal/world"
)

// Profile is what can't be read from a service's routes: what its parameters name, and which routes need care.
type Profile struct {
	// Objects says whose rows a parameter names: schema.table, or schema.table.column where that isn't by id. A key is the parameter's name, or
	// "/the/path name" for the parameter of one route.
	Objects map[string]string `yaml:"objects"`
	// Channel is that of objects: A01 for a backend, L01 for Langflow.
	Channel string `yaml:"channel"`
	// Anonymous is the channel of answers without credentials: A02, or L02.
	Anonymous string `yaml:"anonymous"`
	Care      []Care `yaml:"care"`
	// Open are routes that answer without credentials by design, as "GET /health", each with its reason.
	Open []Open `yaml:"open"`
	// Known are routes that by design tell whether an id is taken, each with its reason.
	Known []Open `yaml:"known"`
	// Schemas are those into which the service writes: what an attack makes there is taken away again.
	Schemas []string `yaml:"schemas"`
	// Shows are what this service's errors are known to show of its insides, in the words of a finding, each with its reason: a note then. Another
	// tenant's data is a leak all the same.
	Shows []Show `yaml:"shows"`
	// Unauthorized are the answers to a bad token; 401 where none is named.
	Unauthorized []int `yaml:"unauthorized"`
	// Tenant is the tenant's name in claims, headers and bodies: tenant_id.
	Tenant string `yaml:"tenant"`
	// Subject is the table in which a tenant's user stands, where the service knows its callers by user: langflow.user.
	Subject string `yaml:"subject"`
	// Makes are routes that make an object, look at it and delete it again.
	Makes []Make  `yaml:"makes"`
	Cache []Cache `yaml:"cache"`
	// Keys is how users make and revoke credentials of their own; nil where they can't.
	Keys *Keys `yaml:"keys"`
	Code *Code `yaml:"code"`
	// Routes may be here for a service that doesn't list them itself.
	Routes []Route `yaml:"-"`
}

// Care is about routes that can't be called as all others.
type Care struct {
	Match string        `yaml:"match"` // "GET /path/{id}", "* /path/*"
	Skip  string        `yaml:"skip"`  // not called at all, for this reason
	Limit time.Duration `yaml:"limit"` // of one answer, where it is a stream without end
	Read  bool          `yaml:"read"`  // a verb that usually writes, but here only reads
	Plain bool          `yaml:"plain"` // no errors are provoked and nothing is injected here
	Why   string        `yaml:"why"`
}

// Open is a route that answers anybody.
type Open struct {
	Match string `yaml:"match"`
	Why   string `yaml:"why"`
}

// Show is something of a service's insides.
type Show struct {
	What string `yaml:"what"`
	Why  string `yaml:"why"`
}

// Make is how an object is made and taken away.
type Make struct {
	Create string         `yaml:"create"` // "POST /api/v1/campaigns"
	Body   map[string]any `yaml:"body"`
	ID     string         `yaml:"id"`     // the field of the answer that names the new object
	Table  string         `yaml:"table"`  // its row
	Owner  string         `yaml:"owner"`  // the column that says whose it is
	Delete string         `yaml:"delete"` // "DELETE /api/v1/campaigns/{id}"
}

// Cache is a route whose answers come from a cache of all tenants.
type Cache struct {
	Route     string        `yaml:"route"`     // "GET /api/v1/dashboard"
	Parameter string        `yaml:"parameter"` // which the user chooses and the key holds
	Header    string        `yaml:"header"`    // of the answer: whether it came from the cache
	Hit       string        `yaml:"hit"`
	Prefix    string        `yaml:"prefix"` // of the keys
	TTL       time.Duration `yaml:"ttl"`
}

// Keys is how a user makes a credential and revokes it.
type Keys struct {
	Header string `yaml:"header"` // that carries it
	Make   Make   `yaml:"make"`
	Value  string `yaml:"value"` // the field of the answer that is the credential
	Try    string `yaml:"try"`   // "GET /api/v1/flows/": a route that wants one
}

// Code is how a user could bring code of his own to the server.
type Code struct {
	Evaluate []Evaluate `yaml:"evaluate"`
	Mend     string     `yaml:"mend"` // the setting that forbids it
	Save     Make       `yaml:"save"` // of a flow
	Read     string     `yaml:"read"` // "GET /api/v1/flows/{id}"
	Run      string     `yaml:"run"`  // "POST /api/v1/run/{id}"
	// Loader are the names of the inputs by which its caller could name a campaign or a tenant.
	Campaign string   `yaml:"campaign"`
	Table    string   `yaml:"table"` // whose rows the loader loads
	Tenants  []string `yaml:"tenants"`
}

// Evaluate is a route that takes code.
type Evaluate struct {
	Send string         `yaml:"send"` // "POST /api/v1/custom_component"
	Body map[string]any `yaml:"body"` // {code} stands for the code
}

// ReadProfile reads a profile, with its routes where it has some.
func ReadProfile(data []byte) (*Profile, error) {
	p := &Profile{}
	if err := yaml.Unmarshal(data, p); err != nil {
		return nil, fmt.Errorf("profile of a service: %w", err)
	}
	var has struct {
		Routes []any `yaml:"routes"`
	}
	if err := yaml.Unmarshal(data, &has); err == nil && len(has.Routes) > 0 {
		if p.Routes, err = ReadRoutes(data); err != nil {
			return nil, err
		}
	}
	if p.Channel == "" || p.Anonymous == "" {
		return nil, errors.New("profile of a service: channel and anonymous are missing; a backend has A01 and A02, Langflow L01 and L02")
	}
	if len(p.Unauthorized) == 0 {
		p.Unauthorized = []int{401}
	}
	return p, nil
}

// check tells all that doesn't fit the world. What an entry says of routes that this version of the service hasn't got is no mistake.
func (p *Profile) check(w *world.World, routes []Route) error {
	var wrong []error
	for _, name := range sortedKeys(p.Objects) {
		if parts := strings.Split(p.Objects[name], "."); len(parts) < 2 || len(parts) > 3 {
			wrong = append(wrong, fmt.Errorf("objects: %s: %q isn't schema.table or schema.table.column", name, p.Objects[name]))
		}
	}
	if len(routes) == 0 {
		wrong = append(wrong, errors.New("no routes are known; the application lists its own, a team declares them"))
	}
	return errors.Join(wrong...)
}

// care finds what is to be known of a route and verb; the first line wins that matches.
func (p *Profile) care(route, verb string) Care {
	for _, c := range p.Care {
		if matches(c.Match, route, verb) {
			return c
		}
	}
	return Care{}
}

// open tells whether a route answers anybody by design, and why.
func (p *Profile) open(route, verb string) (why string, is bool) {
	i := slices.IndexFunc(p.Open, func(o Open) bool { return matches(o.Match, route, verb) })
	if i < 0 {
		return "", false
	}
	return p.Open[i].Why, true
}

// known tells whether a route's answers may tell that an id is taken, and why.
func (p *Profile) known(route, verb string) (why string, is bool) {
	i := slices.IndexFunc(p.Known, func(o Open) bool { return matches(o.Match, route, verb) })
	if i < 0 {
		return "", false
	}
	return p.Known[i].Why, true
}

// shows tells whether errors are known to show something of the service's insides, and why.
func (p *Profile) shows(what string) (why string, is bool) {
	i := slices.IndexFunc(p.Shows, func(s Show) bool { return s.What == what })
	if i < 0 {
		return "", false
	}
	return p.Shows[i].Why, true
}

// matches compares "VERB /path" with a route; * stands for any verb, and at the end for any rest.
func matches(pattern, route, verb string) bool {
	want, at, ok := strings.Cut(pattern, " ")
	if !ok {
		want, at = "*", pattern
	}
	if want != "*" && want != verb {
		return false
	}
	if head, rest := strings.CutSuffix(at, "*"); rest {
		return strings.HasPrefix(route, head)
	}
	return route == at || path.Clean(route) == at
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
