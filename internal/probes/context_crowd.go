package probes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/engardehq/bulkhead/internal/probes/book"
)

const (
	crowdTime    = time.Second // for each door
	crowdClients = 40          // more than the 25 server connections of the pool, so that they pass from hand to hand
	crowdDirect  = 4
)

// crowd lets many clients of several tenants work at once over one pool of connections, in one process.
func crowd(ctx context.Context, c *Config, b book.Book) error {
	o := b.At("C08")
	boss, err := admin(ctx, c)
	if err != nil {
		return err
	}
	defer boss.leave()
	tenants := c.Tenants[:min(len(c.Tenants), 8)]
	for _, d := range doors(c) {
		w, err := findWitness(ctx, c, boss, d.role, tenants)
		if err != nil {
			o.Unsure(err.Error())
			continue
		}
		if err := crowdThrough(ctx, c, o, d, w, tenants); err != nil {
			o.Unsure(fmt.Sprintf("as %s: %v", d, err))
		}
	}
	return nil
}

func crowdThrough(ctx context.Context, c *Config, o *book.Outcome, d door, w *witness, tenants []string) error {
	config, err := pgxpool.ParseConfig(d.dsn)
	if err != nil {
		return errors.New("a connection string that can't be read") // its text has the password
	}
	config.MaxConns = crowdDirect
	if d.pooled {
		config.MaxConns = crowdClients
	}
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connecting as %s: %w", d, err)
	}
	defer pool.Close()
	until, cancel := context.WithTimeout(ctx, crowdTime)
	defer cancel()
	var mu sync.Mutex
	var group sync.WaitGroup
	var failed error
	for i := range int(config.MaxConns) + 2 {
		group.Go(func() {
			for turn := i; until.Err() == nil; turn++ {
				tenant := tenants[turn%len(tenants)]
				before, after, err := oneOfCrowd(ctx, c, pool, w, tenant)
				mu.Lock()
				if err != nil {
					failed = err
					mu.Unlock()
					return
				}
				for _, seen := range [][]string{before, after} {
					mixed(o, "C08", "requests at the same time mix their tenants", fmt.Sprintf("%d clients over %d connections, as %s", config.MaxConns+2, config.MaxConns, d), w, tenant, seen,
						"-- lend a connection for whole transactions (pgbouncer.ini: pool_mode = transaction), and set the tenant in each")
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return failed
}

// oneOfCrowd reads twice in a transaction, with a pause in which others run.
func oneOfCrowd(ctx context.Context, c *Config, pool *pgxpool.Pool, w *witness, tenant string) (before, after []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, statementLimit)
	defer cancel()
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, c.Target.Tenancy.Set, tenant); err != nil {
			return err
		}
		read := func() ([]string, error) {
			rows, err := tx.Query(ctx, w.read)
			if err != nil {
				return nil, err
			}
			return pgx.CollectRows(rows, pgx.RowTo[string])
		}
		if before, err = read(); err != nil {
			return err
		}
		time.Sleep(time.Millisecond)
		after, err = read()
		return err
	})
	return slices.Clone(before), slices.Clone(after), err
}
