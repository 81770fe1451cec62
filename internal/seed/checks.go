package seed

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// limit is what check constraints allow in one column, as far as they are simple enough to read.
type limit struct {
	choices []string
	lo, hi  *float64
	above   bool // lo itself is not allowed
	below   bool // hi itself is not allowed
}

var (
	// col = ANY (ARRAY['a'::text, 'b'::text]) with or without casts, and what IN with a single word becomes: col = 'a'::text
	anyOf  = regexp.MustCompile(`(?:\(("?\w+"?)\)::\w+|\b("?\w+"?)) = ANY \(+ARRAY\[([^\]]*)\]`)
	single = regexp.MustCompile(`^\(?(?:\(("?\w+"?)\)::\w+|("?\w+"?)) = '((?:[^']|'')*)'::[\w ]+\)?$`)
	word   = regexp.MustCompile(`'((?:[^']|'')*)'::`)
	// col >= 0, col < (10)::numeric, col > '-1'::integer, col <= 0.5
	bound = regexp.MustCompile(`\(("?\w+"?)(?:\)::[\w ]+)? (>=|>|<=|<) \(?'?(-?[\d.]+)'?\)?(?:::[\w ]+)?\)`)
)

// readChecks reads conditions as pg_get_expr writes them. Those with OR in them are read only where the OR lets NULL pass,
// because a choice or bound on one side of it isn't one for the column; what isn't read is for COPY to enforce.
func readChecks(conditions []string) map[string]limit {
	out := map[string]limit{}
	for _, condition := range conditions {
		if strings.Contains(nullPasses.ReplaceAllString(condition, ""), " OR ") {
			continue
		}
		if m := single.FindStringSubmatch(condition); m != nil {
			out[plain(m[1]+m[2])] = limit{choices: []string{strings.ReplaceAll(m[3], "''", "'")}}
		}
		for _, m := range anyOf.FindAllStringSubmatch(condition, -1) {
			l := out[plain(m[1]+m[2])]
			words := []string{}
			for _, w := range word.FindAllStringSubmatch(m[3], -1) {
				words = append(words, strings.ReplaceAll(w[1], "''", "'"))
			}
			if l.choices != nil { // two constraints on one column: what both allow
				words = slices.DeleteFunc(words, func(w string) bool { return !slices.Contains(l.choices, w) })
			}
			l.choices = words
			out[plain(m[1]+m[2])] = l
		}
		for _, m := range bound.FindAllStringSubmatch(condition, -1) {
			l := out[plain(m[1])]
			l.add(m[2], m[3])
			out[plain(m[1])] = l
		}
	}
	return out
}

var nullPasses = regexp.MustCompile(`\("?\w+"? IS NULL\) OR `)

func plain(name string) string { return strings.Trim(name, `"`) }

func (l *limit) add(operator, number string) {
	v, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return
	}
	switch operator {
	case ">=", ">":
		if l.lo == nil || v >= *l.lo {
			l.lo, l.above = &v, operator == ">"
		}
	default:
		if l.hi == nil || v <= *l.hi {
			l.hi, l.below = &v, operator == "<"
		}
	}
}

// bounds narrows or moves a range in units of the last of scale digits.
func (l limit) bounds(lo, hi int64, scale int) (int64, int64) {
	unit := float64(pow10(scale))
	width := hi - lo
	if l.lo != nil {
		lo = int64(math.Ceil(*l.lo * unit))
		if l.above && float64(lo) == *l.lo*unit {
			lo++
		}
		hi = max(hi, lo+width)
	}
	if l.hi != nil {
		top := int64(math.Floor(*l.hi * unit))
		if l.below && float64(top) == *l.hi*unit {
			top--
		}
		hi = min(hi, top)
		if l.lo == nil && lo > hi {
			lo = hi - width
		}
	}
	return lo, hi
}
