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

// reaction is a trigger or a rule of a tenants' table.
type reaction struct {
	kind, name, text string
	table            *catalog.Relation
	function         *function // of a trigger; nil for the system's own
}

// triggersAndRules follows what happens beside a write: a copy where no policy is, a notification, a call that leaves the database.
func triggersAndRules(ctx context.Context, a *audit) error {
	all, err := a.functions(ctx)
	if err != nil {
		return err
	}
	var reactions []reaction
	err = query(ctx, a.conn, "triggers.sql", func(rows pgx.Rows) error {
		var r reaction
		var table, function uint32
		err := rows.Scan(&r.kind, &table, &r.name, &function, &r.text)
		r.table = a.catalog.ByOID(table)
		for i := range all {
			if all[i].oid == function {
				r.function, r.text = &all[i], all[i].body
			}
		}
		reactions = append(reactions, r)
		return err
	}, a.facts.params["tables"])
	if err != nil {
		return err
	}
	readable, err := a.readable(ctx)
	if err != nil {
		return err
	}
	var copies, past, notices, fills []hit
	for _, r := range reactions {
		text := r.text
		for _, f := range called(text, all) {
			text += "\n" + f.body
		}
		mend := "DROP " + strings.ToUpper(r.kind) + " " + quote(r.name) + " ON " + r.table.SQL() + ";"
		for _, to := range a.named(text, writes, deletes) {
			if h, is := a.writesPast(r, to, text); is {
				h.mend = mend
				past = append(past, h)
			}
		}
		for _, to := range a.named(text, writes) {
			readers := readable[to]
			if to == r.table || len(readers) == 0 || to.RowSecurity || to.Shared != "" {
				continue
			}
			copies = append(copies, hit{object: r.table.FullName(), role: strings.Join(readers, ", "),
				what: r.kind + " " + r.name + " writes to " + to.FullName() + ", which has no row security and is read by " + strings.Join(readers, ", "),
				why:  "what one tenant writes is copied to where all read",
				mend: mend + " REVOKE ALL ON " + to.SQL() + " FROM PUBLIC, " + quoteAll(readers) + ";"})
		}
		if leaves.MatchString(text) {
			copies = append(copies, hit{object: r.table.FullName(), what: r.kind + " " + r.name + " sends rows out of the tables",
				why: "no policy holds files, large objects, programs or other servers", mend: mend})
		}
		if h, is := a.fillsFromOthers(r, text); is {
			h.mend = mend
			fills = append(fills, h)
		}
		if notifies(text) {
			notices = append(notices, hit{object: r.table.FullName(), what: r.kind + " " + r.name + " notifies, with contents of the rows",
				why: "everybody who can connect may listen on any channel: no right guards it", mend: mend})
		}
	}
	a.report("S10", result.Weakness, append(copies, past...))
	a.report("W07", result.Weakness, append(notices, a.notifiers(all)...))
	a.report("W06", result.Weakness, fills)
	return nil
}

// fillsFromOthers tells of a trigger that puts into a tenant's own row what it made of the rows of all: an average, a value in use elsewhere.
func (a *audit) fillsFromOthers(r reaction, text string) (hit, bool) {
	if r.function == nil || !r.function.definer || !assignsNew.MatchString(text) {
		return hit{}, false
	}
	through, bypasses := a.bypasses(r.function.owner)
	touched := a.touched(text)
	if !bypasses || len(touched) == 0 || a.namesTenant(text) || sameTenant(r.table, r.table).MatchString(text) {
		return hit{}, false
	}
	return hit{object: r.table.FullName(), what: "trigger " + r.name + " fills the row with what it reads from " + named(touched) + " as " + r.function.owner + ", " + through + ", whosever the rows are",
		why: "who writes a row of his own reads back what comes of all tenants' rows"}, true
}

// writesPast tells of what writes to a tenants' table with the rights of somebody whom its policies don't hold, and says nowhere for whom.
// A rule runs with the rights of its table's owner, a trigger's function with its own owner's where it is SECURITY DEFINER.
func (a *audit) writesPast(r reaction, to *catalog.Relation, text string) (hit, bool) {
	owner := r.table.Owner
	if r.kind == "trigger" {
		if r.function == nil || !r.function.definer {
			return hit{}, false
		}
		owner = r.function.owner
	}
	through, bypasses := a.bypasses(owner)
	if !bypasses || to.Tenancy == nil || !to.RowSecurity || a.namesTenant(text) || sameTenant(r.table, to).MatchString(text) {
		return hit{}, false
	}
	return hit{object: to.FullName(), what: r.kind + " " + r.name + " of " + r.table.FullName() + " writes here as " + owner + ", " + through + ", whosever the rows are",
		why: "who writes there changes rows of other tenants here"}, true
}

