// Package backup dumps a database, restores the dump beside it and tells what was lost on the way: rows, tenants, owners, row security,
// policies, rights, keys. It also dumps as roles that policies hold, whose dumps lack tenants: each must be refused, or be found out by
// counts. The database itself is only read; the copy and the dump are gone afterwards. A run calls it, where its scenario says so.
package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/fingerprint"
	"github.com/engardehq/bulkhead/internal/probes/book"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/target"
	"github.com/engardehq/bulkhead/sql"
)

// Config says what to back up, and with what.
type Config struct {
	Target   target.Target
	Admin    string            // superuser's connection string to the database
	DSN      map[string]string // of the target's roles that may log in
	Programs string            // folder with pg_dump and pg_restore
	Folder   string            // where the dump lies while it is needed; best one that is cleared away even when this process is killed
	Scripts  fs.FS             // with the files of SQL that the target names; nil for package sql's

	dumpMore, restoreMore []string // further arguments, by which a test loses something
	spoil                 string   // SQL on what was restored, likewise
}

// Report is what came of it.
type Report struct {
	Backup   *result.Backup
	Checks   []result.Check
	Findings []result.Finding
}

const (
	channel = "T03"
	name    = "backup"
	doc     = "the database was dumped, restored beside itself and compared; dumps by roles that policies hold were counted"
	// restored is the database that the dump is restored into.
	restored = "bulkhead_restored"
	residual = "roles, their passwords, settings and memberships belong to the cluster: no dump of a database has them (pg_dumpall --globals-only does), nor what is outside of PostgreSQL"
)

// Run makes a backup, restores it and compares. What could not be done is unknown and says why.
func Run(ctx context.Context, c Config) *Report {
	b := &backup{c: &c, done: &result.Backup{}, book: book.Book{}}
	began := time.Now()
	if err := b.run(ctx); err != nil {
		b.done.Unknown = err.Error()
		b.book.At(channel).Unsure(err.Error())
	}
	o := b.book.At(channel)
	o.Residue(residual)
	check := o.Check(name, doc, channel)
	check.UpperBound = 0 // all was compared: it is no sample
	check.Seconds = time.Since(began).Seconds()
	return &Report{Backup: b.done, Checks: []result.Check{check}, Findings: o.Findings}
}

// backup is one backup as it is looked at.
type backup struct {
	c        *Config
	conn     *pgx.Conn // holds the snapshot that everything is read by
	snapshot string
	schemas  []string
	original *side
	byTable  map[string]map[string]int64 // rows, by table and tenant
	done     *result.Backup
	book     book.Book
}

func (b *backup) run(ctx context.Context) (err error) {
	if b.conn, err = pgx.Connect(ctx, b.c.Admin); err != nil {
		return fmt.Errorf("connecting to the database to back up: %w", err)
	}
	defer b.conn.Close(context.WithoutCancel(ctx))
	if err := b.begin(ctx); err != nil {
		return err
	}
	if err := b.round(ctx); err != nil {
		return err
	}
	return b.attempts(ctx)
}

// begin takes the snapshot: dumps and comparison see the same moment, whatever goes on meanwhile.
func (b *backup) begin(ctx context.Context) (err error) {
	if _, err = b.conn.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); err == nil {
		err = b.conn.QueryRow(ctx, "SELECT pg_catalog.pg_export_snapshot()").Scan(&b.snapshot)
	}
	if err != nil {
		return fmt.Errorf("a snapshot to back up: %w", err)
	}
	if b.schemas, err = texts(ctx, b.conn, "backup/schemas.sql"); err != nil {
		return err
	}
	if b.original, err = b.side(ctx, b.c.Admin, b.snapshot); err != nil {
		return fmt.Errorf("taking down what the database holds: %w", err)
	}
	if b.byTable, err = b.countTenants(ctx); err != nil {
		return err
	}
	if len(b.original.state.Tenants) < 2 {
		b.book.At(channel).Unsure("the database has rows of fewer than two tenants: that none was lost tells nothing")
	}
	return nil
}

