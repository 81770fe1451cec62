package ops

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/oracle"
	"github.com/engardehq/bulkhead/internal/session"
	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

// Mix is the operations of a load, tied to a world: from a number it makes the execution that belongs to it, always the same.
// It is read-only and safe for concurrent use.
type Mix struct {
	World *world.World
	Ops   []Op
	Reach float64 // share of executions that reach for other tenants' rows
	// Tenants chooses for whom an execution is; nil makes all tenants alike.
	Tenants func(rng *rand.Rand) int
	// Users is how many tenants, the first ones, have a user at a service over HTTP; of a service that isn't named all have.
	Users map[string]int

	seed    uint64
	weights []float64 // running sums
}

// Op is an operation ready to run.
type Op struct {
	Spec
	steps   []step
	writes  *world.Table
	reads   bool  // a step that reads has a reaching form
	refused []int // steps that must be refused when they write into another tenant's rows

	requests, reaching []call // over HTTP
}

// Writes tells whether the operation writes a row of its own.
func (o *Op) Writes() bool { return o.writes != nil }

// Entries are the names under which the operation's executions leave entries in the audit trail: its own where it runs the statement that
// adds one, and those that its requests name.
func (o *Op) Entries(statement string) (names []string) {
	if slices.ContainsFunc(o.steps, func(s step) bool { return s.SQL == statement }) {
		names = append(names, o.Name)
	}
	for _, c := range slices.Concat(o.Requests, o.Reaching) {
		if c.Entry != "" && !slices.Contains(names, c.Entry) {
			names = append(names, c.Entry)
		}
	}
	return names
}

type step struct {
	*Step
	args     []arg
	oids     []uint32
	reads    *world.Table
	file     string // as evidence shows it
	bareFile string
}

// NewMix ties operations to a world. Weights are relative and positive.
func NewMix(w *world.World, specs []Spec, weights []float64, reach float64) (*Mix, error) {
	m := &Mix{World: w, Reach: reach, seed: w.Seed}
	sum := 0.0
	for i, s := range specs {
		op, err := bind(w, s)
		if err != nil {
			return nil, fmt.Errorf("operation %s: %w", s.Name, err)
		}
		sum += weights[i]
		m.Ops, m.weights = append(m.Ops, op), append(m.weights, sum)
	}
	return m, nil
}

func bind(w *world.World, s Spec) (op Op, err error) {
	op = Op{Spec: s}
	if op.requests, err = bindCalls(w, s.Requests); err != nil {
		return op, err
	}
	if op.reaching, err = bindCalls(w, s.Reaching); err != nil {
		return op, err
	}
	for i := range s.Steps {
		st := step{Step: &s.Steps[i]}
		st.file = path.Join(s.folder, st.SQL)
		if st.Bare != nil {
			st.bareFile = path.Join(s.folder, st.Bare.SQL)
		}
		for _, text := range st.Params {
			p, err := parseParam(text)
			if err != nil {
				return op, err
			}
			a, err := p.bind(w)
			if err != nil {
				return op, err
			}
			st.args, st.oids = append(st.args, a), append(st.oids, a.oid)
		}
		var ok bool
		if st.Reads != nil {
			if st.reads, ok = w.Table(st.Reads.Table); !ok {
				return op, fmt.Errorf("table %s was not seeded", st.Reads.Table)
			}
		}
		if st.Writes != "" {
			if op.writes, ok = w.Table(st.Writes); !ok {
				return op, fmt.Errorf("table %s was not seeded", st.Writes)
			}
		}
		op.reads = op.reads || st.Bare != nil || st.reachable()
		if st.Refused != "" {
			op.refused = append(op.refused, i)
		}
		op.steps = append(op.steps, st)
	}
	return op, nil
}

// Execution is one run of one operation.
type Execution struct {
	Op       int // index in Mix.Ops
	Role     string
	Tenant   int
	Reaching bool // could have returned another tenant's rows
	Victim   int  // whose ids it asked for, where it asked for ids
	// Entry is the name of what it leaves in the audit trail if it leaves something: over HTTP "" where it leaves nothing.
	Entry string
}

// Executor makes and runs executions, one after the other, in buffers that it reuses. One goroutine uses it.
type Executor struct {
	mix     *Mix
	ledger  *oracle.Ledger
	session *session.Session
	req     session.Request
	wants   []oracle.Want
	args    [][]byte // of all statements of the request
	buf     []byte   // what args point into
	rng     *rand.Rand
	pcg     rand.PCG
}

// NewExecutor returns an executor that goes through s.
func (m *Mix) NewExecutor(s *session.Session, ledger *oracle.Ledger) *Executor {
	e := &Executor{mix: m, ledger: ledger, session: s}
	e.rng = rand.New(&e.pcg)
	return e
}

