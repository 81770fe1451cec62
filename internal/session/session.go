package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/engardehq/bulkhead/internal/oracle"
	"github.com/engardehq/bulkhead/internal/tenant"
)

// Statement is one SQL statement of a transaction. Arguments and results are in binary format.
type Statement struct {
	File string // where the SQL comes from, for evidence
	SQL  string
	Args [][]byte
	OIDs []uint32
	Want *oracle.Want // nil where no row is wanted
	// Cache marks the statement whose rows a cached request keeps.
	Cache bool
}

// Request is one transaction of one tenant.
type Request struct {
	Role       string
	Tenant     int
	Statements []Statement
	Wrote      []tenant.Ref // rows that the statements write, for the ledger
	// Refused is the SQLSTATE with which the transaction must end, because it writes into another tenant's rows; "" where it must not fail.
	// Should the write be accepted, it is rolled back: the fault is told, and nobody's data is changed.
	Refused string
	// Cached makes it a read-through: what the cache has is the answer, else the first statement's rows are, and are put there.
	Cached *Cached
}

// Reply is what became of a request. Its faults are valid until the Session's next Do.
type Reply struct {
	PoolWait time.Duration
	Service  time.Duration // from the first byte sent to the last received
	Done     time.Time
	Rows     int
	Bodies   int // answers over HTTP that were judged
	Counts   oracle.Counts
	// Committed tells that the database confirmed the transaction.
	Committed bool
	Cache     CacheUse
	Faults    []Fault
	Err       error
}

// Fault is one of the oracle's, with the statement and connection that it came by.
type Fault struct {
	oracle.Fault
	File       string
	Connection uint32 // process id that the server or pooler gave
}

// Session runs requests one after the other, each on whatever connection the pool gives. One goroutine uses it.
type Session struct {
	door     *Door
	readings []oracle.Reading
	faults   []Fault
	set      Statement // sets the tenant
	tenant   tenant.UUID
	body     *body // of a read-through that missed: what goes into the cache
	wire     wire
	steps    []step
}

// NewSession returns a session; it holds no connection between requests.
func (d *Door) NewSession() *Session {
	s := &Session{door: d}
	s.set = Statement{File: "setting the tenant", SQL: d.cfg.SetTenant, Args: [][]byte{s.tenant[:]}, OIDs: uuidOID}
	return s
}

// Do runs a request as one transaction. Whatever goes wrong is in the Reply, and the ledger knows what was written.
func (s *Session) Do(ctx context.Context, req *Request) (reply Reply) {
	ctx, cancel := context.WithTimeout(ctx, s.door.cfg.Timeout)
	defer cancel()
	s.faults, s.body = s.faults[:0], nil
	start := time.Now()
	if req.Cached != nil {
		if hit := s.lookUp(ctx, req, &reply); hit {
			return reply
		}
		s.body = &body{}
	}
	conn, err := s.door.pools[req.Role].Acquire(ctx)
	sent := time.Now()
	reply.PoolWait = sent.Sub(start)
	if err != nil {
		reply.Done, reply.Err = sent, fmt.Errorf("%w: %w", errPool, err)
		s.settle(req, commitRefused)
		return reply
	}
	defer conn.Release()
	pc := conn.Conn().PgConn()
	// One watch for the whole transaction: when its time is over, whatever waits for the server stops waiting.
	unwatch := context.AfterFunc(ctx, func() { _ = pc.Conn().SetDeadline(time.Unix(1, 0)) })

	for len(s.readings) < len(req.Statements) {
		s.readings = append(s.readings, oracle.Reading{})
	}
	s.tenant = s.door.oracle.World.Codec.TenantID(req.Tenant)
	w := s.over(ctx, pc)
	fate, err := s.transact(w, req)
	reply.Done = time.Now()
	reply.Service, reply.Err = reply.Done.Sub(sent), err
	if err != nil && !w.broken && pc.TxStatus() != 'I' && !pc.IsClosed() {
		// The server waits in a failed transaction; a connection that can't leave it is closed by Release.
		_, _ = pc.Exec(ctx, "ROLLBACK").ReadAll()
	}
	if timely := unwatch(); (w.broken || !timely) && !pc.IsClosed() {
		abandon(pc)
	}
	s.settle(req, fate)
	reply.Committed = fate == commitDone
	s.collect(&reply, req, pc.PID())
	if req.Cached != nil && err == nil {
		s.store(ctx, req, &reply)
	}
	if req.Refused != "" {
		s.refusal(&reply, req, pc.PID())
	}
	return reply
}

