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

	for len(s.readings) < len(req.Statements) {
		s.readings = append(s.readings, oracle.Reading{})
	}
	s.tenant = s.door.oracle.World.Codec.TenantID(req.Tenant)
	run := s.oneByOne
	if s.door.cfg.Pipelined {
		run = s.pipelined
	}
	fate, err := run(ctx, pc, req)
	reply.Done = time.Now()
	reply.Service, reply.Err = reply.Done.Sub(sent), err
	if err != nil && pc.TxStatus() != 'I' && !pc.IsClosed() {
		// The server waits in a failed transaction; a connection that can't leave it is closed by Release.
		_, _ = pc.Exec(ctx, "ROLLBACK").ReadAll()
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

// begin readies the readings from first on: the moment before their statements are sent.
func (s *Session) begin(req *Request, first, last int) {
	for i := first; i < last; i++ {
		if w := req.Statements[i].Want; w != nil {
			s.readings[i].Begin(s.door.oracle, *w)
		}
	}
}

// read feeds one result to its reading.
func (s *Session) read(rr *pgconn.ResultReader, st *Statement, r *oracle.Reading) (pgconn.CommandTag, error) {
	if st.Want == nil {
		return rr.Close()
	}
	r.SetLayout(s.door.layout(st, rr.FieldDescriptions()))
	for rr.NextRow() {
		r.Row(rr.Values())
		if s.body != nil && st.Cache {
			s.body.add(rr.FieldDescriptions(), rr.Values())
		}
	}
	tag, err := rr.Close()
	if err == nil {
		r.End() // a result that broke off is an error, not a denial
	}
	return tag, err
}

func (s *Session) oneByOne(ctx context.Context, pc *pgconn.PgConn, req *Request) (fate, error) {
	s.begin(req, 0, len(req.Statements))
	w := s.wire(ctx, pc)
	if _, err := w.exec(&beginStatement).Close(); err != nil {
		return commitRefused, fmt.Errorf("begin: %w", err)
	}
	if _, err := w.exec(&s.set).Close(); err != nil {
		return commitRefused, fmt.Errorf("setting the tenant: %w", err)
	}
	for i := range req.Statements {
		st := &req.Statements[i]
		s.begin(req, i, i+1)
		if _, err := s.read(w.exec(st), st, &s.readings[i]); err != nil {
			return commitRefused, fmt.Errorf("%s: %w", st.File, err)
		}
	}
	tag, err := w.exec(req.end()).Close()
	return fateOf(req, tag, err)
}

func (s *Session) pipelined(ctx context.Context, pc *pgconn.PgConn, req *Request) (fate, error) {
	w := s.wire(ctx, pc)
	if err := w.prepare(req, &s.set); err != nil {
		return commitRefused, err
	}
	s.begin(req, 0, len(req.Statements))
	p := pc.StartPipeline(ctx)
	w.send(p, &beginStatement)
	w.send(p, &s.set)
	for i := range req.Statements {
		w.send(p, &req.Statements[i])
	}
	w.send(p, req.end())
	outcome, failure := commitUnknown, p.Sync()
	for step := -2; failure == nil; step++ {
		results, err := p.GetResults()
		if err == nil && results == nil {
			break
		}
		rr, isResult := results.(*pgconn.ResultReader)
		switch {
		case err != nil:
			failure = stepError(req, step, err)
		case !isResult: // the answer to Sync: all is read
		case step == len(req.Statements):
			tag, err := rr.Close()
			outcome, failure = fateOf(req, tag, err)
		case step < 0:
			_, err = rr.Close()
			failure = stepError(req, step, err)
		default:
			_, err = s.read(rr, &req.Statements[step], &s.readings[step])
			failure = stepError(req, step, err)
		}
	}
	if outcome == commitUnknown && refused(failure) {
		outcome = commitRefused // after an error the server skips to Sync, COMMIT included
	}
	if err := p.Close(); failure == nil && err != nil {
		failure = fmt.Errorf("ending the pipeline: %w", err)
	}
	return outcome, failure
}

// stepError names the statement at fault; steps -2 and -1 are BEGIN and the setting of the tenant.
func stepError(req *Request, step int, err error) error {
	switch {
	case err == nil:
		return nil
	case step == -2:
		return fmt.Errorf("begin: %w", err)
	case step == -1:
		return fmt.Errorf("setting the tenant: %w", err)
	case step < len(req.Statements):
		return fmt.Errorf("%s: %w", req.Statements[step].File, err)
	default:
		return fmt.Errorf("commit: %w", err)
	}
}
