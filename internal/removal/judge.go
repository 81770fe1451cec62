package removal

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/probes/book"
	"github.com/engardehq/bulkhead/internal/result"
)

// look is one removal as it is looked at.
type look struct {
	c      *Config
	conn   *pgx.Conn // as superuser
	cat    *catalog.Catalog
	tables []*catalog.Relation // that hold tenants' rows, but for those that stay
	id     string
	marks  *marks
	others map[string]int64 // rows of the other tenants
	book   book.Book
	done   *result.Removal

	readers map[string]*pgx.Conn // of confined roles, for another tenant; nil for one that can't be
}

// before notes what there is to remove. Where there is nothing of a kind that the target removes, finding nothing of it afterwards says nothing.
func (l *look) before(ctx context.Context, uses []*use, said []string) error {
	names, err := l.c.names(ctx, l.id)
	if err != nil {
		return fmt.Errorf("asking what names the tenant: %w", err)
	}
	if err := l.marks.learn(ctx, l.conn, l.tables, l.id, names); err != nil {
		return err
	}
	own, err := ownRows(ctx, l.conn, l.tables, l.id)
	if err != nil {
		return err
	}
	for _, p := range own {
		l.done.Rows += p.count
	}
	l.done.Tables = len(own)
	if l.others, err = OthersRows(ctx, l.conn, l.tables, l.id); err != nil {
		return err
	}
	keys, _, err := l.c.keys(ctx, l.marks)
	if err != nil {
		return err
	}
	files, _, err := l.c.files(l.marks)
	if err != nil {
		return err
	}
	l.done.Keys, l.done.Files = int64(len(keys)), int64(len(files))
	l.control(uses, said)
	return nil
}

// control says what this removal can't show, because there was nothing of it before.
func (l *look) control(uses []*use, said []string) {
	o := l.book.At("T05")
	lacks := func(what string) { o.Unsure(strings.Join(append([]string{what}, said...), "; ")) }
	if l.done.Rows == 0 {
		lacks("the tenant had no rows: there was nothing to remove")
	}
	for _, s := range l.c.Target.Removal.Steps {
		if s.Needs != "" && !l.c.Has(s.Needs) {
			continue
		}
		if s.Keys != "" && l.done.Keys == 0 {
			lacks("no key of the cache was the tenant's: there was nothing to remove")
		}
		if s.Files != "" && l.done.Files == 0 {
			lacks("no file was the tenant's: there was nothing to remove")
		}
	}
	for _, u := range uses {
		if u.before < 200 || u.before > 299 {
			l.book.At(u.Channel).Unsure(fmt.Sprintf("%s was not served before the removal (%d), so that it isn't afterwards tells nothing", u.name(), u.before))
		}
	}
}

// refused judges whether, and how soon, the tenant's user was no longer served.
func (l *look) refused(ctx context.Context, v *visitor, u *use, shut time.Time) {
	seconds, still := v.end(ctx, u, shut)
	o := l.book.At(u.Channel)
	l.done.Refused = append(l.done.Refused, result.RemovalUse{What: u.name(), Seconds: seconds, AllowedSeconds: u.Within.Seconds()})
	if ctx.Err() != nil {
		o.Unsure("interrupted before " + u.name() + " was refused")
		return
	}
	if still && u.served.Before(shut) {
		o.Unsure(fmt.Sprintf("%s was neither served nor refused: %s", u.name(), u.odd))
		return
	}
	o.Units += max(u.asked-1, 0)
	if o.Looked(!still) {
		return
	}
	o.Add(result.Finding{Channel: u.Channel, Severity: result.Weakness, Count: 1, Where: u.name(),
		What:     "a removed tenant's user is still served with the credentials that it had",
		Fix:      "-- revoke them in a step of the target's removal, and let no service remember longer than declared that they are good",
		Evidence: []result.Evidence{{Tenant: l.id, Detail: fmt.Sprintf("served %.1f s after the doors were shut, %.0f s are allowed", seconds, u.Within.Seconds())}}})
}

// after looks for whatever is left, and whether others are as they were.
func (l *look) after(ctx context.Context) error {
	for _, r := range l.cat.Relations {
		if !holdsRows(r) {
			continue
		}
		left, err := l.marks.rowsOf(ctx, l.conn, r)
		if err != nil {
			return err
		}
		if l.c.Target.Removal.Stays(r.FullName()) {
			l.stayed(r, left)
		} else if !l.book.At("T05").Looked(left.count == 0) {
			l.rowsLeft(ctx, r, left)
		}
	}
	keys, looked, err := l.c.keys(ctx, l.marks)
	if err != nil {
		return err
	}
	l.left(keys, looked, "what is cached of a removed tenant is left", "DEL it -- in Redis, in a step of the target's removal")
	files, looked, err := l.c.files(l.marks)
	if err != nil {
		return err
	}
	l.left(files, looked, "a file of a removed tenant is left", "rm it -- in a step of the target's removal")
	return l.othersAsBefore(ctx)
}

