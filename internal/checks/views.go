package checks

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/result"
)

// ownersView is a view that reads with its owner's rights.
type ownersView struct {
	relation   *catalog.Relation
	owner      string
	barrier    bool
	definition string
	base       []uint32
	functions  []uint32
	readers    []string // confined roles
	writers    []string // who may write through it, with no check of what they write
}

// viewsByTrial judges views that pass by the policies of their readers. One whose definition doesn't go by the tenant shows all rows; one
// that does is read as the application, and must show no more than the same query does with the reader's own rights.
func viewsByTrial(ctx context.Context, a *audit) error {
	all, err := a.functions(ctx)
	if err != nil {
		return err
	}
	var views []ownersView
	err = query(ctx, a.conn, "views.sql", func(rows pgx.Rows) error {
		var v ownersView
		var oid uint32
		err := rows.Scan(&oid, &v.owner, &v.barrier, &v.definition, &v.base, &v.functions, &v.readers, &v.writers)
		v.relation = a.catalog.ByOID(oid)
		views = append(views, v)
		return err
	}, a.facts.attack)
	if err != nil {
		return err
	}
	definitions := map[uint32]string{}
	for _, v := range views {
		definitions[v.relation.OID] = v.definition
	}
	var hits []hit
	for _, v := range views {
		through, bypasses := a.bypasses(v.owner)
		tables := a.tenantTablesOf(v)
		if !bypasses || len(tables) == 0 || len(v.readers)+len(v.writers) == 0 {
			continue
		}
		text := v.definition
		for _, oid := range v.base {
			text += "\n" + definitions[oid]
		}
		h, err := a.viewHit(ctx, v, text, all)
		if err != nil {
			return err
		}
		if h.what == "" {
			continue
		}
		h.object, h.role = v.relation.FullName(), strings.Join(v.readers, ", ")
		h.why = "it reads " + named(tables) + " with the rights of its owner " + v.owner + ", " + through + ", past the reader's policies"
		hits = append(hits, h)
	}
	a.report("S07", result.Weakness, hits)
	return nil
}

// viewHit is what is the matter with one view; without what, nothing is.
func (a *audit) viewHit(ctx context.Context, v ownersView, text string, all []function) (h hit, err error) {
	invoker := "ALTER VIEW " + v.relation.SQL() + " SET (security_invoker = true);"
	asks := a.namesTenant(text)
	for i := range all {
		for _, oid := range v.functions {
			asks = asks || all[i].oid == oid && a.asksTenant(&all[i], all, 0)
		}
	}
	if !asks && len(v.readers) > 0 {
		return hit{what: "a view without security_invoker that doesn't ask for the tenant, and " + strings.Join(v.readers, ", ") + " may read it", mend: invoker}, nil
	}
	if len(v.writers) > 0 {
		return hit{what: "a view without security_invoker through which " + strings.Join(v.writers, ", ") + " may write, and no check of whose rows", mend: invoker}, nil
	}
	for _, role := range v.readers {
		shows, err := a.showsMore(ctx, v, role)
		if err != nil {
			return h, err
		}
		if shows != "" {
			return hit{what: "a view without security_invoker that shows " + role + " more than its own rows", evidence: shows, mend: invoker}, nil
		}
	}
	if !v.barrier {
		return hit{what: "a view without security_invoker that asks for the tenant but is no security barrier, and " + strings.Join(v.readers, ", ") + " may read it",
			evidence: "a condition of the reader's may be tried on rows before the view's own is, and tell their contents in its error", mend: invoker}, nil
	}
	return h, nil
}

// tenantTablesOf are the tenants' tables below a view that an exception doesn't open to all its readers anyway.
func (a *audit) tenantTablesOf(v ownersView) (names []string) {
	for _, oid := range v.base {
		r := a.catalog.ByOID(oid)
		if r == nil || r.Tenancy == nil || !r.IsTable() {
			continue
		}
		for _, role := range append(v.readers, v.writers...) {
			if catalog.Accepted(a.target, role, r) == nil {
				names = append(names, r.FullName())
				break
			}
		}
	}
	return names
}

// showsMore reads a view as a role, for some tenants and for none. It says what showed that shouldn't.
func (a *audit) showsMore(ctx context.Context, v ownersView, role string) (shows string, err error) {
	tenants, err := a.tenants(ctx)
	if err != nil {
		return "", err
	}
	same := true
	first := ""
	for i, tenant := range append([]string{""}, tenants...) {
		err := a.as(ctx, role, tenant, func() error {
			more, err := a.more(ctx, v, tenant)
			if err != nil || more {
				if more {
					shows = "with " + contextNamed(a.target.Tenancy.Setting, tenant) + " it shows rows that the same query with the reader's rights doesn't"
				}
				return err
			}
			var all string
			err = a.conn.QueryRow(ctx, "SELECT coalesce(string_agg(md5(v::text), '' ORDER BY v::text), '') FROM "+v.relation.SQL()+" AS v").Scan(&all)
			if i == 0 {
				first = all
			}
			same = same && all == first && all != ""
			return err
		})
		if err != nil {
			return "", fmt.Errorf("reading the view %s as %s: %w", v.relation.FullName(), role, err)
		}
		if shows != "" {
			return shows, nil
		}
	}
	if same && len(tenants) > 1 {
		return "it shows the same to every tenant, and without one", nil
	}
	return "", nil
}

// more compares a view with its own definition asked with the reader's rights. Where the reader has none on what is below, the rows'
// tenant column decides.
func (a *audit) more(ctx context.Context, v ownersView, tenant string) (more bool, err error) {
	err = a.inSavepoint(ctx, "inline", func() error {
		return a.conn.QueryRow(ctx, "SELECT EXISTS (SELECT v::text FROM "+v.relation.SQL()+" AS v EXCEPT ALL SELECT d::text FROM ("+
			strings.TrimSuffix(strings.TrimSpace(v.definition), ";")+") AS d)").Scan(&more)
	})
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code != "42501" {
		return more, err
	}
	if v.relation.Tenancy == nil {
		return false, nil
	}
	if tenant == "" {
		return more, a.conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+v.relation.SQL()+" AS v)").Scan(&more)
	}
	return more, a.conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+v.relation.SQL()+" AS t WHERE ("+v.relation.Tenancy.Mine+") IS NOT TRUE)", tenant).Scan(&more)
}

func contextNamed(setting, tenant string) string {
	if tenant == "" {
		return setting + " empty"
	}
	return setting + " = " + tenant
}
