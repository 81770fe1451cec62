package session

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
)

var (
	uuidOID = []uint32{2950}
	binary  = []int16{1}

	beginStatement    = Statement{File: "begin", SQL: "BEGIN"}
	commitStatement   = Statement{File: "commit", SQL: "COMMIT"}
	rollbackStatement = Statement{File: "rollback", SQL: "ROLLBACK"}
)

// end is the statement that ends the request's transaction.
func (r *Request) end() *Statement {
	if r.Refused != "" {
		return &rollbackStatement
	}
	return &commitStatement
}

// wire sends statements over one connection, prepared or not.
type wire struct {
	ctx   context.Context
	pc    *pgconn.PgConn
	names map[string]*pgconn.StatementDescription // by SQL; nil where nothing is prepared
}

// preparedKey is where a connection keeps what it has prepared.
const preparedKey = "bulkhead.prepared"

func (s *Session) wire(ctx context.Context, pc *pgconn.PgConn) wire {
	w := wire{ctx: ctx, pc: pc}
	if !s.door.cfg.Prepared {
		return w
	}
	data := pc.CustomData()
	names, ok := data[preparedKey].(map[string]*pgconn.StatementDescription)
	if !ok {
		names = map[string]*pgconn.StatementDescription{}
		data[preparedKey] = names
	}
	w.names = names
	return w
}

// prepare makes ready what a request sends, before its pipeline starts.
func (w *wire) prepare(req *Request, set *Statement) error {
	if w.names == nil {
		return nil
	}
	for _, st := range [...]*Statement{&beginStatement, set, req.end()} {
		if _, err := w.prepared(st); err != nil {
			return err
		}
	}
	for i := range req.Statements {
		if _, err := w.prepared(&req.Statements[i]); err != nil {
			return err
		}
	}
	return nil
}

func (w *wire) prepared(st *Statement) (*pgconn.StatementDescription, error) {
	if d := w.names[st.SQL]; d != nil {
		return d, nil
	}
	d, err := w.pc.Prepare(w.ctx, "b"+strconv.Itoa(len(w.names)), st.SQL, st.OIDs)
	if err != nil {
		return nil, fmt.Errorf("preparing %s: %w", st.File, err)
	}
	w.names[st.SQL] = d
	return d, nil
}

// exec sends one statement and waits for its result.
func (w *wire) exec(st *Statement) *pgconn.ResultReader {
	if w.names != nil {
		// A statement that can't be prepared fails again, and tells, when it is executed.
		if d, err := w.prepared(st); err == nil {
			return w.pc.ExecStatement(w.ctx, d, st.Args, binary, binary)
		}
	}
	return w.pc.ExecParams(w.ctx, st.SQL, st.Args, st.OIDs, binary, binary)
}

// send queues one statement of a pipeline; prepare has seen it.
func (w *wire) send(p *pgconn.Pipeline, st *Statement) {
	if d := w.names[st.SQL]; d != nil {
		p.SendQueryStatement(d, st.Args, binary, binary)
		return
	}
	p.SendQueryParams(st.SQL, st.Args, st.OIDs, binary, binary)
}