// sameTenant is how a reaction speaks of the tenant of the row that was written: by the column, or by the row as a whole. Where a table has no
// such column, any mention of the row has to do.
func sameTenant(from, to *catalog.Relation) *regexp.Regexp {
	column := from.Tenancy.Column
	if column == "" || to.Tenancy.Column == "" {
		return regexp.MustCompile(`(?i)\b(?:new|old)\s*\.`)
	}
	return regexp.MustCompile(`(?i)\b(?:new|old)\s*\.\s*(?:"?` + regexp.QuoteMeta(column) + `\b|\*)`)
}

var (
	writes  = regexp.MustCompile(`(?i)\b(?:insert\s+into|update(?:\s+only)?|merge\s+into|copy)\s+((?:"[^"]+"|[a-z_][\w$]*)(?:\s*\.\s*(?:"[^"]+"|[a-z_][\w$]*))?)`)
	deletes = regexp.MustCompile(`(?i)\bdelete\s+from(?:\s+only)?\s+((?:"[^"]+"|[a-z_][\w$]*)(?:\s*\.\s*(?:"[^"]+"|[a-z_][\w$]*))?)`)
	// leaves are the ways for a row out of the tables.
	leaves = regexp.MustCompile(`(?i)\b(dblink\w*|lo_(?:put|create|from_bytea|import|export)|lowrite|pg_file_write|to\s+program)\b`)
	// assignsNew is a trigger's way to change the row that is being written.
	assignsNew = regexp.MustCompile(`(?i)\bnew\s*\.\s*(?:"[^"]+"|[a-z_]\w*)\s*:?=|\binto\s+(?:strict\s+)?new\s*\.`)
	notice     = regexp.MustCompile(`(?i)\b(?:pg_notify\s*\(\s*[^,]+,\s*([^;]*)|notify\s+[\w"]+\s*,\s*([^;]*))`)
)

// named are the relations that a text of SQL does something to, as patterns say. A name without a schema may be of any.
func (a *audit) named(text string, does ...*regexp.Regexp) (to []*catalog.Relation) {
	var all [][]string
	for _, pattern := range does {
		all = append(all, pattern.FindAllStringSubmatch(text, -1)...)
	}
	for _, m := range all {
		name := strings.ToLower(strings.ReplaceAll(strings.Join(strings.Fields(m[1]), ""), `"`, ""))
		for _, r := range a.catalog.Relations {
			if (strings.ToLower(r.FullName()) == name || strings.ToLower(r.Name) == name) && !slices.Contains(to, r) {
				to = append(to, r)
			}
		}
	}
	return to
}

// notifies tells whether a text notifies with more than a constant.
func notifies(text string) bool {
	for _, m := range notice.FindAllStringSubmatch(text, -1) {
		if payload := strings.TrimSpace(m[1] + m[2]); payload != "" && !constant.MatchString(payload) {
			return true
		}
	}
	return false
}

var constant = regexp.MustCompile(`^('[^']*'|NULL)\s*(::\w+)?\s*\)?\s*$`)

// notifiers are functions with their owner's rights that an application may call and that notify of tenants' rows.
func (a *audit) notifiers(all []function) (hits []hit) {
	for i := range all {
		if f := &all[i]; f.definer && !f.trigger && len(f.callers) > 0 && notifies(f.body) && len(a.touched(f.body)) > 0 {
			hits = append(hits, hit{object: f.signature, role: strings.Join(f.callers, ", "), what: "notifies of rows that it reads as " + f.owner,
				why: "everybody who can connect may listen on any channel", mend: "REVOKE EXECUTE ON ROUTINE " + f.signature + " FROM PUBLIC, " + quoteAll(f.callers) + ";"})
		}
	}
	return hits
}

// readable gives the confined roles that may read something of a relation.
func (a *audit) readable(ctx context.Context) (map[*catalog.Relation][]string, error) {
	out := map[*catalog.Relation][]string{}
	for _, role := range a.facts.attack {
		columns, err := a.catalog.Readable(ctx, a.conn, role)
		if err != nil {
			return nil, err
		}
		for r := range columns {
			out[r] = append(out[r], role)
		}
	}
	return out, nil
}
