package checks

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/target"
)

const public = "PUBLIC"

// right is one privilege that somebody has.
type right struct {
	kind      string // table, sequence, schema or database
	oid       uint32
	schema    string
	name      string
	columns   []string // empty for the whole of it
	grantee   string   // a role or PUBLIC
	privilege string
	grantable bool
	owned     bool // it comes with ownership
}

// object is what the right is on, as the matrix names it.
func (r *right) object() string {
	if r.kind == "schema" || r.kind == "database" {
		return r.name
	}
	return r.schema + "." + r.name
}

func (r *right) sql() string {
	switch r.kind {
	case "schema", "database":
		return strings.ToUpper(r.kind) + " " + quote(r.name)
	case "sequence":
		return "SEQUENCE " + pgx.Identifier{r.schema, r.name}.Sanitize()
	}
	return pgx.Identifier{r.schema, r.name}.Sanitize()
}

// rightsOf reads all rights of the database.
func rightsOf(ctx context.Context, conn *pgx.Conn) (all []right, err error) {
	err = query(ctx, conn, "rights.sql", func(rows pgx.Rows) error {
		var r right
		err := rows.Scan(&r.kind, &r.oid, &r.schema, &r.name, &r.columns, &r.grantee, &r.privilege, &r.grantable, &r.owned)
		all = append(all, r)
		return err
	})
	return all, err
}

// heldAgainstMatrix finds rights wider than declared. Memberships count through their roles: a role of the target that has another's rights
// without being declared to become it is a finding of the memberships alone.
func heldAgainstMatrix(ctx context.Context, a *audit) error {
	all, err := rightsOf(ctx, a.conn)
	if err != nil {
		return err
	}
	found := map[string][]hit{}
	note := func(channel string, h hit) { found[channel] = append(found[channel], h) }
	for _, g := range gathered(all) {
		r := g.right
		if a.declared(r.grantee) || r.grantee == public {
			if wide := a.beyond(&r, g.privileges); len(wide) > 0 {
				note(a.wider(&r, wide))
			}
			if r.grantee != public && len(g.grantable) > 0 {
				list := strings.Join(g.grantable, ", ")
				note("S14", hit{object: r.object(), role: r.grantee, what: r.grantee + " may pass on its right to " + list,
					why: "whoever has the option can give the right to anybody", mend: "REVOKE GRANT OPTION FOR " + list + columnList(&r) + " ON " + r.sql() + " FROM " + quote(r.grantee) + ";"})
			}
		}
	}
	for _, channel := range []string{"S14", "S13", "W03", "W07", "T04"} {
		a.report(channel, result.Weakness, found[channel])
	}
	a.report("S14", result.Note, found[""])
	return nil
}

// gathering is all that one grantee may do with one object, or with one column of it.
type gathering struct {
	right
	privileges, grantable []string
}

func gathered(all []right) (out []gathering) {
	for _, r := range all {
		last := len(out) - 1
		if last < 0 || out[last].kind != r.kind || out[last].oid != r.oid || out[last].grantee != r.grantee || !slices.Equal(out[last].columns, r.columns) {
			out = append(out, gathering{right: r})
			last++
		}
		out[last].privileges = append(out[last].privileges, r.privilege)
		if r.grantable {
			out[last].grantable = append(out[last].grantable, r.privilege)
		}
	}
	return out
}

func (a *audit) declared(role string) bool {
	return slices.ContainsFunc(a.target.Roles, func(r target.Role) bool { return r.Name == role })
}

// beyond gives those privileges that the matrix doesn't allow.
func (a *audit) beyond(r *right, privileges []string) (wide []string) {
	if a.facts.roles[r.grantee].super {
		return nil // that is a finding by itself, and no grant matters
	}
	if r.grantee == public {
		return a.beyondPublic(r, privileges)
	}
	for _, p := range privileges {
		if !a.allowed(r, p) {
			wide = append(wide, p)
		}
	}
	return wide
}

// beyondPublic: PUBLIC may do nothing. What everybody may do with a table that no tenant has rows in, and nobody can use to pass on any,
// opens nothing; of views the roles that read through them are judged.
func (a *audit) beyondPublic(r *right, privileges []string) []string {
	if r.kind == "table" {
		rel := a.catalog.ByOID(r.oid)
		if rel != nil && rel.IsTable() && rel.Tenancy == nil {
			return a.deniedByName(r, privileges)
		}
		if !a.inTarget(r) || rel == nil || !rel.IsTable() {
			return nil
		}
	}
	if r.kind == "schema" && !slices.Contains(privileges, "CREATE") && !a.inTarget(r) {
		return nil
	}
	return privileges
}

