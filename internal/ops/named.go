package ops

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// NumberParams puts $1, $2 ... in the place of :name parameters, as psql's users write them, and gives the names in order. Quoted text,
// comments and casts (::type) are left alone.
func NumberParams(sql string) (numbered string, names []string) {
	var out strings.Builder
	for i := 0; i < len(sql); {
		if end := skip(sql, i); end > i {
			out.WriteString(sql[i:end])
			i = end
			continue
		}
		name := nameAt(sql, i)
		if name == "" {
			out.WriteByte(sql[i])
			i++
			continue
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		out.WriteString("$" + strconv.Itoa(slices.Index(names, name)+1))
		i += 1 + len(name)
	}
	return out.String(), names
}

// skip gives the end of a quoted text, a comment or a cast that begins at i, i where none does.
func skip(sql string, i int) int {
	until := func(from int, end string) int {
		if j := strings.Index(sql[from:], end); j >= 0 {
			return from + j + len(end)
		}
		return len(sql)
	}
	rest := sql[i:]
	switch {
	case rest[0] == '\'', rest[0] == '"':
		return until(i+1, rest[:1]) // a doubled quote ends one text and begins the next
	case strings.HasPrefix(rest, "--"):
		return until(i, "\n")
	case strings.HasPrefix(rest, "/*"):
		return until(i+2, "*/")
	case strings.HasPrefix(rest, "::"):
		return i + 2
	}
	return i
}

// nameAt is the name of a parameter at i: a colon, a letter, then letters, digits and underscores.
func nameAt(sql string, i int) string {
	if sql[i] != ':' {
		return ""
	}
	end := i + 1
	for end < len(sql) && (isLetter(sql[end]) || end > i+1 && '0' <= sql[end] && sql[end] <= '9') {
		end++
	}
	return sql[i+1 : end]
}

func isLetter(b byte) bool { return b == '_' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' }

// nameParams ties named parameters to a statement: it gives the statement with numbers and the parameters in their order.
func nameParams(text string, given map[string]string) (numbered string, params []string, err error) {
	numbered, names := NumberParams(text)
	for _, name := range names {
		source, ok := given[name]
		if !ok {
			return "", nil, fmt.Errorf(":%s has no value under named", name)
		}
		params = append(params, source)
	}
	for name := range given {
		if !slices.Contains(names, name) {
			return "", nil, fmt.Errorf("named has %s, and the statement no :%s", name, name)
		}
	}
	return numbered, params, nil
}
