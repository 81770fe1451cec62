package probes

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/checks"
	"github.com/engardehq/bulkhead/internal/result"
)

// blameWrite makes the finding of an attempt that got through.
func (a *Attack) blameWrite(ctx context.Context, w writable, t attempt, attacker, victim string, tag pgconn.CommandTag, refusal error) error {
	r := w.relation
	detail := fmt.Sprintf("as %s, %s: %d rows", w.role, t.form, tag.RowsAffected())
	if refusal != nil {
		detail = fmt.Sprintf("as %s, %s: the policies let it by, it failed on %v", w.role, t.form, refusal)
	}
	f := result.Finding{Channel: t.channel, Severity: result.Leak, Where: r.FullName() + ", role " + w.role, Count: 1,
		What:     w.role + " " + t.what + " " + r.FullName(),
		Evidence: []result.Evidence{{Tenant: attacker, Owner: victim, Table: r.FullName(), Detail: detail}}}
	var enabled bool
	if err := a.boss.QueryRow(ctx, "SELECT relrowsecurity FROM pg_catalog.pg_class WHERE oid = $1", r.OID).Scan(&enabled); err != nil {
		return err
	}
	causes, err := checks.Causes(ctx, a.boss.Conn, checks.Door{Table: r.FullName(), Role: w.role, Setting: a.Target.Tenancy.Setting})
	if err != nil {
		return err
	}
	switch {
	case strings.HasPrefix(t.sql, "TRUNCATE"):
		f.Fix = "REVOKE TRUNCATE ON " + r.SQL() + " FROM " + identifier(w.role) + ", PUBLIC;"
	case r.Kind == catalog.View:
		f.Fix = "ALTER VIEW " + r.SQL() + " SET (security_invoker = true);"
	case len(causes) > 0 && causes[0].Channel != "S05" && causes[0].Channel != "S07":
		f.What += "; " + causes[0].What
		f.Channel, f.Fix = causes[0].Channel, causes[0].Fix
		if f.Channel == "S02" {
			f.What, f.Where = causes[0].What, "role "+w.role
		}
	default:
		f.Fix, err = a.writeMend(ctx, w, t)
	}
	a.at(f.Channel).Add(f)
	return err
}
