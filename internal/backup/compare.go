package backup

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/fingerprint"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/sql"
)

// side is all that is compared of a database.
type side struct {
	state     *fingerprint.State
	database  map[string]string // what belongs to the database itself
	beside    map[string]string // what is beside its tables and the like
	sequences map[string]int64
}

// side takes a database down. What no snapshot holds (sequences) is asked for first: a sequence may go on meanwhile, and not back.
func (b *backup) side(ctx context.Context, dsn, snapshot string) (*side, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	s := &side{}
	if s.sequences, err = named[int64](ctx, conn, "backup/sequences.sql"); err != nil {
		return nil, err
	}
	if s.database, err = named[string](ctx, conn, "backup/database.sql"); err != nil {
		return nil, err
	}
	if s.beside, err = named[string](ctx, conn, "backup/beside.sql"); err != nil {
		return nil, err
	}
	s.state, err = fingerprint.Take(ctx, conn, b.options(snapshot))
	return s, err
}

// named asks a statement of sql/ that gives names and what is so called.
func named[V any](ctx context.Context, conn *pgx.Conn, file string, args ...any) (map[string]V, error) {
	text, err := sql.FS.ReadFile(file)
	if err != nil {
		return nil, err
	}
	all := map[string]V{}
	rows, err := conn.Query(ctx, string(text), args...)
	if err == nil {
		var name string
		var what V
		_, err = pgx.ForEachRow(rows, []any{&name, &what}, func() error { all[name] = what; return nil })
	}
	if err != nil {
		return nil, fmt.Errorf("sql/%s: %w", file, err)
	}
	return all, nil
}

// compare holds what was restored against the database, once as it came and, for the database's own rights and settings, again after
// the scripts that the target runs on it.
func (b *backup) compare(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return fmt.Errorf("connecting to what was restored: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	came, err := named[string](ctx, conn, "backup/database.sql")
	if err != nil {
		return err
	}
	for _, d := range differences(b.original.database, came) {
		b.done.Lacked = append(b.done.Lacked, d.String())
	}
	if err := b.again(ctx, conn); err != nil {
		return err
	}
	if b.c.spoil != "" {
		if _, err := conn.Exec(ctx, b.c.spoil); err != nil {
			return err
		}
	}
	copied, err := b.side(ctx, dsn, "")
	if err != nil {
		return fmt.Errorf("taking down what was restored: %w", err)
	}
	b.count(copied)
	all, err := withoutRewritten(ctx, conn, fingerprint.Compare(b.original.state, copied.state))
	if err != nil {
		return err
	}
	all = append(all, differences(b.original.beside, copied.beside)...)
	all = append(all, differences(b.original.database, copied.database)...)
	for _, name := range slices.Sorted(maps.Keys(b.original.sequences)) {
		if was, is := b.original.sequences[name], copied.sequences[name]; is < was {
			all = append(all, fingerprint.Difference{Kind: sequence, Where: name, Before: fmt.Sprint(was), After: fmt.Sprint(is)})
		}
	}
	for _, d := range all {
		b.done.Differences = append(b.done.Differences, d.String())
		b.lost(d)
	}
	if b.done.BrokenKeys, err = fingerprint.BrokenKeys(ctx, conn, b.schemas); err != nil {
		return err
	}
	for _, key := range b.done.BrokenKeys {
		b.lost(fingerprint.Difference{Kind: broken, Where: key})
	}
	return nil
}

// again runs what the target runs on a restored database, in it.
func (b *backup) again(ctx context.Context, conn *pgx.Conn) error {
	for _, file := range b.c.Target.Backup.Scripts() {
		text, err := fs.ReadFile(b.c.scripts(), file)
		if err != nil {
			return fmt.Errorf("the target's backup: %w", err)
		}
		if _, err := conn.Exec(ctx, string(text)); err != nil {
			return fmt.Errorf("sql/%s on what was restored: %w", file, err)
		}
		b.done.Again = append(b.done.Again, "sql/"+file)
	}
	return nil
}

// count says how much was compared.
func (b *backup) count(copied *side) {
	o := b.book.At(channel)
	b.done.Tables, b.done.Tenants = len(copied.state.Tables), len(copied.state.Tenants)
	for _, table := range copied.state.Tables {
		b.done.Rows += table.Rows
		o.Units += int64(1 + len(table.Policies) + len(table.Grants) + len(table.Keys))
	}
	if b.done.Rows == 0 {
		o.Unsure("no row was restored")
	}
	o.Units += int64(len(b.original.state.Objects) + len(b.original.state.Tenants) + len(b.original.beside) + len(b.original.database) + len(b.original.sequences))
}

// Kinds of difference that fingerprints don't know.
const (
	ofDatabase fingerprint.Kind = "restored"
	sequence   fingerprint.Kind = "sequence"
	broken     fingerprint.Kind = "broken key"
)

// differences of two lists of names and descriptions.
func differences(before, after map[string]string) (all []fingerprint.Difference) {
	names := maps.Clone(before)
	maps.Copy(names, after)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		was, had := before[name]
		is, has := after[name]
		if was != is || had != has {
			all = append(all, fingerprint.Difference{Kind: ofDatabase, Where: name, Before: shown(was, had), After: shown(is, has)})
		}
	}
	return all
}

