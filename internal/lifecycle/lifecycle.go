// Package lifecycle takes a new tenant in by the procedure that its target declares, while others are at work, looks whether it sees its rows
// and nobody else does, and removes it again. It leaves a stack as it found it, but for what a removal leaves on purpose. A run calls it
// beside its load, where the scenario says so.
package lifecycle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/probes/book"
	"github.com/engardehq/bulkhead/internal/removal"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/tenant"
)

// Config says where to take a tenant in. Of the removal's, Tenant is the new one's number: no tenant of the world has it.
type Config struct {
	removal.Config
	Doors map[string]map[string]string // connection strings of the confined roles, by door ("direct", "pooler") and role
	// MakeKey has a service make a key for the new tenant's user, whose credentials it is from then on.
	MakeKey func(ctx context.Context, service string) error
	// Judged is how many rows the load has been answered with so far; nil where there is no load.
	Judged func() int64
}

// Report is what came of it.
type Report struct {
	Lifecycle *result.Lifecycle
	Checks    []result.Check
	Findings  []result.Finding
}

// life is one tenant's.
type life struct {
	c      *Config
	id     string
	mark   string
	ids    map[string][]string // of the rows that it is given, by table
	rows   map[string]int      // how many
	boss   *pgx.Conn
	tables []*catalog.Relation
	oids   map[string]map[uint32]bool // that a role may read in whole
	book   book.Book
	done   *result.Lifecycle
	client *http.Client
}

const name = "life cycle"

// docs say what was looked at, by channel.
var docs = map[string]string{
	"S04": "a tenant taken in under load: every table read without conditions by it and by others, as each confined role, by each door",
	"A02": "a tenant that isn't there yet is not served; once it is, with exactly its rows",
	"A01": "what is the new tenant's, asked for by another over HTTP",
	"L01": "what is the new tenant's, asked for by another at Langflow",
	"W02": "no other tenant has fewer rows after the onboarding",
}

// Run takes the tenant in, looks, and removes it. The tenant is removed also where something went wrong.
func Run(ctx context.Context, c Config) *Report {
	c.Busy = true
	l := newLife(&c)
	defer l.client.CloseIdleConnections()
	began := time.Now()
	if err := l.live(ctx); err != nil {
		l.unsure(err)
	}
	r := &Report{Lifecycle: l.done}
	l.end(ctx, r)
	for _, channel := range slices.Sorted(maps.Keys(l.book)) {
		o := l.book[channel]
		check := o.Check(name, docs[channel], channel)
		check.Seconds = time.Since(began).Seconds()
		r.Checks, r.Findings = append(r.Checks, check), append(r.Findings, o.Findings...)
	}
	return r
}

func newLife(c *Config) *life {
	l := &life{c: c, id: c.World.Codec.TenantID(c.Tenant).String(), book: book.Book{}, done: &result.Lifecycle{},
		mark:   c.World.Codec.Token(tenant.Ref{Tenant: c.Tenant, Table: tenant.TenantTable}),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2}}}
	l.done.Tenant = l.id
	return l
}

// TakeIn takes the tenant in by the procedure that the target declares, and no more. What was done stays done when a step fails; to begin anew
// does the rest.
func TakeIn(ctx context.Context, c Config) error {
	l := newLife(&c)
	if err := l.open(ctx); err != nil {
		return err
	}
	defer l.boss.Close(context.WithoutCancel(ctx))
	return l.onboard(ctx)
}

// open connects as superuser and gets to know the database.
func (l *life) open(ctx context.Context) (err error) {
	if l.c.Target.Onboarding == nil {
		return fmt.Errorf("the target %s doesn't say how a tenant is taken in", l.c.Target.Name)
	}
	if l.boss, err = pgx.Connect(ctx, l.c.Admin); err != nil {
		return fmt.Errorf("looking at what a new tenant has: %w", err)
	}
	if err = l.know(ctx); err != nil {
		_ = l.boss.Close(context.WithoutCancel(ctx))
	}
	return err
}

// unsure notes why not all was done.
func (l *life) unsure(err error) {
	l.done.Unknown = err.Error()
	l.book.At("S04").Unsure(err.Error())
}

