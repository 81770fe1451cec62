package checks

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/target"
)

// Effective tells what each role of the target may do with each relation, whatever the way by which it may.
func Effective(ctx context.Context, conn *pgx.Conn, t target.Target, c *catalog.Catalog) (all []result.RoleRights, err error) {
	var roles []string
	for _, r := range t.Roles {
		roles = append(roles, r.Name)
	}
	err = query(ctx, conn, "effective.sql", func(rows pgx.Rows) error {
		var r result.RoleRights
		var oid uint32
		err := rows.Scan(&r.Role, &oid, &r.Object, &r.Rights)
		rel := c.ByOID(oid)
		r.Rows = "of nobody"
		switch {
		case rel == nil:
		case rel.Tenancy != nil && rel.IsTable() && !rel.RowSecurity:
			r.Rows = "of tenants, no row security"
		case rel.Tenancy != nil && rel.IsTable():
			r.Rows = "of tenants, policies"
		case rel.Tenancy != nil:
			r.Rows = "of tenants"
		case rel.Shared != "":
			r.Rows = "shared"
		}
		all = append(all, r)
		return err
	}, roles)
	if err != nil {
		return nil, fmt.Errorf("reading what roles may do: %w", err)
	}
	return all, nil
}