// round dumps, restores, compares and clears away.
func (b *backup) round(ctx context.Context) error {
	folder, err := os.MkdirTemp(b.c.Folder, "backup-")
	if err != nil {
		return fmt.Errorf("a folder for the dump: %w", err)
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "dump")
	began := time.Now()
	args := append([]string{"--format=custom", "--snapshot=" + b.snapshot, "--file=" + file}, b.c.dumpMore...)
	if err := b.c.program(ctx, b.c.Admin, "", "pg_dump", args...); err != nil {
		return err
	}
	b.done.DumpSeconds = time.Since(began).Seconds()
	info, err := os.Stat(file)
	if err != nil {
		return fmt.Errorf("the dump: %w", err)
	}
	b.done.Bytes = info.Size()

	boss, err := pgx.Connect(ctx, b.c.Admin)
	if err != nil {
		return fmt.Errorf("connecting to make the database to restore into: %w", err)
	}
	defer boss.Close(context.WithoutCancel(ctx))
	if err := makeCopy(ctx, boss); err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dropLimit)
		defer cancel()
		if err := dropCopy(ctx, boss); err != nil {
			b.book.At(channel).Unsure(err.Error())
		}
	}()
	dsn, err := onDatabase(b.c.Admin, restored)
	if err != nil {
		return err
	}
	began = time.Now()
	args = append([]string{"--exit-on-error", "--jobs=2", "--dbname=" + restored}, append(b.c.restoreMore, file)...)
	if err := b.c.program(ctx, dsn, "", "pg_restore", args...); err != nil {
		return err
	}
	b.done.RestoreSeconds = time.Since(began).Seconds()
	began = time.Now()
	err = b.compare(ctx, dsn)
	b.done.CompareSeconds = time.Since(began).Seconds()
	return err
}

const dropLimit = time.Minute

// makeCopy makes the empty database to restore into; one that an earlier backup left goes first.
func makeCopy(ctx context.Context, boss *pgx.Conn) error {
	if err := dropCopy(ctx, boss); err != nil {
		return err
	}
	var create string
	if err := row(ctx, boss, "backup/copy_statement.sql", &create, restored); err != nil {
		return err
	}
	if _, err := boss.Exec(ctx, create); err != nil {
		return fmt.Errorf("making the database to restore into: %w", err)
	}
	return nil
}

func dropCopy(ctx context.Context, boss *pgx.Conn) error {
	if _, err := boss.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{restored}.Sanitize()+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("dropping the restored database %s: %w", restored, err)
	}
	return nil
}

// countTenants counts rows by table and tenant.
func (b *backup) countTenants(ctx context.Context) (map[string]map[string]int64, error) {
	all := map[string]map[string]int64{}
	var count string
	err := row(ctx, b.conn, "backup/tenants_statement.sql", &count, b.schemas, b.c.Target.Tenancy.Column)
	if errors.Is(err, pgx.ErrNoRows) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	rows, err := b.conn.Query(ctx, count)
	if err != nil {
		return nil, fmt.Errorf("counting rows by tenant: %w", err)
	}
	var table string
	var tenant *string
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&table, &tenant, &n}, func() error {
		if all[table] == nil {
			all[table] = map[string]int64{}
		}
		all[table][orNone(tenant)] = n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("counting rows by tenant: %w", err)
	}
	return all, nil
}

// orNone names the tenant of a row that has none as fingerprints do.
func orNone(tenant *string) string {
	if tenant == nil {
		return "none"
	}
	return *tenant
}

func (c *Config) scripts() fs.FS {
	if c.Scripts != nil {
		return c.Scripts
	}
	return sql.FS
}

// row asks a statement of sql/ that gives one text.
func row(ctx context.Context, conn *pgx.Conn, file string, into *string, args ...any) error {
	text, err := sql.FS.ReadFile(file)
	if err != nil {
		return err
	}
	if err := conn.QueryRow(ctx, string(text), args...).Scan(into); err != nil {
		return fmt.Errorf("sql/%s: %w", file, err)
	}
	return nil
}

// texts asks a statement of sql/ that gives a text a row.
func texts(ctx context.Context, conn *pgx.Conn, file string, args ...any) ([]string, error) {
	text, err := sql.FS.ReadFile(file)
	if err != nil {
		return nil, err
	}
	rows, err := conn.Query(ctx, string(text), args...)
	if err == nil {
		var all []string
		if all, err = pgx.CollectRows(rows, pgx.RowTo[string]); err == nil {
			return all, nil
		}
	}
	return nil, fmt.Errorf("sql/%s: %w", file, err)
}

// options are how both sides are taken down.
func (b *backup) options(snapshot string) fingerprint.Options {
	return fingerprint.Options{Schemas: b.schemas, Rows: true, TenantColumn: b.c.Target.Tenancy.Column, Snapshot: snapshot}
}
