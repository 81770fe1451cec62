package probes

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/catalog"
)

// victimRow is a row of another tenant's, nil where there is none.
func (a *Attack) victimRow(ctx context.Context, r *catalog.Relation, attacker string) (victim string, row map[string]any, err error) {
	all := a.others(attacker)
	for i := range all {
		victim = all[(i+slices.Index(a.Tenants, attacker))%len(all)]
		if row, err = a.row(ctx, r, victim); err != nil || row != nil {
			return victim, row, err
		}
	}
	return "", nil, nil
}

// rowsAhead is for how many tenants rows of all tables are read at once: those who attack and are attacked first.
const rowsAhead = 3

// row is some row of a tenant's, as the superuser sees it; nil where there is none.
func (a *Attack) row(ctx context.Context, r *catalog.Relation, id string) (map[string]any, error) {
	known := a.rows[id]
	if known == nil {
		known = map[*catalog.Relation]map[string]any{}
		a.rows[id] = known
	}
	if len(known) == 0 && len(a.rows) <= rowsAhead {
		if err := a.learnRows(ctx, a.Catalog.TenantTables(), id, known); err != nil {
			return nil, err
		}
	}
	if row, asked := known[r]; asked {
		return row, nil
	}
	err := a.learnRows(ctx, []*catalog.Relation{r}, id, known)
	return known[r], err
}

// learnRows reads a row of a tenant's from each of the relations.
func (a *Attack) learnRows(ctx context.Context, relations []*catalog.Relation, id string, known map[*catalog.Relation]map[string]any) error {
	var segments []segment
	for _, r := range relations {
		segments = append(segments, one("SELECT pg_catalog.to_jsonb(t)::text FROM "+r.SQL()+" AS t WHERE "+r.Tenancy.Mine+" LIMIT 1", id))
	}
	answers, err := a.boss.pipeline(ctx, segments...)
	for i, r := range relations {
		if err == nil {
			err = answers[i].refusal
		}
		if err != nil {
			return fmt.Errorf("a row of %s: %w", r.FullName(), err)
		}
		known[r] = nil
		if data := answers[i].last().text; data != "" {
			var row map[string]any
			decoder := json.NewDecoder(strings.NewReader(data))
			decoder.UseNumber()
			if err = decoder.Decode(&row); err != nil {
				return fmt.Errorf("a row of %s: %w", r.FullName(), err)
			}
			known[r] = row
		}
	}
	return nil
}