// stayed tells what the target keeps on purpose.
func (l *look) stayed(r *catalog.Relation, left place) {
	for _, x := range l.c.Target.Removal.Leaves {
		if x.Table == r.FullName() {
			l.book.At("T05").Residue(fmt.Sprintf("%d rows of %s stay on purpose: %s", left.count, x.Table, x.Reason))
			l.done.Stayed = append(l.done.Stayed, result.RemovalLeft{Table: x.Table, Rows: left.count, Reason: x.Reason})
		}
	}
}

// rowsLeft is a leak where another tenant can read what is left.
func (l *look) rowsLeft(ctx context.Context, r *catalog.Relation, left place) {
	f := result.Finding{Channel: "T05", Severity: result.Weakness, Count: left.count, Where: "table " + left.name, What: "rows of a removed tenant are left",
		Fix:      "-- remove the rows of " + left.name + " in a step of the target's removal, and find its tables in the catalog rather than in a list",
		Evidence: []result.Evidence{{Owner: l.id, Table: left.name, Detail: "by its " + left.mark}}}
	if role, reader := l.readable(ctx, r); role != "" {
		f.Severity = result.Leak
		f.What = "rows of a removed tenant are left where another tenant reads them"
		f.Evidence[0].Tenant = reader
		f.Evidence[0].Detail += ", read as " + role
	}
	l.book.At("T05").Add(f)
}

// readable gives a confined role by which another tenant sees what is left. A role that may not read the table at all sees nothing.
func (l *look) readable(ctx context.Context, r *catalog.Relation) (role, reader string) {
	w := l.c.World
	reader = w.Codec.TenantID((l.c.Tenant + 1) % w.Tenants).String()
	for _, role := range l.c.Target.Confined() {
		conn := l.reader(ctx, role, reader)
		if conn == nil || catalog.Accepted(l.c.Target, role, r) != nil {
			continue
		}
		if _, err := conn.Exec(ctx, "BEGIN"); err != nil {
			continue
		}
		var seen bool
		if _, err := conn.Exec(ctx, l.c.Target.Tenancy.Set, reader); err == nil {
			found, err := l.marks.rowsOf(ctx, conn, r)
			seen = err == nil && found.count > 0
		}
		if _, err := conn.Exec(ctx, "ROLLBACK"); err == nil && seen {
			return role, reader
		}
	}
	return "", ""
}

// reader is a connection as a confined role, kept for the next table.
func (l *look) reader(ctx context.Context, role, tenant string) *pgx.Conn {
	conn, tried := l.readers[role]
	if !tried {
		if one, err := l.c.as(ctx, role, "", tenant); err == nil {
			conn = one
		}
		l.readers[role] = conn
	}
	return conn
}

func (l *look) close(ctx context.Context) {
	for _, conn := range l.readers {
		if conn != nil {
			_ = conn.Close(context.WithoutCancel(ctx))
		}
	}
}

// left notes places of one kind.
func (l *look) left(places []place, looked int64, what, fix string) {
	o := l.book.At("T05")
	o.Units += looked
	o.Hits += int64(len(places))
	for _, p := range places {
		o.Add(result.Finding{Channel: "T05", Severity: result.Weakness, Count: 1, Where: p.where, What: what, Fix: fix,
			Evidence: []result.Evidence{{Owner: l.id, Detail: p.name + ", by its " + p.mark}}})
	}
}

// othersAsBefore demands that each other tenant has as many rows as before, or no fewer where others are at work.
func (l *look) othersAsBefore(ctx context.Context) error {
	now, err := OthersRows(ctx, l.conn, l.tables, l.id)
	if err != nil {
		return err
	}
	o := l.book.At("T05")
	tenants := map[string]bool{}
	for where := range l.others {
		_, of, _ := strings.Cut(where, " of tenant ")
		tenants[of] = true
	}
	l.done.Others = len(tenants)
	if len(tenants) == 0 {
		o.Unsure("there is no other tenant: whether others are untouched can't be told")
	}
	all := maps.Clone(l.others)
	maps.Copy(all, now)
	for _, where := range slices.Sorted(maps.Keys(all)) {
		if was, is := l.others[where], now[where]; !o.Looked(was == is || l.c.Busy && is > was) {
			table, of, _ := strings.Cut(where, " of tenant ")
			o.Add(result.Finding{Channel: "T05", Severity: result.Weakness, Count: 1, Where: "table " + table, What: "the removal of one tenant changed how many rows others have",
				Fix:      "-- mend the condition by which the removal's steps find the tenant's rows of " + table,
				Evidence: []result.Evidence{{Owner: of, Table: table, Detail: fmt.Sprintf("%d rows before, %d after", was, is)}}})
		}
	}
	return nil
}
