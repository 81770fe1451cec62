package removal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
)

// place is somewhere that something of the tenant's is.
type place struct {
	where string // that it is in
	name  string
	count int64
	mark  string // the first that was seen there
}

// rowScan counts the lines of a COPY in which a mark is.
type rowScan struct {
	marks *marks
	half  []byte
	place
}

func (s *rowScan) Write(p []byte) (int, error) {
	whole := p
	for {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			s.half = append(s.half, p...)
			return len(whole), nil
		}
		line := p[:i]
		if len(s.half) > 0 {
			s.half = append(s.half, line...)
			line = s.half
		}
		if mark := s.marks.in(line); mark != "" {
			if s.count++; s.mark == "" {
				s.mark = mark
			}
		}
		s.half, p = s.half[:0], p[i+1:]
	}
}

// rowsOf reads a whole table once and counts the rows that carry a mark, in whichever column.
func (m *marks) rowsOf(ctx context.Context, conn *pgx.Conn, r *catalog.Relation) (place, error) {
	s := &rowScan{marks: m, place: place{name: r.FullName()}}
	var columns []string
	for _, c := range r.Columns {
		name := pgx.Identifier{c.Name}.Sanitize()
		if c.Type == "bytea" {
			name = "encode(" + name + ", 'escape')" // else its text is hexadecimal
		}
		columns = append(columns, name)
	}
	from := r.SQL()
	if r.Kind == catalog.Table {
		from = "ONLY " + from // its children are read by themselves
	}
	_, err := conn.PgConn().CopyTo(ctx, s, "COPY (SELECT "+strings.Join(columns, ", ")+" FROM "+from+") TO STDOUT")
	if err != nil {
		return s.place, fmt.Errorf("reading %s: %w", r.FullName(), err)
	}
	return s.place, nil
}

// holdsRows are the kinds of relation that keep rows themselves.
func holdsRows(r *catalog.Relation) bool {
	return r.Kind == catalog.Table || r.Kind == catalog.MaterializedView
}

// OthersRows counts rows by "TABLE of tenant ID", those of one tenant left out.
func OthersRows(ctx context.Context, conn *pgx.Conn, tables []*catalog.Relation, without string) (map[string]int64, error) {
	counts := map[string]int64{}
	for _, r := range tables {
		rows, err := conn.Query(ctx, "SELECT "+r.Tenancy.Of+", count(*) FROM "+r.SQL()+" AS t GROUP BY 1")
		if err != nil {
			return nil, fmt.Errorf("counting the rows of %s: %w", r.FullName(), err)
		}
		var of *string
		var n int64
		if _, err := pgx.ForEachRow(rows, []any{&of, &n}, func() error {
			if of != nil && *of != without {
				counts[r.FullName()+" of tenant "+*of] = n
			}
			return nil
		}); err != nil {
			return nil, fmt.Errorf("counting the rows of %s: %w", r.FullName(), err)
		}
	}
	return counts, nil
}

// ownRows counts the tenant's rows by table, as the catalog tells whose they are.
func ownRows(ctx context.Context, conn *pgx.Conn, tables []*catalog.Relation, id string) (all []place, err error) {
	for _, r := range tables {
		p := place{name: r.FullName()}
		if err := conn.QueryRow(ctx, "SELECT count(*) FROM "+r.SQL()+" AS t WHERE "+r.Tenancy.Mine, id).Scan(&p.count); err != nil {
			return nil, fmt.Errorf("counting the rows of %s: %w", r.FullName(), err)
		}
		if p.count > 0 {
			all = append(all, p)
		}
	}
	return all, nil
}

var keyspace = regexp.MustCompile(`(?m)^db(\d+):`)

// keys looks at every key of every database of Redis, its name and what is under it. looked is how many there are.
func (c *Config) keys(ctx context.Context, m *marks) (found []place, looked int64, err error) {
	if c.Redis == nil {
		return nil, 0, nil
	}
	client := c.redis(0)
	defer client.Close()
	info, err := client.Info(ctx, "keyspace").Result()
	if err != nil {
		return nil, 0, fmt.Errorf("asking which databases the cache has: %w", err)
	}
	for _, match := range keyspace.FindAllStringSubmatch(info, -1) {
		number, err := strconv.Atoi(match[1])
		if err != nil {
			return nil, looked, err
		}
		one := c.redis(number)
		err = eachKey(ctx, one, "*", func(key string, content []byte) {
			looked++
			mark := m.in([]byte(key))
			if mark == "" {
				mark = m.inBytes(content)
			}
			if mark != "" {
				found = append(found, place{where: fmt.Sprintf("cache, database %d", number), name: "key " + key, count: 1, mark: mark})
			}
		})
		if err = errors.Join(err, one.Close()); err != nil {
			return found, looked, err
		}
	}
	return found, looked, nil
}

// files looks at every file of the services, its path and its contents.
func (c *Config) files(m *marks) (found []place, looked int64, err error) {
	for _, folder := range sorted(c.Folders) {
		root := c.Folders[folder]
		err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // gone meanwhile
			}
			if err != nil {
				return err
			}
			short, err := filepath.Rel(root, file)
			if err != nil {
				return err
			}
			looked++
			mark := m.in([]byte(short))
			if mark == "" && entry.Type().IsRegular() {
				content, err := os.ReadFile(file)
				if errors.Is(err, fs.ErrNotExist) {
					return nil
				}
				if err != nil {
					return err
				}
				mark = m.inBytes(content)
			}
			if mark != "" {
				found = append(found, place{where: "files of " + folder, name: "file " + short, count: 1, mark: mark})
			}
			return nil
		})
		if err != nil {
			return found, looked, fmt.Errorf("reading the files of %s: %w", folder, err)
		}
	}
	return found, looked, nil
}

func sorted(m map[string]string) (names []string) {
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
