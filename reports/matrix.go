package reports

import (
	"io"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

var commands = []string{"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}

// Matrix draws what each role may do with each relation: x for the whole of it, the columns' names for some.
func Matrix(w io.Writer, all []result.RoleRights) error {
	p := &printer{w: w}
	var rows [][]string
	for _, r := range all {
		row := []string{r.Object, r.Role}
		for _, c := range commands {
			row = append(row, mark(r.Rights, c))
		}
		rows = append(rows, append(row, r.Rows))
	}
	p.table(slices.Concat([]string{"relation", "role"}, commands, []string{"rows"}), rows)
	return p.err
}

func mark(rights []string, command string) string {
	for _, r := range rights {
		if r == command {
			return "x"
		}
		if columns, some := strings.CutPrefix(r, command+" "); some {
			return columns
		}
	}
	return ""
}
