package probes

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
)

var readSpec = Spec{
	Name:     "reads",
	Doc:      "every relation that a confined role may select from is read without a condition, as each of several tenants",
	Channels: []string{"S01", "S02", "S04", "S05", "S06", "S07", "S11"},
	Glance:   true,
	Run:      reads,
}

// shown is what reads have seen of one relation as one role.
type shown struct {
	relation *catalog.Relation
	role     string
	reads    int64
	leaks    int64
	rows     int64 // own rows that came back, over all reads
	missing  int64 // reads that gave fewer rows than the tenant has
	manner   string
	sighting sighting
	attacker string
	broken   string // the error of a read that failed
}

// viewRows is how many rows of what isn't a table are read at most.
const viewRows = 20000

func reads(ctx context.Context, a *Attack) error {
	all := map[string]map[*catalog.Relation]*shown{}
	for _, m := range a.manners() {
		role := m.door.role
		if all[role] == nil {
			all[role] = map[*catalog.Relation]*shown{}
		}
		if err := a.readAs(ctx, m, all[role]); err != nil {
			return err
		}
	}
	for _, role := range a.Target.Confined() {
		if err := a.concludeReads(ctx, role, all[role]); err != nil {
			return err
		}
	}
	return nil
}

// readAs reads all relations in one manner. A relation that has leaked isn't read again.
func (a *Attack) readAs(ctx context.Context, m manner, seen map[*catalog.Relation]*shown) error {
	s, err := m.door.enter(ctx, &a.Config)
	if err != nil {
		return err
	}
	defer s.leave()
	if !m.fresh {
		if err := s.inTransaction(ctx, "COMMIT", func() error { return s.become(ctx, a.others(m.tenant)[0]) }); err != nil {
			return fmt.Errorf("setting the tenant as %s: %w", m.door, err)
		}
	}
	todo := a.sorted(m.door.role)
	for len(todo) > 0 {
		if err := s.begin(ctx, m); err != nil {
			return err
		}
		var stop error
		for len(todo) > 0 && stop == nil {
			r := todo[0]
			todo = todo[1:]
			o := seen[r]
			if o == nil {
				o = &shown{relation: r, role: m.door.role}
				seen[r] = o
			}
			if o.leaks > 0 || r.Shared != "" || catalog.Accepted(a.Target, m.door.role, r) != nil {
				continue
			}
			if stop = a.readOne(ctx, s, m, o); stop != nil && !refused(stop) {
				return stop
			}
		}
		if err := s.run(context.WithoutCancel(ctx), "ROLLBACK"); err != nil {
			return err
		}
	}
	return nil
}

// begin opens a transaction for a tenant in the manner that is wanted.
func (s *session) begin(ctx context.Context, m manner) error {
	if err := s.run(ctx, "BEGIN"); err != nil {
		return err
	}
	var err error
	switch m.set {
	case setters[1]:
		err = s.put(ctx, m.tenant, true)
	case setters[2]:
		err = s.run(ctx, "SET LOCAL "+setting(s.c.Target.Tenancy.Setting)+" = "+quote(m.tenant))
	default:
		err = s.become(ctx, m.tenant)
	}
	if err != nil {
		return fmt.Errorf("setting the tenant as %s: %w", m, err)
	}
	return nil
}

// setting quotes the name of a parameter, part by part.
func setting(name string) string { return pgx.Identifier(strings.Split(name, ".")).Sanitize() }

// readOne reads one relation and judges each row. Of a table one row more than the tenant has is asked for: whatever the order, more rows
// than its own hold one that isn't.
func (a *Attack) readOne(ctx context.Context, s *session, m manner, o *shown) error {
	r := o.relation
	counted := r.IsTable() && r.Tenancy != nil
	limit, own := int64(viewRows), int64(0)
	if counted {
		var err error
		if own, err = a.judge.ownRows(ctx, r, m.tenant, false); err != nil {
			return err
		}
		limit = own + 1
	}
	n, leak, err := a.readRows(ctx, s, m, r, limit)
	if err != nil {
		if refused(err) {
			o.broken = err.Error()
		}
		return err
	}
	if leak == nil && counted && n > own { // perhaps a row has come meanwhile
		if own, err = a.judge.ownRows(ctx, r, m.tenant, true); err != nil {
			return err
		}
		if n > own {
			leak = &sighting{table: r.FullName(), what: fmt.Sprintf("more rows than the %d that the tenant has", own)}
		}
	}
	o.reads++
	o.rows += n
	if counted && n < own {
		o.missing++
	}
	if leak != nil {
		o.leaks++
		o.sighting, o.manner, o.attacker = *leak, m.String(), m.tenant
	}
	return nil
}

// readRows gives the number of rows and the first sign of another tenant.
func (a *Attack) readRows(ctx context.Context, s *session, m manner, r *catalog.Relation, limit int64) (n int64, leak *sighting, err error) {
	ctx, cancel := context.WithTimeout(ctx, statementLimit)
	defer cancel()
	rows, err := s.Query(ctx, readStatement(r, a.readable[m.door.role][r]), m.mode, limit)
	if err != nil {
		return 0, nil, err
	}
	defer rows.Close()
	direct := r.Tenancy != nil && r.Tenancy.Column != "" && slices.Contains(a.readable[m.door.role][r], r.Tenancy.Column)
	for rows.Next() {
		n++
		values := rows.RawValues()
		if leak != nil {
			continue
		}
		if direct && values[0] != nil && string(values[0]) != m.tenant && !a.throughAccepted(m.door.role, r) {
			leak = &sighting{owner: string(values[0]), table: r.FullName(), what: "the row's tenant column"}
		}
		if found, ok := a.judge.foreign(m.door.role, m.tenant, values[1]); ok {
			leak = &found
		}
	}
	return n, leak, rows.Err()
}

// readStatement reads the columns that a role may read, all in one text, and the tenant beside it where a column has it.
func readStatement(r *catalog.Relation, columns []string) string {
	tenant := "NULL"
	var all []string
	for _, name := range columns {
		column := "t." + identifier(name)
		if r.Tenancy != nil && r.Tenancy.Column == name {
			tenant = column + "::text"
		}
		if c := r.Column(name); c != nil && c.Type == "bytea" {
			column = "pg_catalog.encode(" + column + ", 'escape')"
		}
		all = append(all, column)
	}
	return "SELECT " + tenant + ", ROW(" + strings.Join(all, ", ") + ")::text FROM " + r.SQL() + " AS t LIMIT $1"
}

// throughAccepted tells of a view whether it shows what the target shows this role on purpose.
func (a *Attack) throughAccepted(role string, r *catalog.Relation) bool {
	if r.IsTable() {
		return false
	}
	for _, base := range a.judge.bases[r] {
		if catalog.Accepted(a.Target, role, base) != nil {
			return true
		}
	}
	return false
}
