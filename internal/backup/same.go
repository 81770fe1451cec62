package backup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/fingerprint"
)

// withoutRewritten leaves out checks that read otherwise after a restore and are the same: the server is given the text that was dumped once
// more, and what it makes of that must be what was restored.
func withoutRewritten(ctx context.Context, conn *pgx.Conn, all []fingerprint.Difference) (left []fingerprint.Difference, err error) {
	same := map[int]bool{}
	for i, lost := range all {
		name, was, ok := strings.Cut(lost.Before, " CHECK ")
		if lost.Kind != fingerprint.KeyLost || !ok {
			continue
		}
		j := slices.IndexFunc(all, func(d fingerprint.Difference) bool {
			return d.Kind == fingerprint.KeyNew && d.Where == lost.Where && strings.HasPrefix(d.After, name+" CHECK ")
		})
		if j < 0 {
			continue
		}
		is, err := reread(ctx, conn, lost.Where, "CHECK "+was)
		if err != nil {
			return nil, fmt.Errorf("how the server reads the check %s of %s: %w", name, lost.Where, err)
		}
		if name+" "+is == all[j].After {
			same[i], same[j] = true, true
		}
	}
	for i, d := range all {
		if !same[i] {
			left = append(left, d)
		}
	}
	return left, nil
}

// reread gives a check as the server writes it down when it is made of this text. The database stays as it is.
func reread(ctx context.Context, conn *pgx.Conn, table, text string) (is string, err error) {
	schema, name, _ := strings.Cut(table, ".")
	quoted := pgx.Identifier{schema, name}.Sanitize()
	text, invalid := strings.CutSuffix(text, " (not validated)")
	text = strings.TrimSuffix(text, " NOT VALID")
	if _, err := conn.Exec(ctx, "BEGIN"); err != nil {
		return "", err
	}
	defer func() { _, _ = conn.Exec(context.WithoutCancel(ctx), "ROLLBACK") }()
	var make string
	if err := row(ctx, conn, "backup/reread_statement.sql", &make, quoted, text); err != nil {
		return "", err
	}
	if _, err := conn.Exec(ctx, make); err != nil {
		return "", err
	}
	if err := row(ctx, conn, "backup/reread.sql", &is, quoted); err != nil {
		return "", err
	}
	if invalid {
		return is + " (not validated)", nil
	}
	return strings.TrimSuffix(is, " NOT VALID"), nil
}
