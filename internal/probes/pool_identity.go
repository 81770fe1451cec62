package probes

import (
	"context"

	"github.com/engardehq/bulkhead/internal/probes/book"
	"github.com/engardehq/bulkhead/internal/result"
)

// sameRole looks whether the pooler logs in as who the client is.
func sameRole(ctx context.Context, c *Config, o *book.Outcome, d door) error {
	s, err := d.enter(ctx, c)
	if err != nil {
		return err
	}
	defer s.leave()
	var now string
	if err := s.QueryRow(ctx, "SELECT CURRENT_USER::text").Scan(&now); err != nil {
		return err
	}
	if o.Looked(now == d.role) {
		return nil
	}
	o.Add(result.Finding{Channel: "C07", Severity: result.Weakness, Count: 1, Where: "the pooler, " + d.role,
		What:     "the pooler logs in as " + now + " for who comes as " + d.role + ": the rights and policies of another role hold",
		Evidence: []result.Evidence{{Detail: "CURRENT_USER is " + now}},
		Fix:      "-- in pgbouncer.ini: no user= in the line of the database, and no SET ROLE in connect_query"})
	return nil
}
