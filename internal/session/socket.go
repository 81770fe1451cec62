package session

import (
	"context"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"unsafe"

	"github.com/jackc/pgx/v5/pgconn"
)

// socket is a connection that reads and writes without telling Go's scheduler. The calls never block: a socket of package net is
// non-blocking, and where there is nothing to read yet the goroutine waits in the scheduler's poller, as ever. But around each ordinary
// system call the runtime prepares for one that does, wakes its monitor thread, and moves the other goroutines to another thread where the call
// takes 20 microseconds. For a client that sends a little, waits, and sends again that was a third of its processor time. Deadlines, closing
// and all else are those of the connection inside.
type socket struct {
	net.Conn
	raw     syscall.RawConn
	in, out transfer
}

// transfer is one direction of a socket.
type transfer struct {
	mu   sync.Mutex
	step func(fd uintptr) bool // does what can be done at once; false where the socket isn't ready
	buf  []byte
	done int // bytes of buf
	err  syscall.Errno
}

// lean makes the connections that a dialer makes sockets, where they have a file descriptor.
func lean(dial pgconn.DialFunc) pgconn.DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		opened, ok := conn.(syscall.Conn)
		if !ok {
			return conn, nil
		}
		raw, err := opened.SyscallConn()
		if err != nil {
			return conn, nil // it works all the same
		}
		s := &socket{Conn: conn, raw: raw}
		s.in.step, s.out.step = s.in.receive, s.out.send
		return s, nil
	}
}

// Read reads what is there, at least one byte, as net.Conn says.
func (s *socket) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	n, err := s.in.run(b, s.raw.Read)
	switch {
	case err != nil:
		return n, s.failed("read", err)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// Write writes all of b, as net.Conn says.
func (s *socket) Write(b []byte) (int, error) {
	n, err := s.out.run(b, s.raw.Write)
	if err != nil {
		return n, s.failed("write", err)
	}
	return n, nil
}

// failed words an error of the kernel's as package net does; those of deadlines and closed connections are worded already.
func (s *socket) failed(op string, err error) error {
	if errno, ok := err.(syscall.Errno); ok {
		return &net.OpError{Op: op, Net: s.LocalAddr().Network(), Source: s.LocalAddr(), Addr: s.RemoteAddr(), Err: os.NewSyscallError(op, errno)}
	}
	return err
}

// run repeats the step, waiting in between until the socket is ready, for as long as its deadline lets it.
func (t *transfer) run(b []byte, until func(func(uintptr) bool) error) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf, t.done, t.err = b, 0, 0
	err := until(t.step)
	t.buf = nil // it is the caller's
	if err == nil && t.err != 0 {
		err = t.err
	}
	return t.done, err
}

func (t *transfer) receive(fd uintptr) bool {
	return t.call(syscall.SYS_READ, fd)
}

func (t *transfer) send(fd uintptr) bool {
	for t.done < len(t.buf) {
		if !t.call(syscall.SYS_WRITE, fd) {
			return false
		}
		if t.err != 0 {
			return true
		}
	}
	return true
}

// call moves what the kernel takes or gives at once. The address of the rest of buf is only used during the call.
func (t *transfer) call(number, fd uintptr) (ready bool) {
	rest := t.buf[t.done:]
	for {
		n, _, errno := syscall.RawSyscall(number, fd, uintptr(unsafe.Pointer(&rest[0])), uintptr(len(rest)))
		switch errno {
		case 0:
			t.done += int(n)
			return true
		case syscall.EINTR:
		case syscall.EAGAIN:
			return false
		default:
			t.err = errno
			return true
		}
	}
}
