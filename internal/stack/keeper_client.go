package stack

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
)

// keeperClient is bulkhead's end of the pipes to its keeper.
type keeperClient struct {
	pid        int
	startTicks uint64
	proc       *os.Process
	pipe       *os.File // closing it is the order to clear up, unless "stay" was said

	sendMu  sync.Mutex
	mu      sync.Mutex
	nextID  int
	waiting map[int]chan reply
	running map[string]*running
	lost    chan struct{} // closed when the keeper's pipe has ended
}

// running is a process that the keeper started for us.
type running struct {
	name    string
	pid     int
	started time.Time
	log     string
	logFrom int64         // where in the log this start begins
	done    chan struct{} // closed after exit is set
	exit    exitNews
}

func startKeeper(logPath string) (*keeperClient, error) {
	reqR, reqW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	repR, repW, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, reqR.Close(), reqW.Close())
	}
	defer reqR.Close()
	defer repW.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	// Its own file, never our standard error: what reads that would wait for a keeper that stays.
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open keeper's log: %w", err)
	}
	defer log.Close()
	proc, err := os.StartProcess("/proc/self/exe", []string{keeperName}, &os.ProcAttr{
		Dir: "/", Env: os.Environ(), Files: []*os.File{null, null, log, reqR, repW},
		Sys: &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start keeper: %w", err), reqW.Close(), repR.Close())
	}
	c := &keeperClient{
		pid: proc.Pid, proc: proc, pipe: reqW,
		waiting: map[int]chan reply{}, running: map[string]*running{}, lost: make(chan struct{}),
	}
	if s, ok := readStat(proc.Pid); ok {
		c.startTicks = s.startTicks
	}
	go c.read(repR)
	return c, nil
}

// read hands out replies until the keeper's end of the pipe closes.
func (c *keeperClient) read(pipe *os.File) {
	defer close(c.lost)
	defer pipe.Close()
	dec := json.NewDecoder(bufio.NewReader(pipe))
	for {
		var r reply
		if dec.Decode(&r) != nil {
			return
		}
		c.mu.Lock()
		if r.Exit != nil {
			c.ended(*r.Exit)
		} else if ch := c.waiting[r.ID]; ch != nil {
			delete(c.waiting, r.ID)
			ch <- r
		}
		c.mu.Unlock()
	}
}

// ended notes the end of a process; one that ended before its start was answered
// is kept under its name for start to find. Called with the lock held.
func (c *keeperClient) ended(e exitNews) {
	p := c.running[e.Name]
	if p == nil {
		p = &running{name: e.Name, done: make(chan struct{})}
		c.running[e.Name] = p
	}
	if p.isDone() {
		return
	}
	p.exit = e
	close(p.done)
}

func (c *keeperClient) ask(ctx context.Context, r request) (reply, error) {
	ch := make(chan reply, 1)
	c.mu.Lock()
	c.nextID++
	r.ID = c.nextID
	c.waiting[r.ID] = ch
	c.mu.Unlock()
	data, err := json.Marshal(r)
	if err != nil {
		return reply{}, fmt.Errorf("encode request: %w", err)
	}
	c.sendMu.Lock()
	_, err = c.pipe.Write(append(data, '\n'))
	c.sendMu.Unlock()
	if err != nil {
		return reply{}, fmt.Errorf("the keeper of the stack is gone: %w", err)
	}
	select {
	case got := <-ch:
		if got.Error != "" {
			return got, errors.New(got.Error)
		}
		return got, nil
	case <-c.lost:
		return reply{}, errors.New("the keeper of the stack has ended")
	case <-ctx.Done():
		return reply{}, fmt.Errorf("%s: %w", r.Op, context.Cause(ctx))
	}
}

// start has the keeper start a process. The entry is made before asking, so that
// news of its end can't come too early.
func (c *keeperClient) start(ctx context.Context, spec procSpec) (*running, error) {
	p := &running{name: spec.Name, log: spec.Log, started: time.Now(), done: make(chan struct{})}
	if st, err := os.Stat(spec.Log); err == nil {
		p.logFrom = st.Size()
	}
	c.mu.Lock()
	if old := c.running[spec.Name]; old != nil && !old.isDone() {
		c.mu.Unlock()
		return nil, fmt.Errorf("%s runs already", spec.Name)
	}
	c.running[spec.Name] = p
	c.mu.Unlock()
	got, err := c.ask(ctx, request{Op: "start", Start: &spec})
	if err != nil {
		c.mu.Lock()
		if !p.isDone() {
			close(p.done)
		}
		c.mu.Unlock()
		return nil, err
	}
	p.pid = got.Pid
	return p, nil
}

func (c *keeperClient) stop(ctx context.Context, name string, sig syscall.Signal, grace time.Duration) error {
	c.mu.Lock()
	p := c.running[name]
	c.mu.Unlock()
	if p == nil || p.isDone() {
		return nil
	}
	_, err := c.ask(ctx, request{Op: "stop", Stop: &stopArgs{Name: name, Signal: int(sig), Grace: grace}})
	if err != nil {
		return err
	}
	select {
	case <-p.done:
		return nil
	case <-c.lost:
		return errors.New("the keeper of the stack has ended")
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// close has everything stopped and waits for the keeper's own end.
func (c *keeperClient) close(ctx context.Context) error {
	_, err := c.ask(ctx, request{Op: "close"})
	c.pipe.Close()
	waited := make(chan error, 1)
	go func() { _, err := c.proc.Wait(); waited <- err }()
	select {
	case werr := <-waited:
		return errors.Join(err, werr)
	case <-ctx.Done():
		return errors.Join(err, fmt.Errorf("wait for the keeper (pid %d): %w", c.pid, context.Cause(ctx)))
	}
}

// detach says "stay" and lets go of the keeper.
func (c *keeperClient) detach(ctx context.Context) error {
	if _, err := c.ask(ctx, request{Op: "stay"}); err != nil {
		return err
	}
	c.pipe.Close()
	return c.proc.Release()
}

func (p *running) isDone() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

func (e exitNews) String() string {
	if e.Signal != 0 {
		return "was ended by " + syscall.Signal(e.Signal).String()
	}
	return fmt.Sprintf("ended with code %d", e.Code)
}
