package checks

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/engardehq/bulkhead/sql"
)

const tenantsTried = 3 // and the last one besides

// tenants are some of those that the database has. Trials need two at least.
func (a *audit) tenants(ctx context.Context) ([]string, error) {
	if a.facts.tenants != nil {
		return a.facts.tenants, nil
	}
	parts := strings.Split(a.target.Tenancy.Tenants, ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("tenancy.tenants of the target is %q; want schema.table.column, or nobody knows which tenants there are", a.target.Tenancy.Tenants)
	}
	build, err := sql.FS.ReadFile("checks/tenants.sql")
	if err != nil {
		return nil, err
	}
	var statement string
	if err := a.conn.QueryRow(ctx, string(build), parts[0], parts[1], parts[2], tenantsTried).Scan(&statement); err != nil {
		return nil, fmt.Errorf("listing tenants: %w", err)
	}
	rows, err := a.conn.Query(ctx, statement)
	if err != nil {
		return nil, fmt.Errorf("listing tenants: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("listing tenants: %w", err)
	}
	if len(found) < 2 {
		return nil, fmt.Errorf("%s has %d tenants; want two at least, one to look and one to be looked at", a.target.Tenancy.Tenants, len(found))
	}
	a.facts.tenants = found
	return found, nil
}

// as runs something as a role, with its search path and a tenant set, and takes all of it back.
func (a *audit) as(ctx context.Context, role, tenant string, run func() error) error {
	return a.inSavepoint(ctx, "role", func() error {
		if err := a.become(ctx, role); err != nil {
			return err
		}
		if _, err := a.conn.Exec(ctx, "SELECT pg_catalog.set_config($1, $2, true)", a.target.Tenancy.Setting, tenant); err != nil {
			return fmt.Errorf("setting the tenant: %w", err)
		}
		return run()
	})
}

// become changes the session's user, or the role alone where the caller is no superuser, until the savepoint is rolled back to.
func (a *audit) become(ctx context.Context, role string) error {
	path, err := a.searchPath(ctx, role)
	if err != nil {
		return err
	}
	_, err = a.conn.Exec(ctx, "SELECT pg_catalog.set_config('search_path', $1, true)", path)
	if err != nil {
		return fmt.Errorf("taking the search path of %s: %w", role, err)
	}
	err = a.inSavepoint(ctx, "session_user_tried", func() error {
		_, err := a.conn.Exec(ctx, "SET LOCAL SESSION AUTHORIZATION "+quote(role))
		return err
	})
	statement := "SET LOCAL SESSION AUTHORIZATION " + quote(role)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42501" {
		statement = "SET LOCAL ROLE " + quote(role)
	}
	if _, err := a.conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("becoming %s: %w", role, err)
	}
	return nil
}

// searchPath is the one that a session of the role begins with.
func (a *audit) searchPath(ctx context.Context, role string) (path string, err error) {
	if path, known := a.facts.paths[role]; known {
		return path, nil
	}
	err = query(ctx, a.conn, "search_path.sql", func(rows pgx.Rows) error { return rows.Scan(&path) }, role)
	a.facts.paths[role] = path
	return path, err
}

// inSavepoint runs something and rolls back to before it, whatever came of it.
func (a *audit) inSavepoint(ctx context.Context, name string, run func() error) error {
	if _, err := a.conn.Exec(ctx, "SAVEPOINT "+quote(name)); err != nil {
		return err
	}
	err := run()
	if _, rerr := a.conn.Exec(ctx, "ROLLBACK TO SAVEPOINT "+quote(name)+"; RELEASE SAVEPOINT "+quote(name)); rerr != nil {
		return errors.Join(err, rerr)
	}
	return err
}
