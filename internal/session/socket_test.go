package session

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

// sockets gives a lean connection and its other end.
func sockets(t *testing.T) (*socket, *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := lean((&net.Dialer{}).DialContext)(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	s, ok := conn.(*socket)
	if !ok {
		t.Fatalf("a TCP connection became a %T", conn)
	}
	peer, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { peer.Close() })
	return s, peer.(*net.TCPConn)
}

// More than the kernel buffers goes each way at once, in pieces, and arrives whole: both directions have to wait for the other end.
func TestSocketWhole(t *testing.T) {
	s, peer := sockets(t)
	data := make([]byte, 32<<20)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	go func() { // sends back what it gets
		defer peer.CloseWrite()
		_, _ = io.Copy(struct{ io.Writer }{peer}, struct{ io.Reader }{peer})
	}()
	sent := make(chan error, 1)
	go func() {
		n, err := s.Write(data)
		if err == nil && n != len(data) {
			err = io.ErrShortWrite
		}
		sent <- errors.Join(err, s.Conn.(*net.TCPConn).CloseWrite())
	}()
	got, err := io.ReadAll(s)
	if err := errors.Join(err, <-sent); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, data) {
		t.Errorf("%d bytes came back for %d, or others", len(got), len(data))
	}
	if n, err := s.Read(nil); n != 0 || err != nil {
		t.Errorf("reading nothing: %d, %v", n, err)
	}
}

func TestSocketErrors(t *testing.T) {
	one := make([]byte, 1)
	t.Run("deadline", func(t *testing.T) {
		s, _ := sockets(t)
		if err := s.SetDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		_, err := s.Read(one)
		var timeout net.Error
		if !errors.As(err, &timeout) || !timeout.Timeout() || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("reading: %v", err)
		}
		if n, err := s.Write(one); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("writing: %d, %v", n, err)
		}
		if got := ErrorClass(err); got != "timeout" {
			t.Errorf("it counts as %q", got)
		}
	})
	t.Run("full", func(t *testing.T) { // what was sent before the deadline is told
		s, _ := sockets(t)
		if err := s.SetDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Write(make([]byte, 64<<20)); n == 0 || n == 64<<20 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
	t.Run("closed", func(t *testing.T) {
		s, _ := sockets(t)
		time.AfterFunc(20*time.Millisecond, func() { s.Close() })
		if _, err := s.Read(one); !errors.Is(err, net.ErrClosed) {
			t.Errorf("reading: %v", err)
		}
		if _, err := s.Write(one); !errors.Is(err, net.ErrClosed) {
			t.Errorf("writing: %v", err)
		}
	})
	t.Run("reset", func(t *testing.T) {
		s, peer := sockets(t)
		if err := errors.Join(peer.SetLinger(0), peer.Close()); err != nil {
			t.Fatal(err)
		}
		_, err := s.Read(one)
		var op *net.OpError
		if !errors.Is(err, syscall.ECONNRESET) || !errors.As(err, &op) || op.Op != "read" {
			t.Errorf("reading: %v", err)
		}
		if _, err := s.Write(one); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("writing: %v", err)
		}
		if got := ErrorClass(err); got != "connection lost" {
			t.Errorf("it counts as %q", got)
		}
	})
	t.Run("end", func(t *testing.T) {
		s, peer := sockets(t)
		if err := peer.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Read(one); n != 0 || err != io.EOF {
			t.Errorf("%d, %v", n, err)
		}
	})
}

// What has no file descriptor, such as a connection within the process, stays what it is.
func TestLeanOthers(t *testing.T) {
	a, b := net.Pipe()
	defer b.Close()
	conn, err := lean(func(context.Context, string, string) (net.Conn, error) { return a, nil })(t.Context(), "", "")
	if err != nil || conn != a {
		t.Errorf("%T, %v", conn, err)
	}
	if _, err := lean(func(context.Context, string, string) (net.Conn, error) { return nil, os.ErrNotExist })(t.Context(), "", ""); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
