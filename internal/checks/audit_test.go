package checks

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack/stacktest"
	"github.com/engardehq/bulkhead/internal/target"
)

// TestAudit audits a healthy database, with a check of a team's own, as a role that sees too little, and where there is nothing to look at.
func TestAudit(t *testing.T) {
	n := stacktest.Postgres(t)
	clinic := stacktest.Clinic(t, n)
	audited := func(t *testing.T, role string, tg target.Target, extra ...Spec) *Report {
		ctx := t.Context()
		conn, err := pgx.Connect(ctx, n.DirectDSN(role, "clinic").Reveal())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.WithoutCancel(ctx))
		c, err := catalog.Read(ctx, conn, tg)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Audit(ctx, conn, tg, c, extra...)
		if err != nil {
			t.Fatal(err)
		}
		var role2, setting string
		if err := conn.QueryRow(ctx, "SELECT current_user, coalesce(current_setting('clinic.practice', true), '')").Scan(&role2, &setting); err != nil || role2 != role || setting != "" {
			t.Errorf("the audit leaves %q, %q, %v behind", role2, setting, err)
		}
		return r
	}
	t.Run("healthy", func(t *testing.T) {
		r := audited(t, "postgres", clinic)
		if alarms(r) || len(r.Checks) < 30 || slices.ContainsFunc(r.Checks, func(c result.Check) bool { return c.Units == 0 || c.How != result.ByCatalog }) {
			t.Errorf("%d checks: %s", len(r.Checks), said(r))
		}
	})
	t.Run("own check", func(t *testing.T) {
		own, _, problems := parse("own", "-- channel: X01\n-- doc: no table is named patients\nSELECT 'care.patients', '', 'is there', 'why', 'DROP TABLE care.patients;' WHERE CAST(:tables AS oid[]) <> '{}'")
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		r := audited(t, "postgres", clinic, own)
		if len(r.Findings) != 1 || r.Findings[0].Channel != "X01" || r.Findings[0].What != "care.patients: is there; why" {
			t.Errorf("%s", said(r))
		}
	})
	t.Run("wrong check", func(t *testing.T) {
		wrong, _, _ := parse("wrong", "-- channel: X01\n-- doc: asks for what isn't there\nSELECT nothing FROM nowhere")
		r := audited(t, "postgres", clinic, wrong)
		i := slices.IndexFunc(r.Checks, func(c result.Check) bool { return c.Name == "wrong" })
		if r.Checks[i].Status != result.Unknown || r.Checks[len(r.Checks)-1].Status != result.Pass {
			t.Errorf("%s", said(r))
		}
	})
	t.Run("as the application", func(t *testing.T) {
		r := audited(t, "clinic_app", clinic)
		if !slices.ContainsFunc(r.Checks, func(c result.Check) bool {
			return c.Status == result.Unknown && strings.Contains(c.Why, "audit as a superuser")
		}) {
			t.Errorf("one who sees little finds all well: %s", said(r))
		}
	})
	for name, spoil := range map[string]func(*target.Target){
		"no such column": func(t *target.Target) { t.Tenancy.Column = "customer" },
		"no such role":   func(t *target.Target) { t.Roles = append(t.Roles, target.Role{Name: "nobody_here", Login: true}) },
		"nobody confined": func(t *target.Target) {
			t.Roles = slices.DeleteFunc(slices.Clone(t.Roles), func(r target.Role) bool { return r.Confined })
		},
	} {
		t.Run(name, func(t *testing.T) {
			other := clinic
			spoil(&other)
			if r := audited(t, "postgres", other); slices.ContainsFunc(r.Checks, func(c result.Check) bool { return c.Status != result.Unknown }) {
				t.Errorf("something is known of nothing: %s", said(r))
			}
		})
	}
}