// live is all that comes before the removal.
func (l *life) live(ctx context.Context) error {
	if err := l.open(ctx); err != nil {
		return err
	}
	defer l.boss.Close(context.WithoutCancel(ctx))
	if err := l.before(ctx); err != nil {
		return err
	}
	others, err := removal.OthersRows(ctx, l.boss, l.tables, l.id)
	if err != nil {
		return err
	}
	judged := l.judged()
	began := time.Now()
	if err := l.onboard(ctx); err != nil {
		return err
	}
	if err := l.served(ctx, began); err != nil {
		return err
	}
	l.done.Load.Onboarding = l.judged() - judged
	judged = l.judged()
	if err := l.after(ctx, others); err != nil {
		return err
	}
	l.done.Load.Looking = l.judged() - judged
	return nil
}

func (l *life) judged() int64 {
	if l.c.Judged == nil {
		return 0
	}
	return l.c.Judged()
}

// know finds the tables of tenants, and gives the rows that the tenant is to have their ids.
func (l *life) know(ctx context.Context) error {
	cat, err := catalog.Read(ctx, l.boss, l.c.Target)
	if err != nil {
		return err
	}
	for _, r := range cat.TenantTables() {
		if l.c.Target.Removal == nil || !l.c.Target.Removal.Stays(r.FullName()) {
			l.tables = append(l.tables, r)
		}
	}
	l.ids, l.rows = map[string][]string{}, map[string]int{}
	for _, s := range l.c.Target.Onboarding.Steps {
		if s.Needs == "" || l.c.Has(s.Needs) {
			maps.Copy(l.rows, s.Rows)
		}
	}
	for name, count := range l.rows {
		for row := range count {
			id := tenant.UUID{}
			table, seeded := l.c.World.Table(name)
			switch {
			case seeded:
				id = l.c.World.Codec.ID(l.c.World.Ref(table, l.c.Tenant, tenant.Row(row)))
			case name+".id" != l.c.Target.Tenancy.Tenants:
				return fmt.Errorf("onboarding: rows of %s can't be given ids: the table was not seeded", name)
			default:
				id = l.c.World.Codec.TenantID(l.c.Tenant) // the table of tenants itself
			}
			l.ids[name] = append(l.ids[name], id.String())
		}
	}
	return l.readable(ctx)
}

// settings are what scripts find in their session.
func (l *life) settings() (map[string]string, error) {
	ids, err := json.Marshal(l.ids)
	if err != nil {
		return nil, fmt.Errorf("ids of the new tenant: %w", err)
	}
	all := map[string]string{"onboarding.tenant": l.id, "onboarding.mark": l.mark, "onboarding.ids": string(ids)}
	for _, x := range l.c.Target.Onboarding.Texts {
		all["onboarding."+x.Name] = l.c.Target.Text(x, l.mark)
	}
	return all, nil
}

// onboard does the target's steps.
func (l *life) onboard(ctx context.Context) error {
	began := time.Now()
	defer func() { l.done.Onboarding.Seconds = time.Since(began).Seconds() }()
	settings, err := l.settings()
	if err != nil {
		return err
	}
	for _, s := range l.c.Target.Onboarding.Steps {
		if s.Needs != "" && !l.c.Has(s.Needs) {
			continue
		}
		began := time.Now()
		if s.Key != "" {
			err = l.c.MakeKey(ctx, s.Key)
		} else {
			err = l.c.Script(ctx, s.Role, s.SQL, settings)
		}
		if err != nil {
			return fmt.Errorf("onboarding, step %q: %w", s.Name, err)
		}
		l.done.Onboarding.Steps = append(l.done.Onboarding.Steps, result.RemovalStep{Name: s.Name, Seconds: time.Since(began).Seconds()})
	}
	return nil
}

// end removes the tenant, which also looks for what is left of it, and judges whether the load went on all the while.
func (l *life) end(ctx context.Context, r *Report) {
	judged := l.judged()
	report, err := removal.Run(ctx, l.c.Config)
	if err != nil {
		l.unsure(errors.Join(errors.New("the tenant was not removed"), err))
		return
	}
	l.done.Removal = report.Removal
	l.done.Load.Removal = l.judged() - judged
	for _, check := range report.Checks {
		check.Name = name + ", removal"
		r.Checks = append(r.Checks, check)
	}
	r.Findings = append(r.Findings, report.Findings...)
	if load := l.done.Load; l.c.Judged != nil && l.done.Unknown == "" && (load.Onboarding == 0 || load.Looking == 0 || load.Removal == 0) {
		l.unsure(fmt.Errorf("the load did not go on all the while (rows judged: %d at the onboarding, %d while looking, %d at the removal): make it longer",
			load.Onboarding, load.Looking, load.Removal))
	}
}
