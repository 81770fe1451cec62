// Package probes attacks a deployment as a tenant would who may run SQL as the application: it tries each known way to another tenant's
// data and tells what came of it. Every write is rolled back. Probes go to the servers by connections of their own, never through
// package session. run and drill call it; it decides no verdict.
package probes

import (
	"context"
	"fmt"
	"time"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/target"
	"github.com/engardehq/bulkhead/internal/world"
)

// Config says what to attack and how far to go.
type Config struct {
	Target  target.Target
	Catalog *catalog.Catalog
	World   *world.World      // nil where the rows carry no canaries
	Admin   string            // connection string of a superuser: it knows whose each row is, changes victims' rows and rolls that back
	Direct  map[string]string // connection strings straight to PostgreSQL, by confined role
	Pooled  map[string]string // through the pooler; empty where there is none
	Console string            // connection string of PgBouncer's console; "" where there is none
	Redis   *Redis            // nil where there is none
	Tenants []string          // who attacks and who is attacked, in turn; at least two, each with rows
	Seed    uint64            // of the choices that are left to chance
	Depth   Depth
	Only    []string // names of probes; empty for all
	Log     func(format string, args ...any)
}

// Redis is how to reach the cache.
type Redis struct {
	Addr     string
	Username string
	Password string
	DB       int
}

// Depth is how much of the product of attackers, sessions, doors and forms is tried.
type Depth int

// The depths. Glance covers every object once, in at most two seconds; Pairs covers every pair of choices; Full covers all.
const (
	Glance Depth = iota
	Pairs
	Full
)

// Spec is one kind of probe.
type Spec struct {
	Name     string
	Doc      string
	Channels []string // that it checks; each gets a Check whatever happens
	Needs    []string // "pooler", "redis", "world": without them its channels are not checked
	Glance   bool     // takes part in a glance
	Run      func(ctx context.Context, a *Attack) error
}

// Report is what an attack found, and all that it looked at.
type Report struct {
	Findings []result.Finding
	Checks   []result.Check
	Coverage Coverage
}

// Coverage is how much of the choices was tried.
type Coverage struct {
	Pairs        int `json:"pairs"`
	PairsCovered int `json:"pairs_covered"`
	Combinations int `json:"combinations"` // the full product
	Tried        int `json:"tried"`
}

// Attack is one attack under way, handed to each Spec.
type Attack struct {
	Config

	findings []result.Finding
	checks   map[string]*result.Check // by probe and channel
}

// Run makes an attack. An error says that nothing can be said; a probe that failed by itself is a Check of status unknown.
func Run(ctx context.Context, c Config) (*Report, error) {
	if len(c.Tenants) < 2 {
		return nil, fmt.Errorf("attack: %d tenants with rows; want two at least, one to attack and one to be attacked", len(c.Tenants))
	}
	_ = time.Now
	return nil, fmt.Errorf("not built yet")
}
