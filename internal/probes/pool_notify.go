package probes

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/probes/book"
	"github.com/engardehq/bulkhead/internal/result"
)

// Payloads that tell nothing of a row: none, a text as it stands, what a trigger knows of itself.
var (
	notifyCall   = regexp.MustCompile(`(?is)\bpg_notify\s*\(`)
	notifyBare   = regexp.MustCompile(`(?is)^\s*notify\s+[^;]+$`)
	emptyPayload = regexp.MustCompile(`(?is)^\s*(''|null|'[^']*'|tg_(op|name|relname|table_name|table_schema|when|level)(::text)?)(\s*\|\|\s*('[^']*'|tg_\w+(::text)?))*\s*$`)
	dynamic      = regexp.MustCompile(`(?is)execute[^;]*notify`)
	comments     = regexp.MustCompile(`(?s)--[^\n]*|/\*.*?\*/`)
)

// notifications looks for functions that send rows' contents to all who listen: LISTEN asks for no right. They are read, not tried, as a
// notification goes out at COMMIT only and nothing is committed here.
func notifications(ctx context.Context, c *Config, b book.Book) error {
	o := b.At("W07")
	boss, err := admin(ctx, c)
	if err != nil {
		return err
	}
	defer boss.leave()
	rows, err := boss.Query(ctx, text("notifiers.sql"))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, body string
		var tables, drops []string
		if err := rows.Scan(&name, &body, &tables, &drops); err != nil {
			return err
		}
		told := slices.DeleteFunc(slices.Clone(tables), func(t string) bool { r := c.Catalog.Named(t); return r == nil || r.Tenancy == nil })
		if len(told) == 0 {
			told = mentioned(c, body)
		}
		if o.Looked(len(told) == 0 || !tells(body)) {
			continue
		}
		fix := strings.Join(drops, "\n")
		if fix == "" {
			fix = "DROP FUNCTION " + name + ";"
		}
		slices.Sort(told)
		o.Add(result.Finding{Channel: "W07", Severity: result.Weakness, Count: 1, Where: strings.Join(slices.Compact(told), ", "), Fix: fix,
			What:     "the function " + name + " notifies all who listen, of whatever role and tenant, of what is in the rows",
			Evidence: []result.Evidence{{Table: told[0], Detail: "its body: " + cut(body, 300)}}})
	}
	o.Units += int64(len(c.Catalog.TenantTables()))
	o.Residue("whoever is connected sees which advisory locks are held (pg_locks), may take any, and may LISTEN and NOTIFY on any channel")
	return rows.Err()
}

// mentioned are the tables with tenants' rows that a body names.
func mentioned(c *Config, body string) (names []string) {
	for _, r := range c.Catalog.TenantTables() {
		if regexp.MustCompile(`(?i)\b` + regexp.QuoteMeta(r.Name) + `\b`).MatchString(body) {
			names = append(names, r.FullName())
		}
	}
	return names
}

// tells decides whether a function's notifications can hold anything of a row.
func tells(body string) bool {
	body = comments.ReplaceAllString(body, " ")
	if dynamic.MatchString(body) {
		return true
	}
	for _, at := range notifyCall.FindAllStringIndex(body, -1) {
		args := arguments(body[at[1]:])
		if len(args) != 2 || !emptyPayload.MatchString(args[1]) || !emptyPayload.MatchString(args[0]) {
			return true
		}
	}
	for statement := range strings.SplitSeq(body, ";") {
		if !notifyBare.MatchString(statement) {
			continue
		}
		if _, payload, has := strings.Cut(statement, ","); has && !emptyPayload.MatchString(payload) {
			return true
		}
	}
	return false
}

// arguments splits what stands between a call's brackets at its outermost commas.
func arguments(rest string) (args []string) {
	depth, from, quoted := 0, 0, false
	for i, r := range rest {
		switch {
		case r == '\'':
			quoted = !quoted
		case quoted:
		case r == '(':
			depth++
		case r == ')' && depth == 0:
			return append(args, rest[from:i])
		case r == ')':
			depth--
		case r == ',' && depth == 0:
			args, from = append(args, rest[from:i]), i+1
		}
	}
	return nil
}

func cut(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > most {
		return fmt.Sprintf("%.*s ...", most, s)
	}
	return s
}
