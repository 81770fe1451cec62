// Package checks reads the catalog of a database and tells which doors stand open. So far it explains leaks that the load has seen:
// which of the known channels let a role read other tenants' rows of a table. It only reads; package run calls it.
package checks

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/sql"
)

// Cause is a door found open, in words for a report.
type Cause struct {
	Channel string // as in ARCHITECTURE.md's list of channels
	What    string
	Fix     string // SQL that mends it
}

// Door says what to look at: a role that could read foreign rows of a table.
type Door struct {
	Table   string // schema.table
	Role    string
	Setting string   // the configuration parameter that holds the tenant
	Meant   []string // policies that show the role all tenants' rows by design
}

// Causes are the doors open for this role and table, none where the catalog shows none. conn must be a superuser's.
func Causes(ctx context.Context, conn *pgx.Conn, d Door) ([]Cause, error) {
	var all []Cause
	for _, look := range []func(context.Context, *pgx.Conn, Door) ([]Cause, error){roleBypass, rowSecurity, policies, definerViews} {
		found, err := look(ctx, conn, d)
		if err != nil {
			return nil, fmt.Errorf("looking for the cause of a leak from %s: %w", d.Table, err)
		}
		all = append(all, found...)
	}
	return all, nil
}

// query runs one statement of sql/checks and hands each row to scan.
func query(ctx context.Context, conn *pgx.Conn, file string, row func(pgx.Rows) error, args ...any) error {
	text, err := sql.FS.ReadFile("checks/" + file)
	if err != nil {
		return err
	}
	rows, err := conn.Query(ctx, string(text), args...)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

func quoteTable(name string) string { return pgx.Identifier(strings.SplitN(name, ".", 2)).Sanitize() }

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

func roleBypass(ctx context.Context, conn *pgx.Conn, d Door) (found []Cause, err error) {
	err = query(ctx, conn, "role_bypass.sql", func(rows pgx.Rows) error {
		var super, bypass bool
		err := rows.Scan(&super, &bypass)
		if super || bypass {
			found = append(found, Cause{"S02", d.Role + " passes by every policy (SUPERUSER or BYPASSRLS)",
				"ALTER ROLE " + quote(d.Role) + " NOSUPERUSER NOBYPASSRLS;"})
		}
		return err
	}, d.Role)
	return found, err
}

func rowSecurity(ctx context.Context, conn *pgx.Conn, d Door) (found []Cause, err error) {
	err = query(ctx, conn, "row_security.sql", func(rows pgx.Rows) error {
		var enabled, forced bool
		err := rows.Scan(&enabled, &forced)
		switch alter := "ALTER TABLE " + quoteTable(d.Table); {
		case !enabled:
			found = append(found, Cause{"S04", "row-level security is off on " + d.Table,
				alter + " ENABLE ROW LEVEL SECURITY; " + alter + " FORCE ROW LEVEL SECURITY;"})
		case !forced:
			found = append(found, Cause{"S01", "the owner of " + d.Table + " passes by its policies (no FORCE)",
				alter + " FORCE ROW LEVEL SECURITY;"})
		}
		return err
	}, d.Table)
	return found, err
}

func policies(ctx context.Context, conn *pgx.Conn, d Door) (found []Cause, err error) {
	// A policy may well call the setting by way of a function; so one that doesn't name it is suspect only beside a leak.
	err = query(ctx, conn, "permissive_policies.sql", func(rows pgx.Rows) error {
		var name, condition string
		err := rows.Scan(&name, &condition)
		switch {
		case slices.Contains(d.Meant, name):
			found = append(found, Cause{"load", fmt.Sprintf("policy %s shows %s the rows of all tenants by design, so the service has to tell them apart, and didn't", name, d.Role),
				"-- look objects up by id and by the caller's tenant"})
		case !strings.Contains(condition, d.Setting):
			found = append(found, Cause{"S05", fmt.Sprintf("policy %s on %s lets %s read rows whatever the tenant: USING (%s)", name, d.Table, d.Role, condition),
				"DROP POLICY " + quote(name) + " ON " + quoteTable(d.Table) + ";"})
		}
		return err
	}, d.Table, d.Role)
	return found, err
}

func definerViews(ctx context.Context, conn *pgx.Conn, d Door) (found []Cause, err error) {
	err = query(ctx, conn, "definer_views.sql", func(rows pgx.Rows) error {
		var view, kind, owner string
		err := rows.Scan(&view, &kind, &owner)
		c := Cause{"S07", fmt.Sprintf("view %s reads %s with the rights of its owner %s, past the reader's policies", view, d.Table, owner),
			"ALTER VIEW " + quoteTable(view) + " SET (security_invoker = true);"}
		if kind == "m" {
			c.What = fmt.Sprintf("materialized view %s holds rows of %s, and has no policies of its own", view, d.Table)
			c.Fix = "REVOKE SELECT ON " + quoteTable(view) + " FROM " + quote(d.Role) + ";"
		}
		found = append(found, c)
		return err
	}, d.Table, d.Role)
	return found, err
}
