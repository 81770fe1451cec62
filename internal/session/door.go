// Package session is the only door through which operations reach PostgreSQL, the cache and services over HTTP. It sets the tenant for
// each transaction or sends a user's credentials, and feeds every row and body that comes back to the oracle. Package ops calls it; probes never do, they go as an attacker would.
package session

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"

	"github.com/engardehq/bulkhead/internal/oracle"
)

// Config says where and how a Door leads.
type Config struct {
	DSN         map[string]string // by role
	Connections int               // for each role
	SetTenant   string            // statement with $1, the tenant's uuid
	Pipelined   bool              // a transaction goes in one round trip rather than one a statement
	Prepared    bool              // statements are prepared once a connection; not through a transaction pooler
	Timeout     time.Duration     // of one transaction, waiting for a connection included
	Cache       *redis.Options    // nil where no operation is cached
}

// Door holds a pool of connections for each role. It is safe for concurrent use.
type Door struct {
	cfg     Config
	oracle  *oracle.Oracle
	pools   map[string]*pgxpool.Pool
	layouts sync.Map // SQL text -> *oracle.Layout
	cache   *redis.Client
}

// Open connects once as each role, so that a wrong DSN shows before the load. Close the Door when done.
func Open(ctx context.Context, cfg Config, o *oracle.Oracle) (*Door, error) {
	d := &Door{cfg: cfg, oracle: o, pools: map[string]*pgxpool.Pool{}}
	if cfg.Cache != nil {
		d.cache = redis.NewClient(cfg.Cache)
		if err := d.cache.Ping(ctx).Err(); err != nil {
			d.Close()
			return nil, fmt.Errorf("connecting to the cache: %w", err)
		}
	}
	for role, dsn := range cfg.DSN {
		pc, err := pgxpool.ParseConfig(dsn)
		if err != nil {
			d.Close()
			return nil, fmt.Errorf("connection string of %s: %w", role, err)
		}
		pc.ConnConfig.DialFunc = lean(pc.ConnConfig.DialFunc)
		pc.MaxConns = int32(cfg.Connections)
		// Prepared statements of one client are unknown to the server connection that a transaction pooler gives it next.
		pc.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
		pc.ConnConfig.StatementCacheCapacity = 0
		pc.ConnConfig.DescriptionCacheCapacity = 0
		pool, err := pgxpool.NewWithConfig(ctx, pc)
		if err != nil {
			d.Close()
			return nil, fmt.Errorf("connecting as %s: %w", role, err)
		}
		d.pools[role] = pool
		if err := pool.Ping(ctx); err != nil {
			d.Close()
			return nil, fmt.Errorf("connecting as %s: %w", role, err)
		}
	}
	return d, nil
}

// Close closes all connections.
func (d *Door) Close() {
	for _, p := range d.pools {
		p.Close()
	}
	if d.cache != nil {
		_ = d.cache.Close()
	}
}

// layout is worked out at the first result of a statement and kept: the columns of a statement don't change while it runs.
func (d *Door) layout(s *Statement, fields []pgconn.FieldDescription) *oracle.Layout {
	if l, ok := d.layouts.Load(s.SQL); ok {
		return l.(*oracle.Layout)
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	l := d.oracle.Layout(s.Want.Table, names)
	d.layouts.Store(s.SQL, l)
	return l
}

// ErrorClass names the kind of an error in few words: reports count errors by it.
func ErrorClass(err error) string {
	var pg *pgconn.PgError
	var netErr net.Error
	var status *StatusError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &pg):
		return "SQLSTATE " + pg.Code
	case errors.As(err, &status):
		return fmt.Sprintf("HTTP %d", status.Got)
	case errors.Is(err, errPool):
		return "no connection from the pool"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "canceled"
	default:
		return "connection lost"
	}
}

var errPool = errors.New("waiting for a connection")
