package checks

import (
	"regexp"
	"strings"
)

// compared tells a group of a condition that says yes or no from one that is a value.
var compared = regexp.MustCompile(`(?i) (=|<>|~~?\*?|!~~?\*?|<=?|>=?|@>|<@|\?|IS|IN|LIKE|ILIKE|BETWEEN) `)

// granted are a condition as sessions have it that give a setting what it is compared with, though nobody could guess that: a token, a hash.
// The server writes conditions with all their brackets, so the comparison is the nearest group around the setting that has one.
func (s *source) granted(condition string) (all []string) {
	for _, name := range s.settings {
		at := strings.Index(condition, "current_setting('"+name+"'")
		if at < 0 {
			continue
		}
		opens, closes := groups(condition)
		for from := at; from >= 0; from-- {
			to, is := closes[from], opens[from]
			if !is || to < at || !compared.MatchString(outermost(condition[from+1:to])) {
				continue
			}
			all = append(all, condition[:from]+"(true)"+condition[to+1:])
			break
		}
	}
	return all
}

// groups gives where brackets open, and where each of them closes. Brackets within quotes are none.
func groups(text string) (opens map[int]bool, closes map[int]int) {
	opens, closes = map[int]bool{}, map[int]int{}
	var stack []int
	quoted := false
	for i := range len(text) {
		switch {
		case text[i] == '\'':
			quoted = !quoted
		case quoted:
		case text[i] == '(':
			stack = append(stack, i)
		case text[i] == ')' && len(stack) > 0:
			from := stack[len(stack)-1]
			stack, opens[from], closes[from] = stack[:len(stack)-1], true, i
		}
	}
	return opens, closes
}

// outermost is a text without what is in brackets.
func outermost(text string) string {
	opens, closes := groups(text)
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if opens[i] {
			i = closes[i]
			b.WriteString("()")
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
