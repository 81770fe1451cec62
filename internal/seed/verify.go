package seed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/engardehq/bulkhead/internal/world"
)

// Verify makes sure that tables hold what a world says: as many rows more than before as the world has, and no reference
// that leads nowhere. It reads every row of every table, and refreshes their statistics on the way. All that is wrong is told at once.
func Verify(ctx context.Context, pool *pgxpool.Pool, w *world.World, tables []string, before map[string]int64) error {
	if len(tables) == 0 {
		return errors.New("seeding: no tables to verify")
	}
	// Statistics first: the checks below join all tables.
	if err := spread(ctx, tables, func(ctx context.Context, name string) error {
		text, err := made(ctx, pool, "seed/settle_statement.sql", name)
		if err != nil {
			return err
		}
		_, err = pool.Exec(ctx, text)
		return err
	}); err != nil {
		return fmt.Errorf("seeding: refreshing statistics: %w", err)
	}
	after, err := countAll(ctx, pool, tables)
	if err != nil {
		return fmt.Errorf("seeding: %w", err)
	}
	var wrong []string
	for _, name := range tables {
		t, ok := w.Table(name)
		if !ok {
			return fmt.Errorf("seeding: the world has no table %s", name)
		}
		if have, want := after[name]-before[name], w.Total(t); have != want {
			wrong = append(wrong, fmt.Sprintf("%s has %d rows more than before, not the %d that were seeded", name, have, want))
		}
	}
	orphans, err := findOrphans(ctx, pool, tables)
	if err != nil {
		return fmt.Errorf("seeding: %w", err)
	}
	if wrong = append(wrong, orphans...); len(wrong) > 0 {
		return fmt.Errorf("what was seeded is not what is there; start from an empty database: %s", strings.Join(wrong, "; "))
	}
	return nil
}

// countAll counts the rows of tables.
func countAll(ctx context.Context, pool *pgxpool.Pool, tables []string) (map[string]int64, error) {
	counts := map[string]int64{}
	var guard sync.Mutex
	err := spread(ctx, tables, func(ctx context.Context, name string) error {
		text, err := made(ctx, pool, "seed/count_statement.sql", name)
		if err != nil {
			return err
		}
		var n int64
		if err := pool.QueryRow(ctx, text).Scan(&n); err != nil {
			return err
		}
		guard.Lock()
		defer guard.Unlock()
		counts[name] = n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("counting rows: %w", err)
	}
	return counts, nil
}

// findOrphans checks each foreign key of tables with one statement over all rows.
func findOrphans(ctx context.Context, pool *pgxpool.Pool, tables []string) ([]string, error) {
	text, err := statement("catalog/orphans_statements.sql")
	if err != nil {
		return nil, err
	}
	rows, err := pool.Query(ctx, text, tables)
	if err != nil {
		return nil, fmt.Errorf("listing foreign keys: %w", err)
	}
	defer rows.Close()
	statements := map[string]string{}
	var names []string
	for rows.Next() {
		var table, key, check string
		if err := rows.Scan(&table, &key, &check); err != nil {
			return nil, fmt.Errorf("listing foreign keys: %w", err)
		}
		name := "foreign key " + key + " of " + table
		statements[name], names = check, append(names, name)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("listing foreign keys: %w", err)
	}
	var wrong []string
	var guard sync.Mutex
	err = spread(ctx, names, func(ctx context.Context, name string) error {
		var orphans int64
		if err := pool.QueryRow(ctx, statements[name]).Scan(&orphans); err != nil {
			return err
		}
		if orphans > 0 {
			guard.Lock()
			defer guard.Unlock()
			wrong = append(wrong, fmt.Sprintf("%s: %d rows refer to nothing", name, orphans))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("checking foreign keys: %w", err)
	}
	slices.Sort(wrong)
	return wrong, nil
}

// spread does something for each of many names, as many at a time as there are streams.
func spread(ctx context.Context, names []string, do func(ctx context.Context, name string) error) error {
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(Streams)
	for _, name := range names {
		group.Go(func() error {
			if err := do(inner, name); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		})
	}
	return group.Wait()
}
