package removal

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/tenant"
)

// marks tell what is of one tenant's: ids and canaries that were seeded or written by a load, and ids that services gave to rows of the
// tenant's themselves.
type marks struct {
	codec  tenant.Codec
	number int
	given  map[tenant.UUID]bool
	binary [][]byte // ids of what keys and files are named after as 16 bytes, in either order: how some formats keep them
}

// in gives the first mark in a text, "" where it has none.
func (m *marks) in(text []byte) (mark string) {
	tenant.ScanUUIDs(text, func(u tenant.UUID) bool {
		if ref, ok := m.codec.Ref(u); ok && ref.Tenant == m.number || m.given[u] {
			mark = "id " + u.String()
		}
		return mark == ""
	})
	if mark == "" {
		m.codec.Scan(text, func(s tenant.Sighting) bool {
			if s.Whole && s.Ref.Tenant == m.number {
				mark = "canary " + m.codec.Token(s.Ref)
			}
			return mark == ""
		})
	}
	return mark
}

// inBytes is in for what may be no text.
func (m *marks) inBytes(content []byte) string {
	if mark := m.in(content); mark != "" {
		return mark
	}
	for _, id := range m.binary {
		if bytes.Contains(content, id) {
			return "an id as bytes"
		}
	}
	return ""
}

// binaryMax is how many ids are looked for as bytes: each is a search of its own.
const binaryMax = 32

// learn notes the ids of the tenant's rows that bulkhead didn't give, and how bytes would name what keys and files are named after.
func (m *marks) learn(ctx context.Context, conn *pgx.Conn, tables []*catalog.Relation, id string, names map[string]bool) error {
	words := slices.Sorted(maps.Keys(names))
	for _, word := range words {
		if u, ok := tenant.ParseUUID(word); ok && len(m.binary) < 2*binaryMax {
			forth, back := slices.Clone(u[:]), slices.Clone(u[:])
			slices.Reverse(back)
			m.binary = append(m.binary, forth, back)
		}
	}
	for _, r := range tables {
		i := slices.IndexFunc(r.Columns, func(c catalog.Column) bool {
			return c.Type == "uuid" && (c.Name == "id" || c.Name == r.Name+"_id")
		})
		if i < 0 {
			continue
		}
		rows, err := conn.Query(ctx, "SELECT t."+pgx.Identifier{r.Columns[i].Name}.Sanitize()+"::text FROM "+r.SQL()+" AS t WHERE "+r.Tenancy.Mine, id)
		if err != nil {
			return fmt.Errorf("ids of %s: %w", r.FullName(), err)
		}
		var text string
		if _, err := pgx.ForEachRow(rows, []any{&text}, func() error {
			if u, ok := tenant.ParseUUID(text); ok {
				if _, ours := m.codec.Ref(u); !ours {
					m.given[u] = true
				}
			}
			return nil
		}); err != nil {
			return fmt.Errorf("ids of %s: %w", r.FullName(), err)
		}
	}
	return nil
}
