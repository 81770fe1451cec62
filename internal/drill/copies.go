package drill

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/engardehq/bulkhead/sql"
)

// copyTries is how often a copy is tried while somebody connects to the original again and again.
const copyTries = 20

// desk is a connection of the administrator's to another database than those that are copied. It is safe for concurrent use.
type desk struct {
	mu   sync.Mutex
	conn *pgx.Conn
}

func openDesk(ctx context.Context, dsn string) (*desk, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("drill: %w", err)
	}
	return &desk{conn: conn}, nil
}

func (d *desk) close(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_ = d.conn.Close(ctx)
}

func (d *desk) exec(ctx context.Context, statement string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, err := d.conn.Exec(ctx, statement, pgx.QueryExecModeSimpleProtocol)
	return err
}

// each runs a statement of sql/ and calls f with the one text of each row; nil for no answer wanted.
func (d *desk) each(ctx context.Context, file string, f func(string), args ...any) error {
	text, err := sql.FS.ReadFile(file)
	if err != nil {
		return fmt.Errorf("a statement of bulkhead's own is missing: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if f == nil {
		_, err = d.conn.Exec(ctx, string(text), args...)
	} else {
		var rows pgx.Rows
		var one string
		if rows, err = d.conn.Query(ctx, string(text), args...); err == nil {
			_, err = pgx.ForEachRow(rows, []any{&one}, func() error { f(one); return nil })
		}
	}
	if err != nil {
		return fmt.Errorf("sql/%s: %w", file, err)
	}
	return nil
}

// hasty are settings for a server whose data is thrown away: nothing waits for the disk. Making and dropping a copy are checkpoints each.
var hasty = []string{"fsync", "full_page_writes", "synchronous_commit"}

func (d *desk) hasten(ctx context.Context) error {
	for _, name := range hasty {
		if err := d.exec(ctx, "ALTER SYSTEM SET "+name+" = off"); err != nil {
			return fmt.Errorf("drill: switching %s off: %w", name, err)
		}
	}
	if err := d.exec(ctx, "SELECT pg_catalog.pg_reload_conf()"); err != nil {
		return fmt.Errorf("drill: reloading the server's configuration: %w", err)
	}
	return nil
}

// copy makes a database from another one, with the rights and settings of base. Sessions that are still connected to that one are ended.
func (d *desk) copy(ctx context.Context, base, from, to string) error {
	// Copied as files: so small a database is written sooner than logged page by page.
	statement := "CREATE DATABASE " + pgx.Identifier{to}.Sanitize() + " TEMPLATE " + pgx.Identifier{from}.Sanitize() + " STRATEGY file_copy"
	for try := 1; ; try++ {
		err := d.exec(ctx, statement)
		var pg *pgconn.PgError
		if errors.As(err, &pg) && pg.Code == "55006" && try < copyTries { // object_in_use
			if err = d.each(ctx, "drill/leave.sql", nil, from); err == nil {
				continue
			}
		}
		if err != nil {
			return fmt.Errorf("drill: copying the database %s: %w", from, err)
		}
		break
	}
	var rights []string
	if err := d.each(ctx, "drill/rights.sql", func(s string) { rights = append(rights, s) }, base, to); err != nil {
		return err
	}
	for _, r := range rights {
		if err := d.exec(ctx, r); err != nil {
			return fmt.Errorf("drill: rights of the copy: %w", err)
		}
	}
	return nil
}

func (d *desk) drop(ctx context.Context, name string) error {
	if err := d.exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drill: dropping the copy %s: %w", name, err)
	}
	return nil
}

// copies makes copies ahead, so that a mutant has one when the one before it is done.
type copies struct {
	desk  *desk
	ready chan string
	stop  context.CancelFunc
	ended chan struct{}
	err   error // why there are no more, once ended is closed
}

// openCopies begins to make copies of the template.
func openCopies(ctx context.Context, dsn, base string) (*copies, error) {
	d, err := openDesk(ctx, dsn)
	if err != nil {
		return nil, err
	}
	c := &copies{desk: d, ready: make(chan string), ended: make(chan struct{})}
	ctx, c.stop = context.WithCancel(ctx)
	go func() {
		defer close(c.ended)
		for n := 1; ; n++ {
			name := fmt.Sprintf("%s%d", copyPrefix, n)
			if c.err = d.copy(ctx, base, template, name); c.err != nil {
				return
			}
			select {
			case c.ready <- name:
			case <-ctx.Done():
				c.err = ctx.Err()
				return
			}
		}
	}()
	return c, nil
}

// take gives the next copy.
func (c *copies) take(ctx context.Context) (string, error) {
	select {
	case name := <-c.ready:
		return name, nil
	case <-c.ended:
		return "", c.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// close ends the making. Copies that nobody took are left to be dropped.
func (c *copies) close(ctx context.Context) {
	c.stop()
	<-c.ended
	c.desk.close(ctx)
}

// dropLeft drops all that a drill has made and not dropped.
func (d *desk) dropLeft(ctx context.Context) error {
	var left []string
	if err := d.each(ctx, "drill/left.sql", func(name string) { left = append(left, name) }, copyPrefix); err != nil {
		return err
	}
	for _, name := range left {
		if err := d.drop(ctx, name); err != nil {
			return err
		}
	}
	return nil
}
