package ops

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/oracle"
	"github.com/engardehq/bulkhead/internal/session"
	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

// Call is one HTTP request of an operation. Call, the values of Headers and Body may hold {tenant}, the tenant's uuid, and
// {row SCHEMA.TABLE}, the id of one of its seeded rows.
type Call struct {
	Call    string            `yaml:"call"` // METHOD /path?query
	Headers map[string]string `yaml:"headers"`
	Body    string            `yaml:"body"`   // JSON
	Status  int               `yaml:"status"` // that must be answered; any success where it isn't given
	Reads   []BodyReads       `yaml:"reads"`
	// Entry is the name of the entry that the service leaves in the audit trail for it, unless it answers out of its cache.
	Entry string `yaml:"entry"`

	method, target string
}

// BodyReads says what rows a body has, and where: under keys and numbers of lists with dots between them, the whole body where At is empty.
// Versions of a service may differ: "a.0.b or a.c" is the first of these places that is there.
type BodyReads struct {
	At     string `yaml:"at"`
	Table  string `yaml:"table"`
	One    bool   `yaml:"one"`    // the row that the call names
	Newest int    `yaml:"newest"` // a page of the tenant's newest rows
	Every  bool   `yaml:"every"`  // all rows of the tenant
	Cached bool   `yaml:"cached"` // may be out of a cache that says nothing of it
	// Without are fields that the answer leaves empty on purpose.
	Without []string `yaml:"without"`
	// Nobody is a field that is null in what belongs to nobody, such as examples that come with a product: it is left out.
	Nobody string `yaml:"nobody"`
}

var (
	placeholder = regexp.MustCompile(`\{(tenant|row ([a-z_0-9]+\.[a-z_0-9]+))\}`)
	callForm    = regexp.MustCompile(`^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (/\S*(?: ?\S+)*)$`)
)

// checkCalls finds what is wrong with an operation over HTTP.
func (s *Spec) checkCalls(bad func(format string, args ...any)) {
	if len(s.Steps) > 0 || s.Cache != nil || len(s.Roles) != 1 {
		bad("service: an operation over HTTP has requests instead of steps, no cache of its own, and one role, that of the service at the database")
	}
	if len(s.Requests) == 0 {
		bad("requests: there are none")
	}
	if (len(s.Reaching) == 0) == (s.Residual == "") {
		bad("reaching: name requests that reach for another tenant's rows, or say under residual why none can; it could never show a leak")
	}
	for field, calls := range map[string][]Call{"requests": s.Requests, "reaching": s.Reaching} {
		for i := range calls {
			c, at := &calls[i], fmt.Sprintf("%s[%d]", field, i)
			m := callForm.FindStringSubmatch(c.Call)
			if m == nil {
				bad("%s.call: %q; want a method and a path, such as GET /api/campaigns?limit=20", at, c.Call)
				continue
			}
			c.method, c.target = m[1], m[2]
			if field == "reaching" && !c.names() {
				bad("%s.call: names nothing of another tenant: put {tenant} or {row SCHEMA.TABLE} into path, headers or body", at)
			}
			if field == "requests" && len(c.Reads) == 0 {
				bad("%s.reads: says of no rows what they must be", at)
			}
			for j, r := range c.Reads {
				if r.Table == "" || count(r.One, r.Newest > 0, r.Every) != 1 {
					bad("%s.reads[%d]: wants a table, and one of one: true, newest: a number of rows, every: true", at, j)
				}
				if r.One && !slices.Contains(c.tables(), r.Table) {
					bad("%s.reads[%d].one: the call names no {row %s}", at, j, r.Table)
				}
			}
		}
	}
}

// texts are all parts of a call that may hold placeholders.
func (c *Call) texts() []string {
	all := []string{c.Call, c.Body}
	for _, v := range c.Headers {
		all = append(all, v)
	}
	return all
}

func (c *Call) names() bool { return slices.ContainsFunc(c.texts(), placeholder.MatchString) }

// tables are those whose rows the call names.
func (c *Call) tables() (names []string) {
	for _, text := range c.texts() {
		for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
			if m[2] != "" {
				names = append(names, m[2])
			}
		}
	}
	return names
}

