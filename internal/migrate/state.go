package migrate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/fixtures"
	"github.com/engardehq/bulkhead/sql"
)

// Heads are the revisions that the two migration systems have recorded; empty where one has not
// run. A branch shows as more than one.
type Heads struct {
	Public   []string
	Langflow []string
}

// Revisions reads both histories.
func Revisions(ctx context.Context, superDSN string) (Heads, error) {
	conn, err := pgx.Connect(ctx, superDSN)
	if err != nil {
		return Heads{}, fmt.Errorf("revisions: %w", err)
	}
	defer closeConn(ctx, conn)
	var heads Heads
	for schema, into := range map[string]*[]string{"public": &heads.Public, "langflow": &heads.Langflow} {
		if *into, err = revisionsOf(ctx, conn, schema); err != nil {
			return Heads{}, fmt.Errorf("revisions of %s: %w", schema, err)
		}
	}
	return heads, nil
}

func revisionsOf(ctx context.Context, conn *pgx.Conn, schema string) ([]string, error) {
	var statement string
	err := queryValue(ctx, conn, "bootstrap/revisions.sql", &statement, schema)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rows, err := conn.Query(ctx, statement)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Hash is the part of a saved state's key that migrations decide: 32 hex digits over every
// embedded file that shapes the database, the locked requirements included, since a version of
// Langflow is a schema.
func Hash(layout Layout) (string, error) {
	sum := sha256.New()
	add := func(name string, content []byte) error {
		// Lengths keep two neighbouring files from trading a piece unnoticed.
		fmt.Fprintf(sum, "%d %s %d ", len(name), name, len(content))
		_, err := sum.Write(content)
		return err
	}
	if err := eachProjectFile(add); err != nil {
		return "", fmt.Errorf("hash of migrations: %w", err)
	}
	for _, tree := range []struct {
		files   fs.FS
		pattern string
	}{
		{fixtures.FS, projectDir + "/requirements*.txt"},
		{fixtures.FS, "langflow/requirements*.txt"},
		{sql.FS, path.Join(bootstrapDir, "*.sql")},
		{sql.FS, path.Join(bootstrapDir, string(layout), "*.sql")},
	} {
		if err := addMatches(tree.files, tree.pattern, add); err != nil {
			return "", fmt.Errorf("hash of migrations: %w", err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:16]), nil
}

// addMatches adds the files of a pattern in the order of their names; none at all is a mistake
// in the pattern, and would make every hash alike.
func addMatches(files fs.FS, pattern string, add func(string, []byte) error) error {
	names, err := fs.Glob(files, pattern)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("no file matches %s", pattern)
	}
	for _, name := range names {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if err := add(name, content); err != nil {
			return err
		}
	}
	return nil
}
