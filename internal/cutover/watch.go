package cutover

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/engardehq/bulkhead/internal/result"
)

// backendRole is who reads; without a tenant it may see no row of a table that is moved.
const backendRole = "engarde_user"

// How often it reads: a script is over in seconds, and Langflow's start needs the processor.
const (
	hurried  = time.Millisecond
	leisured = 20 * time.Millisecond
)

// watch reads tables that are moved as the backend, one after the other and again and again, without setting a tenant, until stop is called.
// What comes back then was open at that moment.
func (c *cutover) watch(ctx context.Context, every time.Duration) (stop func() (*result.Exposure, error), err error) {
	super, err := pgx.Connect(ctx, c.trial.Superuser())
	if err != nil {
		return nil, fmt.Errorf("watching the tables: %w", err)
	}
	reader, err := pgx.Connect(ctx, c.trial.System.Stack.DSN.Direct[backendRole].Reveal())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("watching the tables: %w", err), super.Close(ctx))
	}
	seen, began := &result.Exposure{Tables: []string{}}, time.Now()
	quit := make(chan struct{})
	var failure error
	var done sync.WaitGroup
	done.Go(func() {
		for turn := 0; ; turn++ {
			select {
			case <-quit:
				return
			case <-time.After(every):
			}
			if failure = lookOnce(ctx, super, reader, turn, seen); failure != nil {
				return
			}
		}
	})
	return func() (*result.Exposure, error) {
		close(quit)
		done.Wait()
		seen.Seconds = time.Since(began).Seconds()
		return seen, errors.Join(failure, super.Close(context.WithoutCancel(ctx)), reader.Close(context.WithoutCancel(ctx)))
	}, nil
}

// lookOnce reads one of the tables that are moved now.
func lookOnce(ctx context.Context, super, reader *pgx.Conn, turn int, seen *result.Exposure) error {
	var begun bool
	if err := super.QueryRow(ctx, text("look/remembered.sql")).Scan(&begun); err != nil || !begun {
		return err
	}
	rows, err := super.Query(ctx, text("look/readable.sql"))
	if err != nil {
		return err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) == 0 {
		return err
	}
	table := tables[turn%len(tables)]
	var there int64
	err = reader.QueryRow(ctx, "SELECT count(*) FROM (SELECT FROM "+table+" LIMIT 1) AS seen").Scan(&there)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == "42501" || pg.Code == "42P01") { // no right to it any more, or moved on: nothing came back
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", table, err)
	}
	seen.Looks++
	if seen.Rows = max(seen.Rows, there); there > 0 && !slices.Contains(seen.Tables, table) {
		seen.Tables = append(seen.Tables, table)
	}
	return nil
}
