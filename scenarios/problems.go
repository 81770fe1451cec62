package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in a scenario.
type Problem struct {
	File string
	// Line counts from 1; it is 0 where there is no text to point at, as for a
	// file that can't be read.
	Line int
	// Field is the path of the field ("load.rate"), empty for the whole file.
	Field   string
	Problem string
}

// String gives file:line: field: problem, leaving out what there is not.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	if p.Field != "" {
		b.WriteString(": " + p.Field)
	}
	b.WriteString(": " + p.Problem)
	return b.String()
}

// InvalidError holds all that is wrong with a scenario, sorted by line. It is
// the user's to mend: the command ends with the exit code of bad input.
type InvalidError struct {
	Problems []Problem
	cause    error
}

// Error gives one line for each problem.
func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the error of the file system, if that was the reason.
func (e *InvalidError) Unwrap() error { return e.cause }

// invalid sorts the problems by line and drops repetitions.
func invalid(problems []Problem) error {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Field, b.Field))
	})
	return &InvalidError{Problems: slices.Compact(problems)}
}

// unknownName words an unknown name with the nearest valid one and all of them.
func unknownName(what, name string, valid []string) string {
	if len(valid) == 0 {
		return fmt.Sprintf("unknown %s %q; there are none", what, name)
	}
	return fmt.Sprintf("unknown %s %q%s; valid: %s", what, name, didYouMean(name, valid), strings.Join(slices.Sorted(slices.Values(valid)), ", "))
}

func didYouMean(name string, valid []string) string {
	// Half of the letters wrong is no longer a slip of the pen.
	best, bestAt := "", max(2, len(name)/2)
	if len(name) <= 64 {
		for _, v := range valid {
			if d := distance(strings.ToLower(name), strings.ToLower(v)); d < bestAt || d == bestAt && best == "" && d < len(v)/2 {
				best, bestAt = v, d
			}
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// distance is the number of letters to insert, delete or replace to make b of
// a (Levenshtein, one row at a time).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
