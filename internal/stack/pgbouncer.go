package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"text/template"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/engardehq/bulkhead/compose"
)

const (
	poolerAdmin      = "pooler_admin"
	poolerStartLimit = 20 * time.Second
)

var poolerTemplate = template.Must(template.New("pgbouncer.ini").Parse(compose.PgBouncer))

// plainName is what may stand in pgbouncer.ini without quoting.
var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// StartPgBouncer starts the pooler before a database, for these roles; PostgreSQL must be up.
func (n *Native) StartPgBouncer(ctx context.Context, database string, roles []string) error {
	pg := n.get(Postgres)
	if pg == nil {
		return errors.New("start pgbouncer: postgres isn't up")
	}
	dir, err := n.folder(PgBouncer, 0o700, true)
	if err != nil {
		return err
	}
	n.mu.Lock()
	n.dbs, n.poolers = []string{database}, slices.Clone(roles)
	n.mu.Unlock()
	return n.startOnPort(PgBouncer, func(port int) error {
		if err := n.writePoolerConf(dir, nativePooler(pg.port, port)); err != nil {
			return err
		}
		spec := n.spec(PgBouncer, []string{n.tools.pgbouncer, filepath.Join(dir, "pgbouncer.ini")}, nil, dir, true)
		spec.StopSignal = int(syscall.SIGTERM) // 1.18: at once; waiting for clients is SIGINT
		p, err := n.launch(ctx, spec, poolerStartLimit, func(ctx context.Context) error { return n.readPooler(ctx, port) })
		if err != nil {
			return err
		}
		n.keepPort(PgBouncer, port)
		n.set(PgBouncer, &up{proc: p, version: n.tools.poolerVersion, port: port})
		return nil
	})
}

// StopPgBouncer ends the pooler; clients lose their connections.
func (n *Native) StopPgBouncer(ctx context.Context) error {
	return n.stopService(ctx, PgBouncer, syscall.SIGTERM, 5*time.Second)
}

// PoolDatabases sets the databases that the pooler serves, without a restart: one
// that is taken away (before it is dropped) loses its server connections first.
func (n *Native) PoolDatabases(ctx context.Context, databases ...string) error {
	pg, pooler := n.get(Postgres), n.get(PgBouncer)
	if pg == nil || pooler == nil {
		return errors.New("change pooled databases: pgbouncer isn't up")
	}
	n.mu.Lock()
	before := n.dbs
	n.dbs = slices.Clone(databases)
	n.mu.Unlock()
	if err := n.writePoolerConf(filepath.Join(n.scratch, PgBouncer), nativePooler(pg.port, pooler.port)); err != nil {
		return err
	}
	for _, db := range before {
		if !slices.Contains(databases, db) {
			// A database without a pool yet can't be killed, which is as good.
			_, _ = n.poolerShow(ctx, pooler.port, "KILL "+db)
		}
	}
	if _, err := n.poolerShow(ctx, pooler.port, "RELOAD"); err != nil {
		return fmt.Errorf("reload pgbouncer: %w", err)
	}
	return nil
}

// PoolerShow runs a command of the pooler's admin console, such as "SHOW POOLS",
// and gives its rows by column name.
func (n *Native) PoolerShow(ctx context.Context, command string) ([]map[string]string, error) {
	u := n.get(PgBouncer)
	if u == nil {
		return nil, errors.New("ask pgbouncer: it isn't up")
	}
	return n.poolerShow(ctx, u.port, command)
}

func (n *Native) poolerShow(ctx context.Context, port int, command string) ([]map[string]string, error) {
	// The console knows the simple protocol only, which pgconn speaks.
	conn, err := pgconn.Connect(ctx, postgresURL(poolerAdmin, n.Secrets.PoolerAdmin, loopback, port, "pgbouncer").Reveal())
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	results, err := conn.Exec(ctx, command).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", command, err)
	}
	var rows []map[string]string
	for _, r := range results {
		for _, values := range r.Rows {
			row := map[string]string{}
			for i, field := range r.FieldDescriptions {
				row[field.Name] = string(values[i])
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// readPooler is the health check too.
func (n *Native) readPooler(ctx context.Context, port int) error {
	rows, err := n.poolerShow(ctx, port, "SHOW CONFIG")
	if err != nil {
		return err
	}
	reported := []string{"pool_mode", "max_client_conn", "default_pool_size", "reserve_pool_size", "reserve_pool_timeout", "ignore_startup_parameters"}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, row := range rows {
		if slices.Contains(reported, row["key"]) {
			n.settings["pgbouncer."+row["key"]] = row["value"]
		}
	}
	return nil
}

// poolerPlace is where a pooler listens, and where it finds PostgreSQL.
type poolerPlace struct {
	listen       string
	port         int
	postgres     string
	postgresPort int
}

func nativePooler(postgresPort, port int) poolerPlace {
	return poolerPlace{listen: loopback, port: port, postgres: loopback, postgresPort: postgresPort}
}

func (n *Native) writePoolerConf(dir string, at poolerPlace) error {
	n.mu.Lock()
	dbs, roles := n.dbs, n.poolers
	n.mu.Unlock()
	for _, name := range slices.Concat(dbs, roles) {
		if !plainName.MatchString(name) {
			return fmt.Errorf("pgbouncer: %q isn't a plain name of letters, digits and _", name)
		}
	}
	authFile := filepath.Join(dir, "users.txt")
	var ini bytes.Buffer
	err := poolerTemplate.Execute(&ini, map[string]any{
		"Databases": dbs, "Host": at.postgres, "PostgresPort": at.postgresPort, "Listen": at.listen, "Port": at.port, "AuthFile": authFile, "Admin": poolerAdmin,
	})
	if err != nil {
		return fmt.Errorf("fill in pgbouncer.ini: %w", err)
	}
	// Plain passwords: the pooler needs them to log in to the server in its turn.
	var users strings.Builder
	for _, role := range roles {
		fmt.Fprintf(&users, "%q %q\n", role, n.Secrets.Role(role).Reveal())
	}
	fmt.Fprintf(&users, "%q %q\n", poolerAdmin, n.Secrets.PoolerAdmin.Reveal())
	return errors.Join(n.writeFor(authFile, users.String()), n.writeFor(filepath.Join(dir, "pgbouncer.ini"), ini.String()))
}
