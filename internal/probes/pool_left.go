package probes

import (
	"context"
	"fmt"
	"slices"

	"github.com/engardehq/bulkhead/internal/probes/book"
	"github.com/engardehq/bulkhead/internal/result"
)

// leaveAndLook tries one thing that can be left, as the victim, and is then the next client of the same server connection.
func leaveAndLook(ctx context.Context, c *Config, o *book.Outcome, d door, l leaving, how string) error {
	victim, attacker := pair(c)
	first, err := d.enter(ctx, c)
	if err != nil {
		return err
	}
	var pid uint32
	err = first.inTransaction(ctx, "COMMIT", func() error {
		if pid, _, err = first.who(ctx); err != nil {
			return err
		}
		if err := first.become(ctx, victim); err != nil {
			return err
		}
		return l.leave(first)
	})
	first.leave() // gone, as a client goes: where the pooler cleans up, it does so now
	if err != nil {
		if o.Looked(refused(err)) {
			return nil // denied
		}
		return err
	}
	defer func() { _ = d.tidy(ctx, c, pid) }()
	var still string
	var shown []string
	met, err := d.onServer(ctx, c, pid, func(s *session) (err error) {
		if still, err = l.there(s); err != nil || still == "" || l.shows == nil {
			return err
		}
		if err := s.become(ctx, attacker); err != nil {
			return err
		}
		shown, err = l.shows(s)
		return err
	})
	if err != nil {
		return err
	}
	if !met || still == "" {
		o.Looked(true) // cleaned, or the connection was closed
		return nil
	}
	judgeLeft(c, o, d, l, how, slices.Contains(shown, victim))
	return nil
}

// judgeLeft tells what transaction pooling leaves by its nature from what the deployment should have prevented.
func judgeLeft(c *Config, o *book.Outcome, d door, l leaving, how string, shown bool) {
	victim, attacker := pair(c)
	evidence := []result.Evidence{{Tenant: attacker, Owner: victim, Detail: fmt.Sprintf("%s, left as %s; the next client of the server connection finds it, rows of the other tenant in it: %t", l.name, d, shown)}}
	f := result.Finding{Channel: leftChannel(l), Severity: result.Weakness, Count: 1, Where: "pooled connections of " + d.role, Evidence: evidence}
	if shown {
		f.Severity = result.Leak
	}
	switch {
	case l.name == "prepared statements" && shown:
		f.What, f.Fix = "a statement that one tenant prepared shows its rows to another", "-- the policies must be evaluated as of the execution: no function that they call may be IMMUTABLE"
	case how == "session":
		f.What = "the pooler lends whole sessions and doesn't clean them between clients"
		f.Fix = "-- in pgbouncer.ini: server_reset_query = DISCARD ALL"
	case l.mend != "" && !declared(c, d.role):
		f.What, f.Fix = d.role+" may leave for the next client: "+l.name, l.mend
	default:
		o.Looked(true)
		what := l.name
		if shown {
			what += " (rows of its tenant in it)"
		}
		if !slices.Contains(o.Left, what) {
			o.Left = append(o.Left, what)
		}
		return
	}
	o.Looked(false)
	o.Add(f)
}

func leftChannel(l leaving) string {
	if l.name == sessionTenant {
		return "C03"
	}
	return "C04"
}

// declared tells whether the matrix gives a role temporary tables by design.
func declared(c *Config, role string) bool {
	for _, r := range c.Target.Matrix {
		if r.Role == role && r.Kind == "database" && slices.Contains(r.May, "TEMPORARY") {
			return true
		}
	}
	return false
}

// otherClients leaves a tenant on a connection as a client could, and names what the next one sees: by design of transaction pooling.
func otherClients(ctx context.Context, c *Config, o *book.Outcome, d door, w *witness) error {
	for _, l := range leavings(ctx, c, d, w) {
		if l.name == sessionTenant {
			return leaveAndLook(ctx, c, o, d, l, mode(ctx, c))
		}
	}
	return nil
}
