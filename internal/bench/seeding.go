package bench

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/seed"
	"github.com/engardehq/bulkhead/sql"
)

// seeded are the tables that both sides fill; sql/bench/empty.sql empties them.
var seeded = []string{"langflow.transaction", "public.campaigns"}

// formats of psql's \copy; the first round finds out which is the faster here, the others use that.
var formats = []string{"binary", "csv"}

// How psql fills the tables. As it is typed every foreign key is checked row by row: like ours, which checks them at the end, it gives
// tables that are known to be whole. With triggers off, as superusers may, nothing is checked.
const (
	asTyped   = "origin"
	unchecked = "replica"
)

// seeding measures filling two tables: ours with the checks that belong to it, and one stream of psql with the same rows. It comes last,
// since nothing refers to the tables' rows any more afterwards.
func (b *bench) seeding(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "bulkhead-bench-*")
	if err != nil {
		return fmt.Errorf("folder of psql's files: %w", err)
	}
	defer os.RemoveAll(folder)
	b.Console.Step("seeding: writing the rows of %s to files", strings.Join(seeded, " and "))
	var rows int64
	for _, name := range seeded {
		t, ok := b.sys.World.Table(name)
		if !ok {
			return fmt.Errorf("table %s was not seeded", name)
		}
		rows += b.sys.World.Total(t)
		for _, format := range formats {
			if _, err := b.psqlCopy(ctx, folder, format, "to", asTyped, name); err != nil {
				return err
			}
		}
	}
	rounds := (b.Rounds + 1) / 2 // each is some copies of all rows: longer than one of transactions
	for round := range rounds {
		b.Console.Step("seeding, round %d of %d: psql, then bulkhead, %d rows", round+1, rounds, rows)
		p, err := b.seedPair(ctx, folder, formatsOf(b.doc.Seed), rows)
		if err != nil {
			return err
		}
		b.doc.Seed = append(b.doc.Seed, p)
	}
	b.doc.SeedRatio = median(b.doc.Seed, func(p SeedPair) float64 { return p.Ours / p.Peer })
	b.doc.SeedRatioUnchecked = median(b.doc.Seed, func(p SeedPair) float64 { return p.Ours / p.PeerUnchecked })
	return nil
}

// seedPair is one round, psql in the fastest of the formats.
func (b *bench) seedPair(ctx context.Context, folder string, formats []string, rows int64) (p SeedPair, err error) {
	p.Rows = rows
	for _, format := range formats {
		perSecond, err := b.psqlFill(ctx, folder, format, asTyped, rows)
		if err != nil {
			return p, err
		}
		if perSecond > p.Peer {
			p.Peer, p.Format = perSecond, format
		}
		if perSecond, err = b.psqlFill(ctx, folder, format, unchecked, rows); err != nil {
			return p, err
		}
		p.PeerUnchecked = max(p.PeerUnchecked, perSecond)
	}
	if err := b.empty(ctx); err != nil {
		return p, err
	}
	report, err := seed.Copy(ctx, b.sys.Stack.DSN.Direct[superuser].Reveal(), b.sys.World, seeded, nil)
	if err == nil && report.Rows != rows {
		err = fmt.Errorf("seeding: %d rows were copied of %d", report.Rows, rows)
	}
	p.Ours = report.PerSecond
	return p, err
}

// formatsOf are the formats to try: all at first, then the faster one.
func formatsOf(done []SeedPair) []string {
	if len(done) == 0 {
		return formats
	}
	return []string{done[0].Format}
}

// psqlFill empties the tables, has psql fill them and counts what is there: rows a second.
func (b *bench) psqlFill(ctx context.Context, folder, format, triggers string, rows int64) (float64, error) {
	if err := b.empty(ctx); err != nil {
		return 0, err
	}
	out, err := b.psqlCopy(ctx, folder, format, "from", triggers, seeded...)
	if err != nil {
		return 0, err
	}
	var copied int64
	for line := range strings.Lines(out.text) {
		var n int64
		if _, err := fmt.Sscanf(line, "COPY %d", &n); err == nil {
			copied += n
		}
	}
	if copied != rows {
		return 0, fmt.Errorf("psql copied %d rows of %d", copied, rows)
	}
	return float64(rows) / out.took.Seconds(), nil
}

// psqlCopy runs one psql that copies tables to or from files, one after the other.
func (b *bench) psqlCopy(ctx context.Context, folder, format, direction, triggers string, tables ...string) (output, error) {
	args := []string{"-X", "-v", "ON_ERROR_STOP=1"}
	for _, name := range tables {
		schema, table, _ := strings.Cut(name, ".")
		file := filepath.Join(folder, name+"."+format)
		args = append(args, "-c", fmt.Sprintf(`\copy %s %s '%s' with (format %s)`, pgx.Identifier{schema, table}.Sanitize(), direction, file, format))
	}
	env := clientEnv(b.sys.Stack.DSN.Direct[superuser], "PGOPTIONS=-c session_replication_role="+triggers)
	return client(ctx, env, filepath.Join(b.bin, "psql"), args...)
}

// empty makes the tables empty and the server quiet.
func (b *bench) empty(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, b.sys.Stack.DSN.Direct[superuser].Reveal())
	if err != nil {
		return fmt.Errorf("emptying the tables: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, file := range []string{"bench/empty.sql", "bench/checkpoint.sql"} {
		text, err := fs.ReadFile(sql.FS, file)
		if err != nil {
			return err
		}
		if _, err := conn.Exec(ctx, string(text)); err != nil {
			return fmt.Errorf("sql/%s: %w", file, err)
		}
	}
	return nil
}