// refusal judges a write that must be refused: its error is as it should be, and its success is the fault.
func (s *Session) refusal(reply *Reply, req *Request, pid uint32) {
	var pg *pgconn.PgError
	switch {
	case errors.As(reply.Err, &pg) && pg.Code == req.Refused:
		reply.Err = nil
	case reply.Err == nil:
		reply.Counts.Planted++
		f := oracle.Fault{Verdict: oracle.Planted, Detail: "a write into another tenant's rows was accepted"}
		reply.Faults = append(reply.Faults, Fault{Fault: f, File: req.Statements[0].File, Connection: pid})
	}
}

func (s *Session) collect(reply *Reply, req *Request, pid uint32) {
	for i := range req.Statements {
		r := &s.readings[i]
		if req.Statements[i].Want == nil {
			continue
		}
		reply.Rows += r.Rows
		reply.Counts.Add(r.Counts)
		for _, f := range r.Faults {
			s.faults = append(s.faults, Fault{Fault: f, File: req.Statements[i].File, Connection: pid})
		}
	}
	reply.Faults = s.faults
}

// step is one statement of a transaction.
type step struct {
	st      *Statement
	known   *known
	reading *oracle.Reading // nil where no row is wanted
}

// plan lines up what a request sends, prepared where that has to be, before anything is sent.
func (s *Session) plan(w *wire, req *Request) error {
	s.steps = append(s.steps[:0], step{st: &beginStatement}, step{st: &s.set})
	for i := range req.Statements {
		p := step{st: &req.Statements[i]}
		if p.st.Want != nil {
			p.reading = &s.readings[i]
		}
		s.steps = append(s.steps, p)
	}
	s.steps = append(s.steps, step{st: req.end()})
	for i := range s.steps {
		var err error
		if s.steps[i].known, err = w.of(s.steps[i].st); err != nil {
			return err
		}
	}
	return nil
}

// begin readies readings: the moment before their statements are sent.
func (s *Session) begin(steps ...step) {
	for _, p := range steps {
		if p.reading != nil {
			p.reading.Begin(s.door.oracle, *p.st.Want)
		}
	}
}

// transact runs the request's transaction, each statement by a round trip of its own, or all by one.
func (s *Session) transact(w *wire, req *Request) (fate, error) {
	if err := s.plan(w, req); err != nil {
		return commitRefused, err
	}
	s.begin(s.steps...)
	together := s.door.cfg.Pipelined
	if together {
		for _, p := range s.steps {
			w.send(p.st, p.known)
		}
		if err := w.sync(); err != nil {
			return commitUnknown, err
		}
	}
	last := len(s.steps) - 1
	for i, p := range s.steps {
		if !together {
			s.begin(p)
			w.send(p.st, p.known)
			if err := w.sync(); err != nil && i < last {
				return commitRefused, fmt.Errorf("%s: %w", p.st.File, err)
			} else if err != nil {
				return commitUnknown, fmt.Errorf("commit: %w", err)
			}
		}
		tag, err := s.result(w, p)
		var end error // of the round trip; after an error the server skips to there, COMMIT included
		if !together || i == last || err != nil {
			end = w.ready()
		}
		switch {
		case i == last:
			outcome, failure := fateOf(req, tag, err)
			if failure == nil && end != nil {
				failure = fmt.Errorf("after the commit: %w", end)
			}
			return outcome, failure
		case err == nil && end != nil:
			return commitRefused, fmt.Errorf("%s: %w", p.st.File, end)
		case err != nil && together && !refused(err):
			return commitUnknown, fmt.Errorf("%s: %w", p.st.File, err)
		case err != nil:
			return commitRefused, fmt.Errorf("%s: %w", p.st.File, err)
		}
	}
	return commitUnknown, nil // never: the last step has ended it
}
