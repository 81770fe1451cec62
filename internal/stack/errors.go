package stack

import (
	"errors"
	"fmt"
	"strings"
)

// Error is a set-up mistake that a person can mend: what is wrong, and the
// command or change that puts it right.
type Error struct {
	What string // "postgresql 15 isn't installed"
	Mend string // "apt-get install postgresql-15"
	Log  string // last lines of the service's log, secrets taken out; may be empty
	Err  error  // the cause, when there is one
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.What)
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.Mend != "" {
		b.WriteString("; mend: " + e.Mend)
	}
	if e.Log != "" {
		b.WriteString("\n" + e.Log)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// ErrGone says that a stack file names a stack that no longer runs.
var ErrGone = errors.New("the stack is gone")

// ErrNoStackFile says that there is no stack file where one was looked for.
var ErrNoStackFile = errors.New("no stack file")

// ErrNotStackFile says that a file isn't what `up` wrote.
var ErrNotStackFile = errors.New("not a stack file")
