package probes

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// attempts are the statements to try on a relation, given a row of the victim's and one of the attacker's own, nil where it has none.
func (w writable) attempts(attacker, victim string, theirs, own map[string]any, count int64) (all []attempt) {
	r := w.relation
	name := r.SQL()
	if columns := w.insertable(theirs); len(w.insert) > 0 {
		fresh := encode(w.renewed(theirs, w.keys))
		insert := "INSERT INTO " + name + " (" + list(columns) + ") SELECT " + list(columns) + " FROM pg_catalog.jsonb_populate_record(NULL::" + name + ", $1::text::jsonb)"
		all = append(all,
			attempt{channel: "W01", what: "inserts rows for other tenants into", form: "INSERT", sql: insert, args: []any{fresh}},
			attempt{channel: "W01", what: "inserts rows for other tenants into", form: "INSERT ... RETURNING", conditional: true, sql: insert + " RETURNING 1", args: []any{fresh}})
		if change := w.constant(); change != "" && len(w.key) > 0 {
			all = append(all, attempt{channel: "W03", what: "overwrites other tenants' rows by ON CONFLICT in", form: "INSERT ... ON CONFLICT DO UPDATE",
				sql: insert + " ON CONFLICT (" + list(w.key) + ") DO UPDATE SET " + w.set(change, "$1"), args: []any{encode(theirs)}})
		}
	}
	if own != nil {
		all = append(all, w.moves(victim, theirs, own)...)
	}
	one := "FALSE"
	args := []any{encode(theirs)}
	if len(w.key) > 0 {
		var equal []string
		for _, c := range w.key {
			equal = append(equal, "t."+identifier(c)+" = ("+from(name, "$1")+")."+identifier(c))
		}
		one = strings.Join(equal, " AND ")
	} else if r.Tenancy.Column != "" {
		one = "t." + identifier(r.Tenancy.Column) + " = (" + from(name, "$1") + ")." + identifier(r.Tenancy.Column)
	}
	if change := w.constant(); change != "" {
		set := w.set(change, "$1")
		all = append(all,
			attempt{channel: "W02", what: "updates other tenants' rows of", form: "UPDATE ... WHERE ... RETURNING", conditional: r.IsTable(), sql: "UPDATE " + name + " AS t SET " + set + " WHERE " + one + " RETURNING 1", args: args})
		if r.IsTable() {
			all = append(all, attempt{channel: "W02", what: "updates other tenants' rows of", form: "UPDATE without a condition", sql: "UPDATE " + name + " SET " + set, args: args, max: count, bare: true})
			if len(w.key) > 0 {
				all = append(all, attempt{channel: "W03", what: "changes other tenants' rows by MERGE in", form: "MERGE", conditional: true, args: args,
					sql: "MERGE INTO " + name + " AS t USING (VALUES (1)) AS v ON " + one + " WHEN MATCHED THEN UPDATE SET " + set})
			}
		}
	}
	if w.remove {
		all = append(all, attempt{channel: "W02", what: "deletes other tenants' rows of", form: "DELETE ... WHERE ... RETURNING", conditional: r.IsTable(), sql: "DELETE FROM " + name + " AS t WHERE " + one + " RETURNING 1", args: args})
		if r.IsTable() {
			all = append(all, attempt{channel: "W02", what: "deletes other tenants' rows of", form: "DELETE without a condition", sql: "DELETE FROM " + name, max: count, bare: true})
		}
	}
	if w.truncate {
		all = append(all, attempt{channel: "W03", what: "may empty, with all tenants' rows,", form: "TRUNCATE", sql: "TRUNCATE " + name, max: -1, bare: true})
	}
	return all
}

// moves are the attempts to give a row of one's own to the victim: by the tenant column, or by the columns through which the tenant is found.
func (w writable) moves(victim string, theirs, own map[string]any) (all []attempt) {
	name := w.relation.SQL()
	columns := []string{w.relation.Tenancy.Column}
	if columns[0] == "" {
		columns = w.foreign
	}
	columns = slices.DeleteFunc(slices.Clone(columns), func(c string) bool {
		return !slices.Contains(w.update, c) || theirs[c] == nil || fmt.Sprint(theirs[c]) == fmt.Sprint(own[c])
	})
	if len(columns) == 0 {
		return nil
	}
	var set []string
	for _, c := range columns {
		set = append(set, identifier(c)+" = ("+from(name, "$1")+")."+identifier(c))
	}
	update := "UPDATE " + name + " AS t SET " + strings.Join(set, ", ")
	args := []any{encode(theirs)}
	all = append(all, attempt{channel: "W01", what: "moves rows of its own tenant to another in", form: "UPDATE without a condition", sql: update, args: args, bare: true})
	if len(w.key) > 0 {
		var equal []string
		for _, c := range w.key {
			equal = append(equal, "t."+identifier(c)+" = ("+from(name, "$2")+")."+identifier(c))
		}
		all = append(all, attempt{channel: "W01", what: "moves rows of its own tenant to another in", form: "UPDATE ... WHERE ... RETURNING", conditional: true,
			sql: update + " WHERE " + strings.Join(equal, " AND ") + " RETURNING 1", args: append(args, encode(own))})
	}
	return all
}

