package checks

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// passingAlone tries rows one by one, all in one round trip, and gives the first that passes. The caller has become the role and made the
// savepoint "situation".
func (a *audit) passingAlone(ctx context.Context, t *trial, s situation, condition string, rows []row) (first *row, err error) {
	defer func() {
		if _, rerr := a.conn.Exec(ctx, "ROLLBACK TO SAVEPOINT situation"); err == nil {
			err = rerr
		}
	}()
	if err := a.enter(ctx, s); err != nil {
		return nil, err
	}
	if _, err := a.conn.Exec(ctx, "SAVEPOINT alone"); err != nil {
		return nil, err
	}
	back, err := a.conn.Prepare(ctx, "bulkhead_back", "ROLLBACK TO SAVEPOINT alone")
	if err != nil {
		return nil, err
	}
	if _, err := a.conn.PgConn().Prepare(ctx, "", t.statement(condition), nil); err != nil {
		if ofValues(err) {
			return nil, nil
		}
		return nil, err
	}
	p := a.conn.PgConn().StartPipeline(ctx)
	for i := range rows {
		data, err := json.Marshal([]map[string]any{rows[i].values})
		if err != nil {
			return nil, errors.Join(err, p.Close())
		}
		p.SendQueryPrepared("", [][]byte{data}, nil, nil)
		p.SendPipelineSync()
		p.SendQueryPrepared(back.Name, nil, nil, nil)
		p.SendPipelineSync()
	}
	err = p.Flush()
	for i := 0; i < len(rows) && err == nil; i++ {
		var passed bool
		passed, err = answerOf(p)
		if passed && first == nil {
			first = &rows[i]
		}
		if err == nil || ofValues(err) {
			_, err = answerOf(p)
		}
	}
	return first, errors.Join(err, p.Close())
}

// answerOf reads up to the next end of a pipeline's part and tells whether a row came, and the error of the statement.
func answerOf(p *pgconn.Pipeline) (came bool, failed error) {
	for {
		results, err := p.GetResults()
		if reader, is := results.(*pgconn.ResultReader); is {
			for reader.NextRow() {
				came = true
			}
			_, err = reader.Close()
		}
		var pg *pgconn.PgError
		switch _, ended := results.(*pgconn.PipelineSync); {
		case err != nil && !errors.As(err, &pg):
			return came, err
		case err != nil:
			failed = err
		case ended:
			return came, failed
		case results == nil:
			return came, errors.New("the server has left out the end of a pipeline")
		}
	}
}
