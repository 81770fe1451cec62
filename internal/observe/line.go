package observe

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/sql"
)

// line is a connection that is opened again after it broke: faults take servers away while they are watched.
type line struct {
	dsn     string
	console bool // PgBouncer's console speaks the simple protocol alone
	conn    *pgx.Conn
	plain   *pgconn.PgConn
}

func (l *line) open(ctx context.Context) (err error) {
	switch {
	case l.console && l.plain == nil:
		l.plain, err = pgconn.Connect(ctx, l.dsn)
	case !l.console && l.conn == nil:
		l.conn, err = pgx.Connect(ctx, l.dsn)
	}
	return err
}

func (l *line) close(ctx context.Context) {
	if l.conn != nil {
		_ = l.conn.Close(ctx)
	}
	if l.plain != nil {
		_ = l.plain.Close(ctx)
	}
	l.conn, l.plain = nil, nil
}

// show runs a command of the console and gives its rows by column name.
func (l *line) show(ctx context.Context, command string) ([]row, error) {
	if err := l.open(ctx); err != nil {
		return nil, err
	}
	results, err := l.plain.Exec(ctx, command).ReadAll()
	if err != nil {
		l.close(ctx)
		return nil, fmt.Errorf("%s: %w", command, err)
	}
	var rows []row
	for _, r := range results {
		for _, values := range r.Rows {
			named := row{}
			for i, f := range r.FieldDescriptions {
				named[f.Name] = string(values[i])
			}
			rows = append(rows, named)
		}
	}
	return rows, nil
}

// row is one line of the console's answer.
type row map[string]string

// number reads a column; a column that this PgBouncer doesn't have is an error, not a zero.
func (r row) number(column string) (int64, error) {
	text, ok := r[column]
	if !ok {
		return 0, fmt.Errorf("the pooler's console has no column %s", column)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("column %s of the pooler's console: %q is no number", column, text)
	}
	return n, nil
}

// numbers reads several columns.
func (r row) numbers(columns ...string) ([]int64, error) {
	out := make([]int64, len(columns))
	var err error
	for i, c := range columns {
		if out[i], err = r.number(c); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// query runs a file of sql/observe.
func (l *line) query(ctx context.Context, file string, each func(pgx.Rows) error) error {
	text, err := sql.FS.ReadFile("observe/" + file)
	if err != nil {
		return err
	}
	if err := l.open(ctx); err != nil {
		return err
	}
	rows, err := l.conn.Query(ctx, string(text))
	if err == nil {
		for rows.Next() {
			if err = each(rows); err != nil {
				rows.Close()
				break
			}
		}
		if err == nil {
			err = rows.Err()
		}
	}
	if err != nil {
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Severity == "FATAL" {
			l.close(ctx)
		}
		return fmt.Errorf("sql/observe/%s: %w", file, err)
	}
	return nil
}

// plain is an error in one line, without secrets.
func plain(err error) string {
	return strings.Join(strings.Fields(stack.Redact(err.Error())), " ")
}