// constant is a column that can be set to a value without more rules than row security: in no key and no foreign key where there is such a one.
func (w writable) constant() string {
	for _, c := range w.update {
		if !slices.Contains(w.keys, c) && !slices.Contains(w.foreign, c) && c != w.relation.Tenancy.Column {
			return c
		}
	}
	return ""
}

// set gives a column the value that it has in a row sent as text: the statement then reads no column, and only the policy for writing applies.
func (w writable) set(column, row string) string {
	return identifier(column) + " = (" + from(w.relation.SQL(), row) + ")." + identifier(column)
}

func from(name, parameter string) string {
	return "SELECT sent FROM pg_catalog.jsonb_populate_record(NULL::" + name + ", " + parameter + "::text::jsonb) AS sent"
}

func (w writable) insertable(row map[string]any) (columns []string) {
	for _, c := range w.insert {
		if _, has := row[c]; has {
			columns = append(columns, c)
		}
	}
	return columns
}

// renewed is a row with other values in some columns, but for those that say whose it is.
func (w writable) renewed(row map[string]any, columns []string) map[string]any {
	out := maps.Clone(row)
	for _, c := range columns {
		if c == w.relation.Tenancy.Column || slices.Contains(w.foreign, c) {
			continue
		}
		column := w.relation.Column(c)
		if column == nil || row[c] == nil {
			continue
		}
		switch v := row[c].(type) {
		case json.Number:
			out[c] = json.Number("1" + strings.Repeat("9", 8))
			if column.Type == "smallint" {
				out[c] = json.Number("32000")
			}
		case string:
			switch {
			case column.Type == "uuid":
				out[c] = newUUID()
			case column.Type == "text" || strings.HasPrefix(column.Type, "character"):
				out[c] = renewedText(v)
			}
		}
	}
	return out
}

// renewedText changes the end of a text and keeps its length.
func renewedText(v string) string {
	end := hex.EncodeToString(random(4))
	if len(v) <= len(end) {
		return end[:len(v)]
	}
	return v[:len(v)-len(end)] + end
}

func newUUID() string {
	b := random(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return b
}

func encode(row map[string]any) string {
	data, err := json.Marshal(row)
	if err != nil {
		panic(err) // it came from JSON
	}
	return string(data)
}

func list(columns []string) string {
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = identifier(c)
	}
	return strings.Join(quoted, ", ")
}

// writeMend looks for the policy whose condition is not the tenant's and writes it anew.
func (a *Attack) writeMend(ctx context.Context, w writable, t attempt) (string, error) {
	verb, revoke := "w", "UPDATE"
	switch {
	case strings.HasPrefix(t.sql, "INSERT"):
		verb, revoke = "a", "INSERT"
	case strings.HasPrefix(t.sql, "DELETE"):
		verb, revoke = "d", "DELETE"
	}
	r := w.relation
	rows, err := a.boss.Query(ctx, text("write_policies.sql"), pgx.QueryExecModeExec, r.OID, w.role, verb)
	if err != nil {
		return "", err
	}
	var name, using, check, command string
	mend := "REVOKE " + revoke + " ON " + r.SQL() + " FROM " + identifier(w.role) + ", PUBLIC;"
	all, first := 0, true
	_, err = pgx.ForEachRow(rows, []any{&name, &using, &check, &command}, func() error {
		all++
		if strings.Contains(using, a.Target.Tenancy.Setting) && strings.Contains(check, a.Target.Tenancy.Setting) || !first {
			return nil
		}
		first = false
		if r.Tenancy.Column == "" {
			mend = "DROP POLICY " + identifier(name) + " ON " + r.SQL() + ";"
			return nil
		}
		mend = "ALTER POLICY " + identifier(name) + " ON " + r.SQL()
		if command != "a" {
			mend += " USING (" + a.condition(r) + ")"
		}
		if command != "d" && command != "r" {
			mend += " WITH CHECK (" + a.condition(r) + ")"
		}
		mend += ";"
		return nil
	})
	return mend, err
}