// deniedByName gives those of PUBLIC's privileges that the matrix, where it names the object in full, keeps from some role.
func (a *audit) deniedByName(r *right, privileges []string) (wide []string) {
	for _, p := range privileges {
		if slices.ContainsFunc(a.target.Matrix, func(m target.Right) bool {
			one := *r
			one.grantee = m.Role
			return kindOf(m) == r.kind && m.On == r.object() && !a.allowed(&one, p)
		}) {
			wide = append(wide, p)
		}
	}
	return wide
}

// allowed asks the matrix for one privilege, on the columns of the right.
func (a *audit) allowed(r *right, privilege string) bool {
	object, kind := r.object(), r.kind
	full := slices.ContainsFunc(a.target.Matrix, func(m target.Right) bool {
		return m.Role == r.grantee && kindOf(m) == kind && m.On == object
	})
	for _, m := range a.target.Matrix {
		if m.Role != r.grantee || kindOf(m) != kind || full && m.On != object || !matches(m.On, object) || !slices.Contains(m.May, privilege) {
			continue
		}
		if len(m.Columns) == 0 || len(r.columns) > 0 && !slices.ContainsFunc(r.columns, func(c string) bool { return !slices.Contains(m.Columns, c) }) {
			return true
		}
	}
	return false
}

func kindOf(m target.Right) string {
	if m.Kind == "" {
		return "table"
	}
	return m.Kind
}

// inTarget tells whether a right is on something in the target's schemas, or on rows of tenants.
func (a *audit) inTarget(r *right) bool {
	if r.kind == "database" || slices.Contains(a.target.Schemas, r.schema) {
		return true
	}
	if r.kind == "schema" {
		return slices.ContainsFunc(a.facts.tables, func(t *catalog.Relation) bool { return t.Schema == r.name })
	}
	rel := a.catalog.ByOID(r.oid)
	return rel != nil && rel.Tenancy != nil
}

// wider words rights that the matrix doesn't have, under the channel that they open.
func (a *audit) wider(r *right, wide []string) (channel string, h hit) {
	list := strings.Join(wide, ", ")
	h = hit{object: r.object(), role: r.grantee, what: r.grantee + " has " + list + columnsNamed(r) + ", which the matrix doesn't allow",
		mend: "REVOKE " + list + columnList(r) + " ON " + r.sql() + " FROM " + grantee(r.grantee) + ";" + a.restored(r, wide)}
	if r.owned {
		h.what = r.grantee + " owns this " + r.kind + ", which the matrix doesn't allow"
		h.mend = "ALTER " + ifTable(r) + r.sql() + " OWNER TO CURRENT_USER;"
	}
	switch {
	case slices.Contains(wide, "CREATE") || slices.Contains(wide, "TEMPORARY"):
		h.why = "what is made there can stand for the real thing, or be left behind for the next client of the connection"
		return "S13", h
	case !a.inTarget(r):
		return "", h
	case slices.Contains(wide, "TRUNCATE"):
		h.why = "no policy ever holds TRUNCATE: it removes the rows of all tenants"
		return "W03", h
	case r.kind == "sequence" && slices.Contains(wide, "SELECT"):
		h.why = "its last value tells how much all tenants together have made"
		return "W07", h
	case r.kind == "table" && a.addOnly(r):
		h.why = "what is declared to take entries only can be read or altered"
		return "T04", h
	}
	return "S14", h
}

// addOnly tells an audit trail: the application is declared to add to it and nothing else.
func (a *audit) addOnly(r *right) bool {
	one := *r
	one.columns = nil
	if !a.allowed(&one, "INSERT") {
		return false
	}
	return !slices.ContainsFunc([]string{"SELECT", "UPDATE", "DELETE"}, func(p string) bool { return a.allowed(&one, p) })
}

// restored gives back the columns that a revoke of the whole table takes along.
func (a *audit) restored(r *right, wide []string) string {
	if r.kind != "table" || len(r.columns) > 0 {
		return ""
	}
	out := ""
	for _, m := range a.target.Matrix {
		if m.Role != r.grantee || len(m.Columns) == 0 || m.On != r.object() {
			continue
		}
		for _, p := range m.May {
			if slices.Contains(wide, p) {
				out += " GRANT " + p + " (" + quoteAll(m.Columns) + ") ON " + r.sql() + " TO " + grantee(r.grantee) + ";"
			}
		}
	}
	return out
}

func ifTable(r *right) string {
	if r.kind == "table" {
		return "TABLE "
	}
	return ""
}

func grantee(name string) string {
	if name == public {
		return name
	}
	return quote(name)
}

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quote(n)
	}
	return strings.Join(quoted, ", ")
}

func columnList(r *right) string {
	if len(r.columns) == 0 {
		return ""
	}
	return " (" + quoteAll(r.columns) + ")"
}

func columnsNamed(r *right) string {
	if len(r.columns) == 0 {
		return ""
	}
	return " on column " + strings.Join(r.columns, ", ")
}
