package backup

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
)

// counts are the rows in a dump of plain SQL, by table and by the tenant column.
type counts struct {
	column  string
	rows    map[string]int64
	tenants map[string]map[string]int64 // by table; only of tables with the column
}

// read goes through a dump: COPY and the names of table and columns, then a line for each row up to one with \. alone.
func (c *counts) read(r io.Reader) error {
	lines := bufio.NewReaderSize(r, 1<<20)
	table, at := "", -1
	for {
		line, err := readLine(lines)
		if err == io.EOF {
			if table != "" {
				return fmt.Errorf("it ends within the rows of %s", table)
			}
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case table == "":
			if bytes.HasPrefix(line, []byte("COPY ")) {
				var columns []string
				if table, columns, err = copyLine(string(line)); err != nil {
					return err
				}
				c.rows[table] += 0 // it is in the dump, with or without rows
				if at = slices.Index(columns, c.column); at >= 0 && c.tenants[table] == nil {
					c.tenants[table] = map[string]int64{}
				}
			}
		case string(line) == `\.`:
			table = ""
		default:
			c.rows[table]++
			if at >= 0 {
				c.tenants[table][tenantOf(line, at)]++
			}
		}
	}
}

// readLine gives a line without its end, however long it is.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		line = slices.Clone(line)
		var rest []byte
		rest, err = r.ReadBytes('\n')
		line = append(line, rest...)
	}
	if err == io.EOF && len(line) > 0 {
		err = nil
	}
	return bytes.TrimSuffix(line, []byte("\n")), err
}

// tenantOf is the text of a row's column. Tabs part columns; one within a value is written as \t.
func tenantOf(line []byte, at int) string {
	for range at {
		_, rest, _ := bytes.Cut(line, []byte("\t"))
		line = rest
	}
	text, _, _ := bytes.Cut(line, []byte("\t"))
	if string(text) == `\N` {
		return orNone(nil)
	}
	return string(text)
}

// copyLine reads `COPY schema.table (column, column) FROM stdin;`, where a name that needs it stands in quotes.
func copyLine(line string) (table string, columns []string, err error) {
	rest := strings.TrimPrefix(line, "COPY ")
	schema, rest, ok := cutName(rest)
	if ok && strings.HasPrefix(rest, ".") {
		if table, rest, ok = cutName(rest[1:]); ok && strings.HasPrefix(rest, " (") {
			for rest = rest[2:]; ok && !strings.HasPrefix(rest, ")"); {
				var column string
				column, rest, ok = cutName(strings.TrimPrefix(rest, ", "))
				columns = append(columns, column)
			}
			if ok {
				return schema + "." + table, columns, nil
			}
		}
	}
	return "", nil, fmt.Errorf("a line that is no COPY as pg_dump writes it: %q", line)
}

// cutName takes a name off the beginning of a text.
func cutName(text string) (name, rest string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexAny(text, `., ()"`)
		if end <= 0 {
			return "", text, false
		}
		return text[:end], text[end:], true
	}
	for i := 1; i < len(text); i++ {
		if text[i] != '"' {
			continue
		}
		if i+1 < len(text) && text[i+1] == '"' {
			i++ // one that is part of the name
			continue
		}
		return strings.ReplaceAll(text[1:i], `""`, `"`), text[i+1:], true
	}
	return "", text, false
}
