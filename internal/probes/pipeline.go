package probes

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// statement is one of a pipeline.
type statement struct {
	sql  string
	args []any // texts and nil, and numbers
}

// segment is some statements that stand and fall together: after an error in one of them those that follow in it are left out.
type segment []statement

func one(sql string, args ...any) segment { return segment{{sql, args}} }

// replied is what came of a segment.
type replied struct {
	answers []answered // of each statement that was done
	refusal error      // the server's
}

type answered struct {
	tag  pgconn.CommandTag
	text string // the values of all rows, a line each
}

// last is the answer of the last statement, empty after a refusal.
func (r replied) last() (a answered) {
	if r.refusal == nil && len(r.answers) > 0 {
		a = r.answers[len(r.answers)-1]
	}
	return a
}

// text is all that the last statement said, an error's words included.
func (r replied) text() string {
	all := r.last().text
	if len(r.answers) > 0 && r.refusal != nil { // rows that came before the error
		all = r.answers[len(r.answers)-1].text
	}
	return all + wordsOf(r.refusal)
}

// pipeline sends segments all at once and reads what came of each: an error in one keeps no other from being tried. What would else be thousands
// of round trips is one.
func (s *session) pipeline(ctx context.Context, segments ...segment) ([]replied, error) {
	p := s.PgConn().StartPipeline(ctx)
	for _, seg := range segments {
		for _, st := range seg {
			values, oids := make([][]byte, len(st.args)), make([]uint32, len(st.args))
			for i, arg := range st.args {
				values[i], oids[i] = encoded(arg)
			}
			p.SendQueryParams(st.sql, values, oids, nil, nil)
		}
		p.SendPipelineSync()
	}
	err := p.Flush()
	all := make([]replied, len(segments))
	for i := range all {
		if err != nil {
			break
		}
		err = all[i].read(p)
	}
	if closing := p.Close(); err == nil {
		err = closing
	}
	return all, err
}

// read takes in what comes up to the end of the segment.
func (r *replied) read(p *pgconn.Pipeline) error {
	for {
		results, err := p.GetResults()
		var text strings.Builder
		var tag pgconn.CommandTag
		switch results := results.(type) {
		case *pgconn.PipelineSync:
			return nil
		case *pgconn.ResultReader:
			for results.NextRow() {
				for _, v := range results.Values() {
					text.Write(v)
					text.WriteByte('\n')
				}
			}
			tag, err = results.Close()
			if err == nil || text.Len() > 0 {
				r.answers = append(r.answers, answered{tag, text.String()})
			}
		case nil:
			if err == nil {
				return fmt.Errorf("the server has left out the end of a pipeline")
			}
		}
		if err != nil {
			if !refused(err) {
				return err
			}
			r.refusal = err
		}
	}
}

// encoded gives a value as text, and its type.
func encoded(arg any) ([]byte, uint32) {
	switch v := arg.(type) {
	case nil:
		return nil, 0
	case string:
		return []byte(v), 0 // whatever stands there
	case uint32:
		return fmt.Append(nil, v), pgtype.OIDOID
	case int:
		return fmt.Append(nil, v), pgtype.Int8OID
	case int64:
		return fmt.Append(nil, v), pgtype.Int8OID
	default:
		panic(fmt.Sprintf("a pipeline has no parameters of type %T", arg))
	}
}