// plan chooses the n-th execution: which operation, for whom, reaching or not. The same mix and n give the same.
func (m *Mix) plan(n int, rng *rand.Rand) Execution {
	x := Execution{}
	if m.Tenants == nil {
		x.Tenant = rng.IntN(m.World.Tenants)
	} else {
		x.Tenant = m.Tenants(rng)
	}
	x.Reaching = rng.Float64() < m.Reach
	for at := rng.Float64() * m.weights[len(m.weights)-1]; at >= m.weights[x.Op]; {
		x.Op++
	}
	if users := m.Users[m.Ops[x.Op].Service]; users > 0 {
		x.Tenant %= users
	}
	roles := m.Ops[x.Op].Roles
	x.Role = roles[rng.IntN(len(roles))]
	x.Reaching = x.Reaching && m.Ops[x.Op].Residual == ""
	// A victim among all the others, so that in time every pair of tenants meets.
	x.Victim = (x.Tenant + 1 + rng.IntN(max(1, m.World.Tenants-1))) % m.World.Tenants
	return x
}

// Do runs the n-th execution. The reply is valid until the next Do.
func (e *Executor) Do(ctx context.Context, n int) (Execution, session.Reply) {
	e.pcg.Seed(e.mix.seed^0x6f707321, uint64(n))
	x := e.mix.plan(n, e.rng)
	x.Entry = e.mix.Ops[x.Op].Name
	e.build(&x)
	return x, e.session.Do(ctx, &e.req)
}

// build fills the request. Buffers are kept between executions: at thousands of requests a second garbage would cost latency.
func (e *Executor) build(x *Execution) {
	op := &e.mix.Ops[x.Op]
	e.req = session.Request{Role: x.Role, Tenant: x.Tenant, Statements: e.req.Statements[:0], Wrote: e.req.Wrote[:0]}
	e.buf, e.args = e.buf[:0], e.args[:0]
	if cap(e.wants) < len(op.steps) {
		e.wants = make([]oracle.Want, len(op.steps))
	}
	p := pick{whose: x.Tenant, op: op.Name, epoch: e.ledger.Epoch(), rng: e.rng}
	if op.writes != nil {
		p.fresh = e.ledger.Ask(e.mix.World.Number(op.writes), x.Tenant)
		e.req.Wrote = append(e.req.Wrote, p.fresh)
	}
	if x.Reaching && len(op.refused) > 0 && (!op.reads || e.rng.IntN(2) == 0) {
		st := &op.steps[op.refused[e.rng.IntN(len(op.refused))]]
		p.whose = x.Victim
		e.req.Refused = st.Refused
		e.add(session.Statement{File: st.file, SQL: st.text}, st, st.args, &p)
		return
	}
	for i := range op.steps {
		e.addStep(&op.steps[i], x, p, &e.wants[:cap(e.wants)][i])
	}
	if op.Cache != nil && !x.Reaching {
		key := strings.ReplaceAll(op.Cache.Key, "{tenant}", e.mix.World.Codec.TenantID(x.Tenant).String())
		e.req.Cached = &session.Cached{Key: key, TTL: op.Cache.TTL}
		e.req.Statements[0].Cache = true
	}
}

// addStep adds one statement. A reaching execution takes, for each step that reads, one of the step's reaching forms by lot.
func (e *Executor) addStep(st *step, x *Execution, p pick, want *oracle.Want) {
	sent := session.Statement{File: st.file, SQL: st.text}
	args := st.args
	if st.reads != nil {
		*want = oracle.Want{Table: st.reads, Tenant: x.Tenant, Shape: shape(st.Reads.Totals), Limit: st.Reads.Newest}
		if p.fresh.Table == e.mix.World.Number(st.reads) {
			want.Row = p.fresh.Row
		}
		sent.Want = want
		reachable := st.reachable()
		switch {
		case x.Reaching && st.Bare != nil && (!reachable || e.rng.IntN(2) == 0):
			sent.File, sent.SQL, args = st.bareFile, st.Bare.text, nil
			want.Shape, want.Limit = shape(st.Bare.Totals), st.Bare.Newest
		case x.Reaching && reachable:
			p.whose = x.Victim
			want.Shape = oracle.Nothing
		case st.Reads.One:
			want.Shape = oracle.One
		}
		if p.row = e.anyRow(args, p.whose); want.Shape == oracle.One && want.Row == 0 {
			want.Row = p.row
		}
	}
	e.add(sent, st, args, &p)
}

func shape(totals bool) oracle.Shape {
	if totals {
		return oracle.Totals
	}
	return oracle.Newest
}

// add fills in the arguments and adds the statement to the request.
func (e *Executor) add(sent session.Statement, st *step, args []arg, p *pick) {
	first := len(e.args)
	for i := range args {
		start := len(e.buf)
		e.buf = args[i].appendTo(e.buf, e.mix.World, p)
		e.args = append(e.args, e.buf[start:len(e.buf):len(e.buf)])
	}
	sent.Args = e.args[first:len(e.args):len(e.args)]
	sent.OIDs = st.oids[:len(args)]
	e.req.Statements = append(e.req.Statements, sent)
}

// anyRow draws one of the tenant's seeded rows for a "row" parameter.
func (e *Executor) anyRow(args []arg, whose int) tenant.Row {
	for i := range args {
		if args[i].kind == "row" {
			return tenant.Row(e.rng.Int64N(max(1, e.mix.World.RowsOf(args[i].number, whose))))
		}
	}
	return 0
}

// Cached tells whether an operation of the mix needs the cache.
func (m *Mix) Cached() bool {
	return slices.ContainsFunc(m.Ops, func(o Op) bool { return o.Cache != nil })
}