// call is a Call tied to a world.
type call struct {
	*Call
	tables map[string]*world.Table // those that it names and reads
	reads  []session.Objects       // without tenant and row
}

func bindCalls(w *world.World, calls []Call) (out []call, err error) {
	for i := range calls {
		c := call{Call: &calls[i], tables: map[string]*world.Table{}}
		for _, name := range c.Call.tables() {
			if err := c.bind(w, name); err != nil {
				return nil, err
			}
		}
		for _, r := range c.Reads {
			if err := c.bind(w, r.Table); err != nil {
				return nil, err
			}
			o := session.Objects{Without: r.Without, Nobody: r.Nobody, Want: oracle.Want{Table: c.tables[r.Table], Limit: r.Newest, Stale: r.Cached}}
			for _, place := range strings.Split(r.At, " or ") {
				o.At = append(o.At, strings.FieldsFunc(place, func(r rune) bool { return r == '.' }))
			}
			switch {
			case r.One:
				o.Want.Shape = oracle.One
			case r.Every:
				o.Want.Shape = oracle.Every
			default:
				o.Want.Shape = oracle.Newest
			}
			c.reads = append(c.reads, o)
		}
		out = append(out, c)
	}
	return out, nil
}

func (c *call) bind(w *world.World, name string) error {
	t, ok := w.Table(name)
	if !ok {
		return fmt.Errorf("table %s was not seeded", name)
	}
	c.tables[name] = t
	return nil
}

// Caller makes and runs executions of operations over HTTP, one after the other. One goroutine uses it.
type Caller struct {
	mix     *Mix
	visitor *session.Visitor
	rng     *rand.Rand
	pcg     rand.PCG
}

// NewCaller returns a caller that goes through v.
func (m *Mix) NewCaller(v *session.Visitor) *Caller {
	c := &Caller{mix: m, visitor: v}
	c.rng = rand.New(&c.pcg)
	return c
}

// Do runs the n-th execution. The reply is valid until the next Do.
func (c *Caller) Do(ctx context.Context, n int) (Execution, session.Reply) {
	c.pcg.Seed(c.mix.seed^0x68747470, uint64(n))
	x := c.mix.plan(n, c.rng)
	request := c.build(&x)
	return x, c.visitor.Do(ctx, request)
}

func (c *Caller) build(x *Execution) *session.Call {
	op := &c.mix.Ops[x.Op]
	calls, whose := op.requests, x.Tenant
	if x.Reaching {
		calls, whose = op.reaching, x.Victim
	}
	from := &calls[c.rng.IntN(len(calls))]
	x.Entry = from.Entry
	f := filler{world: c.mix.World, call: from, whose: whose, rng: c.rng, rows: map[string]tenant.Row{}}
	out := &session.Call{Service: op.Service, Tenant: x.Tenant, Method: from.method, Target: f.fill(from.target, url.QueryEscape), Status: from.Status,
		Body: []byte(f.fill(from.Body, func(s string) string { return s })), File: from.Call.Call}
	for name, value := range from.Headers {
		if out.Header == nil {
			out.Header = map[string]string{}
		}
		out.Header[name] = f.fill(value, func(s string) string { return s })
	}
	for i, o := range from.reads {
		o.Want.Tenant = x.Tenant
		if o.Want.Shape == oracle.One {
			o.Want.Row = f.rows[from.Reads[i].Table]
		}
		out.Reads = append(out.Reads, o)
	}
	if x.Reaching {
		out.Named = f.named
	}
	return out
}

// filler puts ids into the places of a call. A table's row is the same one everywhere in it.
type filler struct {
	world *world.World
	call  *call
	whose int
	rng   *rand.Rand
	rows  map[string]tenant.Row
	named []tenant.UUID
}

func (f *filler) fill(text string, escape func(string) string) string {
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		id := f.world.Codec.TenantID(f.whose)
		if table := placeholder.FindStringSubmatch(found)[2]; table != "" {
			t := f.call.tables[table]
			row, chosen := f.rows[table]
			if !chosen {
				row = tenant.Row(f.rng.Int64N(max(1, f.world.Rows(t, f.whose))))
				f.rows[table] = row
			}
			id = f.world.Codec.ID(f.world.Ref(t, f.whose, row))
		}
		f.named = append(f.named, id)
		return escape(id.String())
	})
}
