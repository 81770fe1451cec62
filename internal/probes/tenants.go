package probes

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/tenant"
)

// tenantsMax is how many tenants attack and are attacked.
const tenantsMax = 20

// ChooseTenants names those who attack and are attacked: of a seeded world the first, which have rows everywhere, otherwise those with the most
// rows by the tables that have a tenant column.
func ChooseTenants(ctx context.Context, conn *pgx.Conn, c Config) (ids []string, err error) {
	if c.World != nil {
		for n := range min(max(c.World.Probed, 2), c.World.Tenants, tenantsMax) {
			ids = append(ids, c.World.Codec.ID(tenant.Ref{Tenant: n, Table: tenant.TenantTable}).String())
		}
		return ids, nil
	}
	at := strings.LastIndexByte(c.Target.Tenancy.Tenants, '.')
	if at < 0 || c.Catalog.Named(c.Target.Tenancy.Tenants[:at]) == nil {
		return nil, fmt.Errorf("target %s: tenancy.tenants names no column schema.table.column in which the tenants stand", c.Target.Name)
	}
	list, column := c.Catalog.Named(c.Target.Tenancy.Tenants[:at]), identifier(c.Target.Tenancy.Tenants[at+1:])
	var counts []string
	for _, r := range c.Catalog.TenantTables() {
		if r.Tenancy.Column != "" && r != list && !r.IsPartition && len(counts) < 20 {
			counts = append(counts, "(SELECT count(*) FROM "+r.SQL()+" AS t WHERE "+r.Tenancy.Of+" = tenant."+column+"::text)")
		}
	}
	counts = append(counts, "0")
	rows, err := conn.Query(ctx, "SELECT tenant."+column+"::text FROM "+list.SQL()+" AS tenant ORDER BY "+strings.Join(counts, " + ")+" DESC, 1 LIMIT $1",
		pgx.QueryExecModeExec, tenantsMax)
	if err == nil {
		ids, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if err != nil {
		return nil, fmt.Errorf("looking for the tenants: %w", err)
	}
	return ids, nil
}

// Without are the services that this attack has to do without; what needs them is not checked, and that is no fault of the deployment's. Leave to
// write is no service: without it the attack can't tell.
func (c Config) Without() (names []string) {
	if len(c.Pooled) == 0 {
		names = append(names, "pooler")
	}
	if c.Redis == nil {
		names = append(names, "redis")
	}
	if c.World == nil {
		names = append(names, "world")
	}
	return names
}
