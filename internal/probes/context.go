package probes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/sql"
)

const (
	statementLimit  = 10 * time.Second
	connectionLimit = 10 * time.Second
)

// door is a way to the server as one confined role.
type door struct {
	role   string
	name   string // direct or pooled
	dsn    string
	pooled bool
}

func (d door) String() string { return d.role + ", " + d.name }

// doors are the ways that the confined roles have, by role.
func doors(c *Config) (all []door) {
	for _, role := range c.Target.Confined() {
		if dsn := c.Direct[role]; dsn != "" {
			all = append(all, door{role, "direct", dsn, false})
		}
		if dsn := c.Pooled[role]; dsn != "" {
			all = append(all, door{role, "pooled", dsn, true})
		}
	}
	return all
}

// session is a connection of a probe's own.
type session struct {
	*pgx.Conn
	door door
	c    *Config
}

// enter connects. Through a pooler nothing is prepared: the next statement may meet another server connection.
func (d door) enter(ctx context.Context, c *Config, change ...func(*pgx.ConnConfig)) (*session, error) {
	config, err := pgx.ParseConfig(d.dsn)
	if err != nil {
		return nil, errors.New("a connection string that can't be read") // its text has the password
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.ConnectTimeout = connectionLimit
	for _, f := range change {
		f(config)
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connecting as %s: %w", d, err)
	}
	return &session{conn, d, c}, nil
}

// admin connects as the superuser.
func admin(ctx context.Context, c *Config) (*session, error) {
	return door{role: "superuser", name: "direct", dsn: c.Admin}.enter(ctx, c)
}

// leave ends the connection, whatever became of the context.
func (s *session) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), connectionLimit)
	defer cancel()
	_ = s.Close(ctx)
}

// run executes statements in one round trip and stops at the first error. Outside of a transaction they are one.
func (s *session) run(ctx context.Context, statements ...string) error {
	ctx, cancel := context.WithTimeout(ctx, statementLimit)
	defer cancel()
	_, err := s.Exec(ctx, strings.Join(statements, "; "), pgx.QueryExecModeSimpleProtocol)
	return err
}

// become sets the tenant as the application does.
func (s *session) become(ctx context.Context, tenant string) error {
	_, err := s.Exec(ctx, s.c.Target.Tenancy.Set, tenant)
	return err
}

// put gives the parameter a value that need be no tenant: for the transaction, or for the session.
func (s *session) put(ctx context.Context, value string, local bool) error {
	_, err := s.Exec(ctx, "SELECT pg_catalog.set_config($1, $2, $3)", s.c.Target.Tenancy.Setting, value, local)
	return err
}

// who gives the server process and the tenant that is set.
func (s *session) who(ctx context.Context) (pid uint32, tenant string, err error) {
	err = s.QueryRow(ctx, text("session.sql"), s.c.Target.Tenancy.Setting).Scan(&pid, &tenant)
	return pid, tenant, err
}

// text is a statement of sql/probes. One that is missing is a mistake of the build.
func text(file string) string {
	data, err := sql.FS.ReadFile("probes/" + file)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// witness is a table by which a session shows whose rows it sees: both tenants have rows in it and the role may read them.
type witness struct {
	relation *catalog.Relation
	read     string // gives the tenants of the rows that the session sees, sorted
}

// sees reads the witness in the session's present state.
func (s *session) sees(ctx context.Context, w *witness, args ...any) ([]string, error) {
	rows, err := s.Query(ctx, w.read, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// findWitness looks for the smallest table that serves these tenants as a witness for a role.
func findWitness(ctx context.Context, c *Config, boss *session, role string, tenants []string) (*witness, error) {
	readable, err := c.Catalog.Readable(ctx, boss.Conn, role)
	if err != nil {
		return nil, err
	}
	var fit []*catalog.Relation
	for r, columns := range readable {
		if r.IsTable() && !r.IsPartition && r.Tenancy != nil && r.Tenancy.Column != "" && r.RowSecurity && catalog.Accepted(c.Target, role, r) == nil && slices.Contains(columns, r.Tenancy.Column) {
			fit = append(fit, r)
		}
	}
	slices.SortFunc(fit, func(a, b *catalog.Relation) int {
		if a.Rows != b.Rows {
			return int(min(max(a.Rows-b.Rows, -1), 1))
		}
		return strings.Compare(a.FullName(), b.FullName())
	})
	for _, r := range fit {
		served := true
		for _, tenant := range tenants {
			var has bool
			if err := boss.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+r.SQL()+" AS t WHERE "+r.Tenancy.Mine+")", tenant).Scan(&has); err != nil {
				return nil, err
			}
			served = served && has
		}
		if served {
			return &witness{r, "SELECT DISTINCT coalesce(" + r.Tenancy.Of + ", '') FROM " + r.SQL() + " AS t ORDER BY 1"}, nil
		}
	}
	return nil, fmt.Errorf("role %s reads no table with row security in which the tenants have rows: nothing could show a leak", role)
}

// only tells whether an answer holds one tenant's rows and no other's.
func only(seen []string, tenant string) bool { return len(seen) == 1 && seen[0] == tenant }

// refused tells an error of the server's from one of the connection's.
func refused(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg)
}

// inTransaction runs f between BEGIN and ROLLBACK or COMMIT. A rollback that fails closes the connection, so nothing is taken along.
func (s *session) inTransaction(ctx context.Context, end string, f func() error) error {
	if err := s.run(ctx, "BEGIN"); err != nil {
		return err
	}
	err := f()
	if err != nil {
		end = "ROLLBACK"
	}
	return errors.Join(err, s.run(context.WithoutCancel(ctx), end))
}

// as reads the witness as a tenant, in a transaction of its own, the way the application does.
func (s *session) as(ctx context.Context, w *witness, tenant string) (seen []string, err error) {
	err = s.inTransaction(ctx, "COMMIT", func() error {
		if err := s.become(ctx, tenant); err != nil {
			return err
		}
		seen, err = s.sees(ctx, w)
		return err
	})
	return seen, err
}

// pair are the two tenants whom these probes play: the first is attacked by the second.
func pair(c *Config) (victim, attacker string) { return c.Tenants[0], c.Tenants[1] }

// quote makes a literal of a value that stands where no parameter may.
func quote(value string) string { return "'" + strings.ReplaceAll(value, "'", "''") + "'" }

func identifier(name string) string { return pgx.Identifier{name}.Sanitize() }

// pgxName is a relation's bare name, quoted, as its own policies say it.
func pgxName(r *catalog.Relation) string { return identifier(r.Name) }
