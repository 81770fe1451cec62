// Package removal removes a tenant by the procedure that its target declares, and looks for what is left: in every column of every table, under
// every key of the cache, in every file, and whether the tenant's user is still served. The tenant is gone afterwards, for good: it is called last of
// all in a run on a stack of its own, and by attack where somebody asked for it. It changes nothing of other tenants, and says so if it did.
package removal

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/probes/book"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/target"
	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

// Config says which tenant to remove, and where all that it has may be.
type Config struct {
	Target   target.Target
	World    *world.World
	Tenant   int
	Admin    string             // superuser's connection string
	DSN      map[string]string  // of the target's roles
	Redis    *redis.Options     // as its administrator; nil for none
	Folders  map[string]string  // with a service's files, by its name
	Services map[string]Service // that speak HTTP, by name
	Scripts  fs.FS              // with the files of SQL that the target names; nil for package sql's
	Busy     bool               // others are at work meanwhile: they may get more rows, and not fewer
}

// Service is one that tenants' users speak to.
type Service struct {
	URL   string
	Login func(tenant int) http.Header // nil for a tenant without credentials
}

// Report is what came of it.
type Report struct {
	Removal  *result.Removal
	Checks   []result.Check
	Findings []result.Finding
}

const (
	name = "removal"
	doc  = "a tenant was removed, then every table, key and file searched for what is left of it"
	r03  = "how long the removed tenant's token was served"
	// What no removal of this kind reaches.
	residual = "dead rows until vacuum, the planner's statistics until analyze, write-ahead log, backups and logs keep what was there for as long as they are kept"
)

func (c *Config) redis(database int) *redis.Client {
	o := *c.Redis
	o.DB = database
	return redis.NewClient(&o)
}

// Has tells whether a service that a step needs is there.
func (c *Config) Has(service string) bool {
	_, speaks := c.Services[service]
	_, keeps := c.Folders[service]
	return speaks || keeps || service == "redis" && c.Redis != nil
}

// Run removes the tenant and looks for what is left. An error says that nothing was looked at; the tenant may be gone all the same.
func Run(ctx context.Context, c Config) (*Report, error) {
	if c.Target.Removal == nil {
		return nil, fmt.Errorf("the target %s doesn't say how a tenant is removed", c.Target.Name)
	}
	conn, err := pgx.Connect(ctx, c.Admin)
	if err != nil {
		return nil, fmt.Errorf("looking at what the tenant has: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	cat, err := catalog.Read(ctx, conn, c.Target)
	if err != nil {
		return nil, err
	}
	l := &look{c: &c, conn: conn, cat: cat, id: c.World.Codec.TenantID(c.Tenant).String(), book: book.Book{},
		readers: map[string]*pgx.Conn{}}
	defer l.close(ctx)
	l.marks = &marks{codec: c.World.Codec, number: c.Tenant, given: map[tenant.UUID]bool{}}
	for _, r := range cat.TenantTables() {
		if !c.Target.Removal.Stays(r.FullName()) {
			l.tables = append(l.tables, r)
		}
	}
	l.done = &result.Removal{Tenant: l.id}

	visitor := newVisitor(&c)
	defer visitor.client.CloseIdleConnections()
	uses, said := visitor.begin(ctx)
	if err := l.before(ctx, uses, said); err != nil {
		return nil, err
	}
	began := time.Now()
	shut := began
	stop := visitor.follow(ctx, uses)
	steps, failed := Remove(ctx, &c, l.id, func() { shut = time.Now() })
	l.done.Seconds = time.Since(began).Seconds()
	stop()
	for _, s := range steps {
		l.done.Steps = append(l.done.Steps, result.RemovalStep{Name: s.Name, Seconds: s.Seconds})
	}
	if failed != nil {
		l.book.At("T05").Unsure(failed.Error())
	}
	for _, u := range uses {
		l.refused(ctx, visitor, u, shut)
	}
	if err := l.after(ctx); err != nil {
		l.book.At("T05").Unsure(err.Error())
	}
	return l.report(), nil
}

func (l *look) report() *Report {
	r := &Report{Removal: l.done}
	for _, channel := range []string{"T05", "R03"} {
		o, looked := l.book[channel]
		if !looked {
			continue
		}
		what := doc
		if channel == "R03" {
			what = r03
		} else {
			o.Residue(residual)
		}
		check := o.Check(name, what, channel)
		check.Seconds = l.done.Seconds
		if channel == "T05" {
			check.UpperBound = 0 // all was looked at: it is no sample
		}
		r.Checks, r.Findings = append(r.Checks, check), append(r.Findings, o.Findings...)
	}
	return r
}
