package checks

import (
	"regexp"
	"slices"
	"strings"
)

// freeBranches finds policies that a trial can't open by guessing, but that don't go by the tenant at all: a condition, or one side of an OR in
// it, on contents of the row alone. Rows of all tenants that have such contents pass, whoever asks.
func (a *audit) freeBranches(t *trial, all []function) {
	permissive := t.permissive()
	for _, p := range t.policies {
		if !p.permissive && !a.free(t, t.side.condition(p), p, all) {
			return // a restrictive policy goes by the tenant, so all do
		}
	}
	for _, p := range permissive {
		for _, branch := range either(t.side.condition(p)) {
			if a.onContents(t, branch, p) && a.free(t, branch, p, all) {
				t.opened = append(t.opened, opening{policy: p, beside: len(permissive) > 1, witness: "rows of any tenant for which " + branch + " holds pass: it doesn't ask for the tenant"})
				break
			}
		}
	}
}

// free tells whether a condition goes by nothing that depends on the tenant: the setting, a function that asks for it, tables of tenants.
func (a *audit) free(t *trial, condition string, p *policy, all []function) bool {
	if strings.Contains(strings.ToLower(condition), strings.ToLower(a.target.Tenancy.Setting)) {
		return false
	}
	for _, f := range called(condition, all) {
		if a.asksTenant(f, all, 0) || strings.Contains(strings.ToLower(f.body), "current_setting") {
			return false
		}
	}
	for oid := range p.reads {
		if r := a.catalog.ByOID(oid); r != nil && r.Tenancy != nil && strings.Contains(condition, r.Name) {
			return false
		}
	}
	return !strings.Contains(condition, "current_setting") // trials know their values
}

// onContents tells whether a condition speaks of columns that don't say whose the row is, or of the row as a whole.
func (a *audit) onContents(t *trial, condition string, p *policy) bool {
	column := t.table.Tenancy.Column
	words := map[string]bool{}
	for _, w := range word.FindAllString(withoutTexts.ReplaceAllString(condition, "''"), -1) {
		words[strings.Trim(w, `"`)] = true
	}
	if column == "" || words[column] {
		return false
	}
	return words[t.table.Name] || slices.ContainsFunc(p.columns, func(c string) bool { return words[c] }) ||
		slices.ContainsFunc([]string{"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"}, func(c string) bool { return words[c] })
}

var withoutTexts = regexp.MustCompile(`'(?:[^']|'')*'`)

// either splits a condition, as PostgreSQL writes it, at its outermost ORs.
func either(condition string) (branches []string) {
	c := strings.TrimSpace(condition)
	for bare := inner(c); bare != c; bare = inner(c) {
		c = bare
	}
	depth, begin, quoted := 0, 0, false
	for i := 0; i < len(c); i++ {
		switch {
		case c[i] == '\'':
			quoted = !quoted
		case quoted:
		case c[i] == '(':
			depth++
		case c[i] == ')':
			depth--
		case depth == 0 && strings.HasPrefix(c[i:], " OR "):
			branches = append(branches, either(c[begin:i])...)
			begin = i + len(" OR ")
		}
	}
	if begin == 0 {
		return []string{c}
	}
	return append(branches, either(c[begin:])...)
}

// inner takes off parentheses that are around the whole.
func inner(c string) string {
	if !strings.HasPrefix(c, "(") || !strings.HasSuffix(c, ")") {
		return c
	}
	depth, quoted := 0, false
	for i := 0; i < len(c); i++ {
		switch {
		case c[i] == '\'':
			quoted = !quoted
		case quoted:
		case c[i] == '(':
			depth++
		case c[i] == ')':
			if depth--; depth == 0 && i < len(c)-1 {
				return c
			}
		}
	}
	return strings.TrimSpace(c[1 : len(c)-1])
}
