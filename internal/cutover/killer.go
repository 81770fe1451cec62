package cutover

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// killer ends the script's connection in the middle, and tells where that was. It holds one of the tables, so that the script has to wait there
// and can't have passed before it is noticed.
type killer struct {
	mu sync.Mutex
	at string
}

func (k *killer) take() (at string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	at, k.at = k.at, ""
	return at
}

const killerLooks = 2 * time.Millisecond

// lieInWait holds a table that the seed chooses, and ends the connection pid once it waits for it. stop must be called.
func (k *killer) lieInWait(ctx context.Context, s *script, pid uint32) (stop func(), err error) {
	conn, err := pgx.Connect(ctx, s.dsn)
	if err != nil {
		return nil, fmt.Errorf("killing the script: %w", err)
	}
	leave := func() { _ = conn.Close(context.WithoutCancel(ctx)) }
	table, err := hold(ctx, conn, s)
	if err != nil {
		leave()
		return nil, fmt.Errorf("killing the script: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		defer leave() // which lets the table go
		for ctx.Err() == nil {
			var waits bool
			if err := conn.QueryRow(ctx, text("look/waits.sql"), int32(pid), table).Scan(&waits); err != nil {
				return
			}
			if waits {
				k.end(ctx, conn, pid, table)
				return
			}
			time.Sleep(killerLooks)
		}
	})
	return func() { cancel(); done.Wait() }, nil
}

// hold begins a transaction that keeps others from changing a table, and from nothing else.
func hold(ctx context.Context, conn *pgx.Conn, s *script) (table string, err error) {
	rows, err := conn.Query(ctx, text("look/to_hold.sql"))
	if err != nil {
		return "", err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return "", err
	}
	table = tables[s.rng.IntN(len(tables))]
	_, err = conn.PgConn().Exec(ctx, "BEGIN; LOCK TABLE "+table+" IN ACCESS SHARE MODE").ReadAll()
	return table, err
}

func (k *killer) end(ctx context.Context, conn *pgx.Conn, pid uint32, table string) {
	k.mu.Lock() // take waits until it is known where the script was
	defer k.mu.Unlock()
	p, err := look(ctx, conn, nil)
	if err != nil {
		return
	}
	var ended bool
	if err := conn.QueryRow(ctx, text("look/kill.sql"), int32(pid)).Scan(&ended); err == nil && ended {
		k.at = fmt.Sprintf("at %s, with %d of %d tables in their new place", table, p.moved, p.all)
	}
}
