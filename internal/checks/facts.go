package checks

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
)

// facts are what all checks of one audit need to know.
type facts struct {
	version   int              // server_version_num
	units     map[string]int64 // how many there are to look at
	params    map[string]any   // of the checks that are one statement
	nothing   string           // why nothing can be said, where that is so
	roles     map[string]roleFacts
	tenants   []string          // some, read when first asked for
	paths     map[string]string // search paths of roles
	policies  map[*catalog.Relation][]*policy
	functions []function          // read when first asked for
	tables    []*catalog.Relation // that hold tenants' rows
	attack    []string            // confined roles that are there and hold to policies
}

type roleFacts struct {
	super, bypass, login bool
	rights               []string // roles whose rights it has, itself among them
}

// paramNames are the parameters that a check may use, by name.
var paramNames = []string{
	"roles",          // text[]: confined roles
	"all_roles",      // text[]: roles of the target
	"logins",         // text[]: of them, those that are to log in
	"becomes",        // text[]: "member role" for each membership that is declared
	"tables",         // oid[]: tables with tenants' rows
	"tenant_columns", // text[], in the order of tables: the column with the tenant, '' where the way leads through other tables
	"ways",           // text[], in the order of tables: the condition that a row is a tenant's
	"shared",         // oid[]: relations declared to be the same for all tenants
	"excepted",       // text[]: "role oid" where an exception lets a role see all of a relation
	"keys",           // text[]: constraints and indexes that may span tenants
	"setting",        // text: the parameter that holds the tenant
	"schemas",        // text[]: of the target
}

func readFacts(ctx context.Context, a *audit) (*facts, error) {
	f := &facts{units: map[string]int64{"database": 1}, roles: map[string]roleFacts{}, paths: map[string]string{}, tables: a.catalog.TenantTables()}
	var relations, roles, functions, schemas int64
	err := query(ctx, a.conn, "counts.sql", func(rows pgx.Rows) error {
		return rows.Scan(&f.version, &relations, &roles, &functions, &schemas)
	})
	if err != nil {
		return nil, err
	}
	for unit, n := range map[string]int64{"tables": int64(len(f.tables)), "relations": relations, "roles": roles, "functions": functions, "schemas": schemas} {
		f.units[unit] = max(n, 1)
	}
	err = query(ctx, a.conn, "facts.sql", func(rows pgx.Rows) error {
		var name string
		var r roleFacts
		err := rows.Scan(&name, &r.super, &r.bypass, &r.login, &r.rights)
		f.roles[name] = r
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, name := range a.target.Confined() {
		if r, there := f.roles[name]; there && !r.super {
			f.attack = append(f.attack, name)
		}
	}
	f.nothing = nothing(a, f)
	f.params = params(a, f)
	return f, nil
}

// nothing says why nothing can be said: a check that finds nothing because there is nothing to look at proves nothing.
func nothing(a *audit, f *facts) string {
	var missing []string
	for _, r := range a.target.Roles {
		if _, there := f.roles[r.Name]; !there {
			missing = append(missing, r.Name)
		}
	}
	switch {
	case len(missing) > 0:
		return fmt.Sprintf("the target's roles %s are not in this database server", strings.Join(missing, ", "))
	case len(a.target.Confined()) == 0:
		return "the target has no role with login and confined, so there is nobody to be kept apart"
	case len(f.tables) == 0:
		return fmt.Sprintf("no table with tenants' rows was found: none has the column %s", a.target.Tenancy.Column)
	}
	return ""
}

func params(a *audit, f *facts) map[string]any {
	allRoles, becomes := []string{}, []string{}
	for _, r := range a.target.Roles {
		allRoles = append(allRoles, r.Name)
		for _, b := range r.Becomes {
			becomes = append(becomes, r.Name+" "+b)
		}
	}
	tables, columns, ways := []uint32{}, []string{}, []string{}
	excepted, keys := []string{}, []string{}
	for _, r := range f.tables {
		tables, columns, ways = append(tables, r.OID), append(columns, r.Tenancy.Column), append(ways, r.Tenancy.Mine)
		for _, role := range allRoles {
			if catalog.Accepted(a.target, role, r) != nil {
				excepted = append(excepted, fmt.Sprintf("%s %d", role, r.OID))
			}
		}
	}
	shared := []uint32{}
	for _, r := range a.catalog.Relations {
		if r.Shared != "" {
			shared = append(shared, r.OID)
		}
	}
	for _, e := range a.target.Exceptions {
		if e.Key != "" {
			keys = append(keys, e.Key)
		}
	}
	return map[string]any{"roles": slices.Concat([]string{}, a.target.Confined()), "all_roles": allRoles, "logins": slices.Concat([]string{}, a.target.Logins()),
		"becomes": becomes, "tables": tables, "tenant_columns": columns, "ways": ways, "shared": shared, "excepted": excepted, "keys": keys,
		"setting": a.target.Tenancy.Setting, "schemas": slices.Concat([]string{}, a.target.Schemas)}
}

// matches holds a name against a name or pattern of a target file. A bad pattern was refused when the target was loaded.
func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return err == nil && ok
}
