package probes

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
)

// policyMend writes the policy anew for a table whose policy lets others' rows through: its condition compared with the tenant alone. The name
// is that of the first permissive policy by which the role reads.
func (a *Attack) policyMend(ctx context.Context, r *catalog.Relation, role string) string {
	var name, condition string
	if err := a.boss.QueryRow(ctx, text("policies.sql"), pgx.QueryExecModeExec, r.OID, role).Scan(&name, &condition); err != nil {
		return "REVOKE ALL ON " + r.SQL() + " FROM " + identifier(role) + ";"
	}
	if r.Tenancy == nil || r.Tenancy.Column == "" {
		return "REVOKE ALL ON " + r.SQL() + " FROM " + identifier(role) + ";"
	}
	return "ALTER POLICY " + identifier(name) + " ON " + r.SQL() + " USING (" + a.condition(r) + ");"
}

// condition compares a table's tenant column with the tenant that is set: unset and empty match nothing.
func (a *Attack) condition(r *catalog.Relation) string {
	column := r.Column(r.Tenancy.Column)
	return identifier(column.Name) + " = NULLIF(current_setting(" + quote(a.Target.Tenancy.Setting) + ", true), '')::" + strings.TrimSpace(column.Type)
}