func shown(what string, there bool) string {
	if !there {
		return "not there"
	}
	return what
}

// lost notes a difference as a finding; those of one kind are one, with places as evidence.
func (b *backup) lost(d fingerprint.Difference) {
	o := b.book.At(channel)
	o.Hits++
	l, known := losses[d.Kind]
	if !known {
		l = loss{"a restore is not what was dumped", "-- compare what was dumped with what was restored, and restore it whole"}
	}
	e := result.Evidence{Detail: d.String()}
	if _, isTable := b.original.state.Tables[d.Where]; isTable {
		e.Table = d.Where
	}
	if d.Kind == fingerprint.TenantsOther {
		e.Owner = d.Where
	}
	o.Add(result.Finding{Channel: channel, Severity: result.Weakness, Count: 1, Where: "restored database", What: l.what, Fix: l.mend, Evidence: []result.Evidence{e}})
}

type loss struct{ what, mend string }

const (
	mendRoles  = "-- pg_dump and pg_restore as a superuser, without --no-owner and --role, where the roles are there already (pg_dumpall --globals-only)"
	mendRights = "-- pg_dump and pg_restore without --no-privileges, where the roles are there already (pg_dumpall --globals-only)"
	mendRows   = "-- pg_dump as a superuser without --exclude-table-data, --table or --enable-row-security, and count each tenant's rows after every restore"
	mendWhole  = "-- pg_dump and pg_restore without --section, --use-list or --table, and with --exit-on-error: what failed is missing"
)

// losses say what each kind of difference means for tenants, and how to restore without it.
var losses = map[fingerprint.Kind]loss{
	fingerprint.TableLost:    {"a restore loses tables", mendWhole},
	fingerprint.TableNew:     {"a restore has tables that were not dumped", "-- restore into a database made from template0"},
	fingerprint.RowsLost:     {"a restore loses rows", mendRows},
	fingerprint.RowsNew:      {"a restore has rows that were not dumped", "-- restore into an empty database, once"},
	fingerprint.RowsAltered:  {"a restore has other rows than were dumped", mendRows},
	fingerprint.TenantsOther: {"a restore has more or fewer rows of a tenant than were dumped", mendRows},
	fingerprint.ColumnLost:   {"a restore loses columns", mendWhole},
	fingerprint.ColumnNew:    {"a restore has columns that were not dumped", mendWhole},
	fingerprint.Owner:        {"a restore gives tables to another owner, whom other policies hold", mendRoles},
	fingerprint.RowSecurity:  {"a restore loses row security, or that it is forced", "-- ALTER TABLE ... ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; and restore whole, without --use-list"},
	fingerprint.PolicyLost:   {"a restore loses policies", mendWhole},
	fingerprint.PolicyNew:    {"a restore has policies that were not dumped", mendWhole},
	fingerprint.GrantLost:    {"a restore loses grants", mendRights},
	fingerprint.GrantNew:     {"a restore grants what was not granted", mendRights},
	fingerprint.KeyLost:      {"a restore loses keys or other constraints", mendWhole},
	fingerprint.KeyNew:       {"a restore has keys that were not dumped", mendWhole},
	fingerprint.ObjectLost:   {"a restore loses views, functions, types, triggers, sequences or indexes", mendWhole},
	fingerprint.ObjectNew:    {"a restore has views, functions, types, triggers, sequences or indexes that were not dumped", mendWhole},
	fingerprint.ObjectOther:  {"a restore alters schemas, views, functions, types, triggers, sequences or indexes, or their rights", mendRights},
	fingerprint.Revision:     {"a restore is at another migration", mendWhole},
	ofDatabase:               {"a restored database has other rights or settings", "-- apply what belongs to the database itself again, in a script under the target's backup: no dump of one database brings it"},
	sequence:                 {"a restore sets sequences back: numbers are given out twice", mendWhole},
	broken:                   {"a restore has rows whose foreign key leads nowhere", mendRows},
}
