package session

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// fate is what is known of a commit.
type fate int

const (
	commitUnknown fate = iota // asked for, no answer
	commitDone
	commitRefused // never asked for, or the server said that it rolled back
)

func (s *Session) settle(req *Request, f fate) {
	for _, ref := range req.Wrote {
		switch f {
		case commitDone:
			s.door.oracle.Ledger.Acknowledge(ref)
		case commitRefused:
			s.door.oracle.Ledger.Void(ref)
		}
	}
}

var errRolledBack = errors.New("the server answered COMMIT with ROLLBACK")

func fateOf(req *Request, tag pgconn.CommandTag, err error) (fate, error) {
	switch {
	case refused(err):
		return commitRefused, fmt.Errorf("commit: %w", err)
	case err != nil:
		return commitUnknown, fmt.Errorf("commit: %w", err)
	case req.Refused != "":
		return commitRefused, nil // rolled back on purpose
	case tag.String() != "COMMIT":
		return commitRefused, errRolledBack
	default:
		return commitDone, nil
	}
}

// refused tells whether the server itself, still at work, said no. A FATAL message (a shutdown, or the pooler reporting a lost server)
// leaves open whether a commit sent before it took place.
func refused(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.SeverityUnlocalized == "ERROR"
}
