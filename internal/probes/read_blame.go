package probes

import (
	"context"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/checks"
	"github.com/engardehq/bulkhead/internal/result"
)

// concludeReads makes findings of what was seen as one role.
func (a *Attack) concludeReads(ctx context.Context, role string, seen map[*catalog.Relation]*shown) error {
	alive, silent := 0, []string{}
	relations := a.sorted(role)
	slices.SortStableFunc(relations, func(x, y *catalog.Relation) int { // views show what tables do, so tables come first
		return len(a.judge.bases[x]) - len(a.judge.bases[y])
	})
	for _, r := range relations {
		o := seen[r]
		if o == nil || r.Shared != "" {
			continue
		}
		counted := []string{readChannel(r)}
		if r.IsTable() {
			counted = []string{"S01", "S02", "S04", "S05", "S06"}
		}
		for _, channel := range counted {
			a.at(channel).Units += o.reads
		}
		switch {
		case o.leaks > 0:
			if err := a.blameRead(ctx, o); err != nil {
				return err
			}
			alive++
		case o.reads == 0 && o.broken != "":
			silent = append(silent, r.FullName()+" ("+o.broken+")")
		case o.rows > 0:
			alive++
		}
	}
	if alive == 0 {
		a.at("S05").Unsure("role " + role + " has seen no row of its own anywhere: whether it could see others' is not known " + strings.Join(silent, ", "))
	}
	return nil
}

// readChannel is the channel under which the reading of a relation counts.
func readChannel(r *catalog.Relation) string {
	switch {
	case r.Kind == catalog.View || r.Kind == catalog.MaterializedView:
		return "S07"
	case r.Kind == catalog.ForeignTable:
		return "S11"
	case r.RowSecurity:
		return "S05"
	}
	return "S04"
}

// blameRead looks for the door that was open and makes the finding.
func (a *Attack) blameRead(ctx context.Context, o *shown) error {
	r := o.relation
	f := result.Finding{Channel: readChannel(r), Severity: result.Leak, Where: r.FullName() + ", role " + o.role, Count: o.leaks,
		Evidence: []result.Evidence{o.sighting.evidence(o.role, o.attacker, o.manner)}}
	f.What = o.role + " reads other tenants' rows of " + r.FullName()
	f.Fix = "REVOKE SELECT ON " + r.SQL() + " FROM " + identifier(o.role) + ";"
	switch {
	case r.Kind == catalog.View:
		f.What += ": the view reads with the rights of its owner " + r.Owner + ", past the reader's policies"
		f.Fix = "ALTER VIEW " + r.SQL() + " SET (security_invoker = true);"
	case r.Kind == catalog.MaterializedView:
		f.What += ": a materialized view has no policies of its own"
		f.Fix = "REVOKE SELECT ON " + r.SQL() + " FROM " + identifier(o.role) + ", PUBLIC;"
	case r.Kind == catalog.ForeignTable:
		f.What += ": a foreign table has no policies of its own"
		f.Fix = "REVOKE SELECT ON " + r.SQL() + " FROM " + identifier(o.role) + ", PUBLIC;"
	case r.Tenancy == nil:
		f.What += ", a table without row-level security and without a declared way to a tenant"
	}
	causes, err := checks.Causes(ctx, a.boss.Conn, checks.Door{Table: r.FullName(), Role: o.role, Setting: a.Target.Tenancy.Setting})
	if err != nil {
		return err
	}
	switch {
	case len(causes) > 0 && (r.IsTable() || causes[0].Channel == "S02"):
		f.Channel, f.Fix = causes[0].Channel, causes[0].Fix
		f.What += "; " + causes[0].What
	case r.IsTable() && r.RowSecurity:
		f.Channel = "S06"
		f.What += "; the condition of a policy lets them through"
		f.Fix = a.policyMend(ctx, r, o.role)
	}
	if f.Channel == "S02" { // one cause, however many tables it opens
		f.What = causeOnly(f.What)
		f.Where = "role " + o.role
	}
	if a.leaked[r] == nil {
		a.leaked[r] = map[string]bool{}
	}
	a.leaked[r][o.role] = true
	if r.Kind == catalog.View && f.Channel != "S02" {
		invoker, err := a.invoker(ctx, r)
		if err != nil {
			return err
		}
		if invoker { // it shows what its tables show
			if slices.ContainsFunc(a.judge.bases[r], func(base *catalog.Relation) bool { return a.leaked[base][o.role] }) {
				return nil
			}
			f.What = o.role + " reads other tenants' rows of " + r.FullName() + ", a view that reads with the reader's rights: what it reads from is open"
			f.Fix = "REVOKE SELECT ON " + r.SQL() + " FROM " + identifier(o.role) + ", PUBLIC;"
		}
	}
	a.at(f.Channel).Add(f)
	return nil
}

// invoker tells whether a view reads with the reader's rights.
func (a *Attack) invoker(ctx context.Context, r *catalog.Relation) (is bool, err error) {
	err = a.boss.QueryRow(ctx, text("invoker.sql"), r.OID).Scan(&is)
	return is, err
}

func causeOnly(what string) string {
	if _, cause, ok := strings.Cut(what, "; "); ok {
		return cause
	}
	return what
}
