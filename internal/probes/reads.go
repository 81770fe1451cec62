package probes

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/checks"
	"github.com/engardehq/bulkhead/internal/result"
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

// concludeReads makes findings of what was seen as one role.
func (a *Attack) concludeReads(ctx context.Context, role string, seen map[*catalog.Relation]*shown) error {
	alive, silent := 0, []string{}
	relations := a.sorted(role)
	slices.SortStableFunc(relations, func(x, y *catalog.Relation) int { // views show what tables do, so tables come first
		return len(a.judge.bases[x]) - len(a.judge.bases[y])
	})
	for _, r := range relations {
		o := seen[r]
		if o == nil || r.Shared != "" {
			continue
		}
		counted := []string{readChannel(r)}
		if r.IsTable() {
			counted = []string{"S01", "S02", "S04", "S05", "S06"}
		}
		for _, channel := range counted {
			a.at(channel).units += o.reads
		}
		switch {
		case o.leaks > 0:
			if err := a.blameRead(ctx, o); err != nil {
				return err
			}
			alive++
		case o.reads == 0 && o.broken != "":
			silent = append(silent, r.FullName()+" ("+o.broken+")")
		case o.rows > 0:
			alive++
		}
	}
	if alive == 0 {
		a.at("S05").unsure("role " + role + " has seen no row of its own anywhere: whether it could see others' is not known " + strings.Join(silent, ", "))
	}
	return nil
}

// readChannel is the channel under which the reading of a relation counts.
func readChannel(r *catalog.Relation) string {
	switch {
	case r.Kind == catalog.View || r.Kind == catalog.MaterializedView:
		return "S07"
	case r.Kind == catalog.ForeignTable:
		return "S11"
	case r.RowSecurity:
		return "S05"
	}
	return "S04"
}

// blameRead looks for the door that was open and makes the finding.
func (a *Attack) blameRead(ctx context.Context, o *shown) error {
	r := o.relation
	f := result.Finding{Channel: readChannel(r), Severity: result.Leak, Where: r.FullName() + ", role " + o.role, Count: o.leaks,
		Evidence: []result.Evidence{o.sighting.evidence(o.role, o.attacker, o.manner)}}
	f.What = o.role + " reads other tenants' rows of " + r.FullName()
	f.Fix = "REVOKE SELECT ON " + r.SQL() + " FROM " + identifier(o.role) + ";"
	switch {
	case r.Kind == catalog.View:
		f.What += ": the view reads with the rights of its owner " + r.Owner + ", past the reader's policies"
		f.Fix = "ALTER VIEW " + r.SQL() + " SET (security_invoker = true);"
	case r.Kind == catalog.MaterializedView:
		f.What += ": a materialized view has no policies of its own"
		f.Fix = "REVOKE SELECT ON " + r.SQL() + " FROM " + identifier(o.role) + ", PUBLIC;"
	case r.Kind == catalog.ForeignTable:
		f.What += ": a foreign table has no policies of its own"
		f.Fix = "REVOKE SELECT ON " + r.SQL() + " FROM " + identifier(o.role) + ", PUBLIC;"
	case r.Tenancy == nil:
		f.What += ", a table without row-level security and without a declared way to a tenant"
	}
	causes, err := checks.Causes(ctx, a.boss.Conn, checks.Door{Table: r.FullName(), Role: o.role, Setting: a.Target.Tenancy.Setting})
	if err != nil {
		return err
	}
	switch {
	case len(causes) > 0 && (r.IsTable() || causes[0].Channel == "S02"):
		f.Channel, f.Fix = causes[0].Channel, causes[0].Fix
		f.What += "; " + causes[0].What
	case r.IsTable() && r.RowSecurity:
		f.Channel = "S06"
		f.What += "; the condition of a policy lets them through"
		f.Fix = a.policyMend(ctx, r, o.role)
	}
	if f.Channel == "S02" { // one cause, however many tables it opens
		f.What = causeOnly(f.What)
		f.Where = "role " + o.role
	}
	if a.leaked[r] == nil {
		a.leaked[r] = map[string]bool{}
	}
	a.leaked[r][o.role] = true
	if r.Kind == catalog.View && f.Channel != "S02" {
		invoker, err := a.invoker(ctx, r)
		if err != nil {
			return err
		}
		if invoker { // it shows what its tables show
			if slices.ContainsFunc(a.judge.bases[r], func(base *catalog.Relation) bool { return a.leaked[base][o.role] }) {
				return nil
			}
			f.What = o.role + " reads other tenants' rows of " + r.FullName() + ", a view that reads with the reader's rights: what it reads from is open"
			f.Fix = "REVOKE SELECT ON " + r.SQL() + " FROM " + identifier(o.role) + ", PUBLIC;"
		}
	}
	a.at(f.Channel).add(f)
	return nil
}

// invoker tells whether a view reads with the reader's rights.
func (a *Attack) invoker(ctx context.Context, r *catalog.Relation) (is bool, err error) {
	err = a.boss.QueryRow(ctx, text("invoker.sql"), r.OID).Scan(&is)
	return is, err
}

func causeOnly(what string) string {
	if _, cause, ok := strings.Cut(what, "; "); ok {
		return cause
	}
	return what
}
