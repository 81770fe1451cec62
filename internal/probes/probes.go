// Package probes attacks a deployment as a tenant would who may run SQL as the application: it tries each known way to another tenant's
// data and tells what came of it. Every write is rolled back. Probes go to the servers by connections of their own, never through
// package session. run and drill call it; it decides no verdict.
package probes

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/probes/book"
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
	// ReadOnly leaves out what writes, though it would be rolled back: for a database that somebody else uses.
	ReadOnly bool
	Own      []Own // a team's probes of its own
	Log      func(format string, args ...any)
}

// Redis is how to reach the cache: as the application, and as who may look at everything.
type Redis struct {
	Addr     string
	Username string
	Password string
	DB       int

	AdminUsername string
	AdminPassword string     // "" where only the application's user is known
	Keys          []CacheKey // of the operations that use the cache
}

// Depth is how much of the product of attackers, sessions, doors and forms is tried.
type Depth int

// The depths. Glance covers every object once, in at most two seconds; Pairs covers every pair of choices; Full covers all.
const (
	Glance Depth = iota
	Pairs
	Full
)

// String is the depth's name in reports.
func (d Depth) String() string { return [...]string{"glance", "pairs", "full"}[d] }

// Spec is one kind of probe.
type Spec struct {
	Name     string
	Doc      string
	Channels []string // that it checks; each gets a Check whatever happens
	Needs    []string // "pooler", "redis", "world", "writes": without them its channels are not checked
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

// Attack is one attack under way, handed to each Spec. A Spec writes what it sees into the book of its channels.
type Attack struct {
	Config

	boss     *session // the superuser's connection
	readable map[string]map[*catalog.Relation][]string
	judge    *judge
	leaked   map[*catalog.Relation]map[string]bool           // what reads have found open, by role
	rows     map[string]map[*catalog.Relation]map[string]any // one of each tenant's in each table; nil where it has none
	coverage Coverage
	book     book.Book // of the Spec under way
}

// specLimit is how long one probe may take. At Full, five times as long.
const specLimit = 2 * time.Minute

// at is what the probe under way has to say of a channel.
func (a *Attack) at(channel string) *book.Outcome { return a.book.At(channel) }

// Specs are all probes that bulkhead ships, in the order in which they are tried.
func Specs() []Spec {
	return slices.Concat(sqlSpecs(), contextSpecs())
}

// Names are those of the probes, for a message.
func Names() (names []string) {
	for _, s := range Specs() {
		names = append(names, s.Name)
	}
	return names
}

// Run makes an attack. An error says that nothing can be said; a probe that failed by itself is a Check of status unknown.
func Run(ctx context.Context, c Config) (*Report, error) {
	if len(c.Tenants) < 2 {
		return nil, fmt.Errorf("attack: %d tenants with rows; want two at least, one to attack and one to be attacked", len(c.Tenants))
	}
	if len(doors(&c)) == 0 {
		return nil, fmt.Errorf("attack: no connection string for any of the confined roles (%s)", strings.Join(c.Target.Confined(), ", "))
	}
	specs := Specs()
	for _, name := range c.Only {
		if !slices.ContainsFunc(specs, func(s Spec) bool { return s.Name == name }) {
			return nil, fmt.Errorf("attack: there is no probe %q; there are %s", name, strings.Join(Names(), ", "))
		}
	}
	if c.Log == nil {
		c.Log = func(string, ...any) {}
	}
	a := &Attack{Config: c, readable: map[string]map[*catalog.Relation][]string{}, leaked: map[*catalog.Relation]map[string]bool{},
		rows: map[string]map[*catalog.Relation]map[string]any{}}
	var err error
	if a.boss, err = admin(ctx, &c); err != nil {
		return nil, fmt.Errorf("attack: %w", err)
	}
	defer func() { a.boss.leave() }()
	for _, role := range c.Target.Confined() {
		if a.readable[role], err = c.Catalog.Readable(ctx, a.boss.Conn, role); err != nil {
			return nil, fmt.Errorf("attack: %w", err)
		}
	}
	if a.judge, err = newJudge(ctx, a); err == nil {
		err = a.judge.learn(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("attack: %w", err)
	}
	r := &Report{}
	for _, s := range specs {
		if len(c.Only) > 0 && !slices.Contains(c.Only, s.Name) || c.Depth == Glance && !s.Glance {
			continue
		}
		a.try(ctx, s, r)
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
	}
	r.Findings, r.Coverage = book.Merged(r.Findings), a.coverage
	return r, nil
}

// try runs one probe and enters what came of it, for each of its channels.
func (a *Attack) try(ctx context.Context, s Spec, r *Report) {
	a.Log("probe %s: %s", s.Name, s.Doc)
	began := time.Now()
	a.book = book.Book{}
	if s.Name == "own" { // each file names its channel
		for _, one := range a.Own {
			s.Channels = append(s.Channels, one.Channel)
		}
		slices.Sort(s.Channels)
		s.Channels = slices.Compact(s.Channels)
	}
	lacks := a.lacks(s)
	var failed error
	if lacks == "" {
		limit := specLimit
		if a.Depth == Full {
			limit *= 5
		}
		ctx, cancel := context.WithTimeout(ctx, limit)
		failed = s.Run(ctx, a)
		cancel()
	}
	for _, channel := range s.Channels {
		o := a.book.At(channel)
		if lacks != "" {
			o.NotChecked = "it needs " + needs[lacks]
		}
		if failed != nil {
			o.Unsure(failed.Error())
		}
		check := o.Check(s.Name, s.Doc, channel)
		check.Lacks, check.Seconds = lacking(lacks, o.NotChecked), time.Since(began).Seconds()
		// A pass for want of anything to try would say more than is known: there was no check.
		if check.Units > 0 || check.Status != result.Pass {
			r.Checks = append(r.Checks, check)
		}
		r.Findings = append(r.Findings, o.Findings...)
		delete(a.book, channel)
	}
	for channel, o := range a.book { // a cause named beyond the channels that were announced
		check := o.Check(s.Name, s.Doc, channel)
		check.Seconds = time.Since(began).Seconds()
		r.Checks = append(r.Checks, check)
		r.Findings = append(r.Findings, o.Findings...)
	}
}

// lacking is the service that a probe, or a part of it, had to do without.
func lacking(lacks, notChecked string) string {
	for name := range needs {
		if lacks == "" && strings.Contains(notChecked, name) {
			return name
		}
	}
	return lacks
}

var needs = map[string]string{"pooler": "a pooler", "redis": "a cache", "world": "rows that carry canaries", "writes": "leave to write and roll back"}

// lacks is the first thing that a probe needs and this attack hasn't got.
func (a *Attack) lacks(s Spec) string {
	have := map[string]bool{"pooler": len(a.Pooled) > 0, "redis": a.Redis != nil, "world": a.World != nil, "writes": !a.ReadOnly}
	for _, need := range s.Needs {
		if !have[need] {
			return need
		}
	}
	return ""
}
