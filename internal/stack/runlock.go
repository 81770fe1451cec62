package stack

import (
	"errors"
	"fmt"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// runLockName is an abstract socket: it needs no file that one user makes and
// another can't open, and the kernel drops it with its process, whatever ended that.
const runLockName = "@bulkhead-measuring-run"

// RunLock is held while a run measures; two at once would measure each other.
type RunLock struct{ l net.Listener }

// AcquireRunLock takes the machine's only one, or says who has it.
func AcquireRunLock() (*RunLock, error) { return acquireLock(runLockName) }

func acquireLock(name string) (*RunLock, error) {
	l, err := net.Listen("unix", name)
	if err == nil {
		return &RunLock{l}, nil
	}
	if !errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("take the run lock: %w", err)
	}
	holder := "another run is measuring on this machine"
	if pid := lockHolder(name); pid != 0 {
		holder += fmt.Sprintf(": pid %d", pid)
		if s, ok := readStat(pid); ok {
			if at := startedAt(s); !at.IsZero() {
				holder += " since " + at.Format("15:04:05")
			}
		}
	}
	return nil, &Error{What: holder, Mend: "wait for its end, or stop it: two at once would measure each other"}
}

// Release gives the lock back.
func (r *RunLock) Release() { _ = r.l.Close() }

// lockHolder asks the kernel who listens; nobody has to answer for that.
func lockHolder(name string) int {
	conn, err := net.Dial("unix", name)
	if err != nil {
		return 0
	}
	defer conn.Close()
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		return 0
	}
	pid := 0
	_ = raw.Control(func(fd uintptr) {
		if cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			pid = int(cred.Pid)
		}
	})
	return pid
}
