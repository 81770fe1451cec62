package faults

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Proxy passes TCP connections on and can hold back what clients send, so that each round trip takes longer. What it holds back stays in
// order and is not slowed down otherwise: a delay is latency, not bandwidth.
type Proxy struct {
	listener net.Listener
	to       string
	delay    atomic.Int64

	mu     sync.Mutex
	open   map[net.Conn]struct{}
	closed bool
	all    sync.WaitGroup
}

// NewProxy listens on a free loopback port and passes on to an address.
func NewProxy(to string) (*Proxy, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	p := &Proxy{listener: l, to: to, open: map[net.Conn]struct{}{}}
	p.all.Go(p.accept)
	return p, nil
}

// Addr is where it listens.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// SetDelay makes each round trip take longer from now on.
func (p *Proxy) SetDelay(d time.Duration) { p.delay.Store(int64(d)) }

// Close ends all connections and waits for their ends.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	_ = p.listener.Close()
	for c := range p.open {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.all.Wait()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond) // out of file descriptors, say: it may pass
			continue
		}
		p.all.Go(func() { p.serve(client) })
	}
}

const dialLimit = 5 * time.Second

func (p *Proxy) serve(client net.Conn) {
	defer p.forget(client)
	if !p.remember(client) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), dialLimit)
	defer cancel()
	server, err := (&net.Dialer{}).DialContext(ctx, "tcp4", p.to)
	if err != nil {
		return // the client sees its connection closed, as it would without us
	}
	defer p.forget(server)
	if !p.remember(server) {
		return
	}
	var back sync.WaitGroup
	back.Go(func() {
		pass(client, server, nil)
		_ = client.Close()
	})
	pass(server, client, &p.delay)
	_ = server.Close()
	back.Wait()
}

func (p *Proxy) remember(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.open[c] = struct{}{}
	return true
}

func (p *Proxy) forget(c net.Conn) {
	_ = c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, c)
}

// chunk is what was read at once, and when it may go on.
type chunk struct {
	data []byte
	due  time.Time
}

const (
	chunkBytes   = 32 << 10
	chunksWaited = 64 // read ahead of the delay; then the sender waits, as it would for a full window
)

// pass copies from one side to the other until either ends. Without a delay it copies at once.
func pass(to, from net.Conn, delay *atomic.Int64) {
	buf := make([]byte, chunkBytes)
	if delay == nil {
		for {
			n, err := from.Read(buf)
			if n > 0 {
				if _, werr := to.Write(buf[:n]); werr != nil {
					return
				}
			}
			if err != nil {
				return
			}
		}
	}
	waiting := make(chan chunk, chunksWaited)
	var writer sync.WaitGroup
	writer.Go(func() {
		broken := false
		for c := range waiting {
			time.Sleep(time.Until(c.due))
			if !broken {
				_, err := to.Write(c.data)
				broken = err != nil
			}
		}
	})
	for {
		n, err := from.Read(buf)
		if n > 0 {
			waiting <- chunk{append([]byte(nil), buf[:n]...), time.Now().Add(time.Duration(delay.Load()))}
		}
		if err != nil {
			break
		}
	}
	close(waiting)
	writer.Wait()
}
