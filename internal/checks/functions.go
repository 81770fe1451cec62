package checks

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/result"
)

// function is one that is not the system's.
type function struct {
	oid       uint32
	schema    string
	name      string
	signature string
	language  string
	definer   bool
	owner     string
	config    []string
	body      string
	trigger   bool
	volatile  bool
	callers   []string // confined roles
	open      bool     // to PUBLIC
}

// functions reads them, once an audit.
func (a *audit) functions(ctx context.Context) ([]function, error) {
	if a.facts.functions != nil {
		return a.facts.functions, nil
	}
	all := []function{}
	err := query(ctx, a.conn, "functions.sql", func(rows pgx.Rows) error {
		var f function
		err := rows.Scan(&f.oid, &f.schema, &f.name, &f.signature, &f.language, &f.definer, &f.owner, &f.config, &f.body, &f.trigger, &f.volatile, &f.callers, &f.open)
		all = append(all, f)
		return err
	}, a.facts.attack)
	a.facts.functions = all
	return all, err
}

// pinned tells whether names in the body mean the same for every caller.
func (f *function) pinned() bool {
	return slices.ContainsFunc(f.config, func(c string) bool { return strings.HasPrefix(c, "search_path=") })
}

// dynamic tells whether it runs statements that it puts together itself.
var dynamic = regexp.MustCompile(`(?i)\b(query|cursor|table|schema|database)_to_xml|\bts_stat\(|\bexecute\s+(format|[^'\s;]*\|\||quote_|[a-z_]+\s*(;|using|into)|'[^']*'\s*\|\|)`)

// definerFunctions finds those that give the rights of an owner whom no policy holds to an application, for reading or writing tenants' rows
// whoever they are. What a function does with its tenant is for the attack to try: one that goes by the tenant's setting is taken to filter.
func definerFunctions(ctx context.Context, a *audit) error {
	all, err := a.functions(ctx)
	if err != nil {
		return err
	}
	var hits []hit
	for i := range all {
		f := &all[i]
		if !f.definer || f.trigger || len(f.callers) == 0 || f.language == "c" || f.language == "internal" {
			continue
		}
		through, bypasses := a.bypasses(f.owner)
		if !bypasses {
			continue
		}
		callers := strings.Join(f.callers, ", ")
		h := hit{object: f.signature, role: callers, mend: "ALTER ROUTINE " + f.signature + " SECURITY INVOKER;"}
		touched := a.touched(f.body)
		switch asks := a.asksTenant(f, all, 0); {
		case len(touched) > 0 && !asks:
			h.what = "runs as " + f.owner + ", " + through + ", and reaches " + named(touched) + " without asking for the tenant; " + callers + " may call it"
			h.why = "whoever calls it gets at rows of all tenants"
			h.mend += " REVOKE EXECUTE ON ROUTINE " + f.signature + " FROM PUBLIC, " + quoteAll(f.callers) + ";"
		case dynamic.MatchString(f.body) && !asks:
			h.what = "runs as " + f.owner + ", " + through + ", and runs statements that it puts together; " + callers + " may call it"
			h.why = "what a caller gives it may become a statement with the owner's rights"
			h.mend += " REVOKE EXECUTE ON ROUTINE " + f.signature + " FROM PUBLIC, " + quoteAll(f.callers) + ";"
		case !f.pinned() && (len(touched) > 0 || dynamic.MatchString(f.body)):
			h.what = "runs as " + f.owner + ", " + through + ", with the search path of its caller; " + callers + " may call it"
			h.why = "the caller chooses what the names in it mean"
			h.mend = "ALTER ROUTINE " + f.signature + " SET search_path = pg_catalog, pg_temp; -- and write out the schemas in its body"
		default:
			continue
		}
		hits = append(hits, h)
	}
	a.report("S08", result.Weakness, hits)
	return nil
}

// bypasses tells whether a role reads all tenants' rows, and by what.
func (a *audit) bypasses(role string) (why string, yes bool) {
	r := a.facts.roles[role]
	switch {
	case r.super:
		return "a superuser", true
	case r.bypass:
		return "who bypasses row security", true
	}
	for _, t := range a.facts.tables {
		if slices.Contains(r.rights, t.Owner) && !t.Forced {
			return "the owner of " + t.FullName() + ", whose policies aren't forced", true
		}
	}
	for _, e := range a.target.Exceptions {
		if e.Role == role && e.Policy != "" {
			return "whose policy " + e.Policy + " lets it see all rows", true
		}
	}
	for _, t := range a.facts.tables {
		if slices.Contains(r.rights, t.Owner) {
			return "the owner of " + t.FullName(), true
		}
	}
	return "", false
}

// touched are the tenants' tables, and relations that show their rows, that a text of SQL names.
func (a *audit) touched(text string) (names []string) {
	words := map[string]bool{}
	for _, w := range word.FindAllString(strings.ToLower(text), -1) {
		words[strings.ReplaceAll(w, `"`, "")] = true
	}
	for _, r := range a.catalog.Relations {
		if (r.Tenancy != nil || r.Kind == catalog.View || r.Kind == catalog.MaterializedView) && r.Shared == "" && words[strings.ToLower(r.Name)] {
			names = append(names, r.FullName())
		}
	}
	return names
}

var word = regexp.MustCompile(`"[^"]+"|[a-z_][a-z0-9_$]*`)

const callsFollowed = 4 // from one function to the next

// asksTenant tells whether a function, or one that it calls, goes by the tenant's setting.
func (a *audit) asksTenant(f *function, all []function, depth int) bool {
	if a.namesTenant(f.body) {
		return true
	}
	if depth == callsFollowed {
		return false
	}
	return slices.ContainsFunc(called(f.body, all), func(g *function) bool { return g.oid != f.oid && a.asksTenant(g, all, depth+1) })
}

// namesTenant tells whether a text reads the tenant's setting. Setting it is no question.
func (a *audit) namesTenant(text string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(a.target.Tenancy.Setting)) && strings.Contains(strings.ToLower(text), "current_setting")
}

// called are the functions that a text of SQL calls, by name.
func called(text string, all []function) (out []*function) {
	words := map[string]bool{}
	for _, w := range calls.FindAllStringSubmatch(strings.ToLower(text), -1) {
		words[strings.ReplaceAll(w[1], `"`, "")] = true
	}
	for i := range all {
		if words[strings.ToLower(all[i].name)] {
			out = append(out, &all[i])
		}
	}
	return out
}

var calls = regexp.MustCompile(`("[^"]+"|[a-z_][a-z0-9_$]*)\s*\(`)
