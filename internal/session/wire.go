package session

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/engardehq/bulkhead/internal/oracle"
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

// wire sends statements over one connection, prepared or not, and reads what comes back. It speaks the protocol itself, on pgconn's buffers:
// pgconn watches a context for each statement, asks again and again for columns that are known, and keeps lists of what it has sent. It doesn't
// wait for answers while it sends, so what is sent at once has to be less than the sockets buffer.
type wire struct {
	ctx      context.Context // of the transaction
	pc       *pgconn.PgConn
	prepares bool
	known    map[string]*known // by SQL
	broken   bool              // the server's answers can't be told apart any more
}

// known is what a connection knows of a statement.
type known struct {
	name      string // under which it is prepared; "" where it isn't
	described bool
	fields    []pgconn.FieldDescription
	layout    *oracle.Layout
}

// knownKey is where a connection keeps it.
const knownKey = "bulkhead.known"

// over makes the session's wire one over this connection.
func (s *Session) over(ctx context.Context, pc *pgconn.PgConn) *wire {
	data := pc.CustomData()
	names, ok := data[knownKey].(map[string]*known)
	if !ok {
		names = map[string]*known{}
		data[knownKey] = names
	}
	s.wire = wire{ctx: ctx, pc: pc, prepares: s.door.cfg.Prepared, known: names}
	return &s.wire
}

// of is what is known of a statement, which is prepared first where that has to be.
func (w *wire) of(st *Statement) (*known, error) {
	k := w.known[st.SQL]
	if k != nil {
		return k, nil
	}
	k = &known{}
	if w.prepares {
		k.name = "b" + strconv.Itoa(len(w.known))
		d, err := w.pc.Prepare(w.ctx, k.name, st.SQL, st.OIDs)
		if err != nil {
			return nil, fmt.Errorf("preparing %s: %w", st.File, err)
		}
		k.described, k.fields = true, d.Fields
	}
	w.known[st.SQL] = k
	return k, nil
}

// send queues a statement. Its columns are asked for where rows are wanted of it and nobody has told them yet.
func (w *wire) send(st *Statement, k *known) {
	f := w.pc.Frontend()
	if k.name == "" {
		f.SendParse(&pgproto3.Parse{Query: st.SQL, ParameterOIDs: st.OIDs})
	}
	f.SendBind(&pgproto3.Bind{PreparedStatement: k.name, ParameterFormatCodes: binary, Parameters: st.Args, ResultFormatCodes: binary})
	if st.Want != nil && !k.described {
		f.SendDescribe(&pgproto3.Describe{ObjectType: 'P'})
	}
	f.SendExecute(&pgproto3.Execute{})
}

// sync sends all that is queued; the server answers it with ready at its end.
func (w *wire) sync() error {
	f := w.pc.Frontend()
	f.SendSync(&pgproto3.Sync{})
	if err := f.Flush(); err != nil {
		return w.lost(err)
	}
	return nil
}

// receive gives the next message.
func (w *wire) receive() (pgproto3.BackendMessage, error) {
	msg, err := w.pc.ReceiveMessage(context.Background())
	var pg *pgconn.PgError
	if err != nil && !errors.As(err, &pg) { // of a FATAL one pgconn has closed the connection
		return nil, w.lost(err)
	}
	return msg, err
}

// lost gives the connection up, and words its error: where the transaction's time is over that is the cause.
func (w *wire) lost(err error) error {
	w.broken = true
	if w.ctx.Err() != nil {
		return fmt.Errorf("cut off: %w", w.ctx.Err())
	}
	return err
}

// row takes in one row of a result.
func (s *Session) row(p step, values [][]byte) error {
	k := p.known
	if len(values) != len(k.fields) {
		return fmt.Errorf("%d columns came where %d were told", len(values), len(k.fields))
	}
	if k.layout == nil {
		k.layout = s.door.layout(p.st, k.fields)
	}
	p.reading.SetLayout(k.layout)
	p.reading.Row(values)
	if s.body != nil && p.st.Cache {
		s.body.add(k.fields, values)
	}
	return nil
}

// result reads the answer to one statement.
func (s *Session) result(w *wire, p step) (tag pgconn.CommandTag, err error) {
	for {
		msg, err := w.receive()
		if err != nil {
			return tag, err
		}
		switch msg := msg.(type) {
		case *pgproto3.RowDescription:
			p.known.described, p.known.fields = true, fieldsOf(msg)
		case *pgproto3.DataRow:
			if p.reading == nil {
				continue
			}
			if err := s.row(p, msg.Values); err != nil {
				return tag, w.lost(err)
			}
		case *pgproto3.CommandComplete:
			if p.reading != nil {
				p.reading.End() // a result that broke off is an error, not a denial
			}
			return pgconn.NewCommandTag(string(msg.CommandTag)), nil
		case *pgproto3.EmptyQueryResponse:
			return tag, nil
		case *pgproto3.ErrorResponse:
			return tag, pgconn.ErrorResponseToPgError(msg)
		}
	}
}

// ready reads up to the server's word that it waits for the next statement.
func (w *wire) ready() (failure error) {
	for !w.broken && !w.pc.IsClosed() {
		msg, err := w.receive()
		if err != nil {
			return errors.Join(failure, err)
		}
		switch msg := msg.(type) {
		case *pgproto3.ErrorResponse:
			failure = pgconn.ErrorResponseToPgError(msg)
		case *pgproto3.ReadyForQuery:
			return failure
		}
	}
	return failure
}

func fieldsOf(d *pgproto3.RowDescription) []pgconn.FieldDescription {
	fields := make([]pgconn.FieldDescription, len(d.Fields))
	for i, f := range d.Fields {
		fields[i] = pgconn.FieldDescription{Name: string(f.Name), DataTypeOID: f.DataTypeOID}
	}
	return fields
}

// abandonLimit is how long a connection may take to be given up.
const abandonLimit = 2 * time.Second

// abandon gives up a connection on which the server may still be at work: it is told to stop, so that nothing comes of that later on.
func abandon(pc *pgconn.PgConn) {
	ctx, cancel := context.WithTimeout(context.Background(), abandonLimit)
	defer cancel()
	_ = pc.CancelRequest(ctx)
	_ = pc.Conn().SetDeadline(time.Now().Add(abandonLimit))
	_ = pc.Close(ctx)
}
