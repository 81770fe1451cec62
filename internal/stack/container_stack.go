package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/engardehq/bulkhead/internal/stack/containers"
)

// Who runs the servers of a stack, as Stack.Provider and reports name it.
const (
	ProviderNative     = "native"
	ProviderContainers = "containers"
)

// Containers is a stack whose PostgreSQL, PgBouncer and Redis run in containers of Docker. All else is as in a native one: keeper, scratch
// folder, secrets, kept states, Langflow as a child process.
//
// Each container sees the folder of its service under the same path as this machine and listens on the port that it is published on, so
// that settings are the same files. Data folders are therefore ordinary ones, kept and copied as those of a native stack.
type Containers struct {
	*Native

	engine *containers.Engine
	images map[string]string // by service
	held   map[string]*containers.Container
}

// OpenContainers is Open for a stack in containers. Images that Docker hasn't got are loaded from the cache, or else built.
func OpenContainers(ctx context.Context, o Options) (*Containers, error) {
	engine, err := reachDocker(ctx)
	if err != nil {
		return nil, err
	}
	n, err := openBase(ctx, o, openArgs{Containers: true})
	if err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	c := &Containers{Native: n, engine: engine, held: map[string]*containers.Container{}}
	n.controlData = c.readControlData
	if err = c.sweep(ctx); err == nil {
		c.images, err = c.prepareImages(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close(ctx))
	}
	return c, nil
}

func reachDocker(ctx context.Context) (*containers.Engine, error) {
	engine, err := containers.Reach(ctx)
	if err != nil {
		return nil, &Error{What: "Docker can't be reached", Err: err,
			Mend: "start Docker (apt-get install docker.io; dockerd as root), and be root or of the group docker"}
	}
	return engine, nil
}

// sweep removes the containers of stacks whose keeper was killed: Open has just removed their folders.
func (c *Containers) sweep(ctx context.Context) error {
	owners, err := c.engine.Owners(ctx)
	if err != nil {
		return err
	}
	for _, owner := range owners {
		if _, err := os.Stat(owner); !errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err := c.engine.Remove(ctx, owner, 0); err != nil {
			return err
		}
		c.opts.Log("removed the containers that a killed run had left of %s", owner)
	}
	return nil
}

// Close ends the stack as Native.Close does, and waits until the logs of its containers are whole.
func (c *Containers) Close(ctx context.Context) error {
	err := c.Native.Close(ctx)
	for _, held := range c.held {
		select {
		case <-held.Done:
		case <-time.After(10 * time.Second):
			err = errors.Join(err, errors.New("a container's log doesn't end"))
		}
	}
	return errors.Join(err, c.engine.Close())
}

// Stack describes what is up now, see Native.Stack.
func (c *Containers) Stack(database string, roles ...string) *Stack {
	s := c.Native.Stack(database, roles...)
	s.Provider = ProviderContainers
	return s
}

// How long Docker may take to make a container that bulkhead had asked for when it was killed, or gave up waiting.
const (
	settleAfterKill  = 2 * time.Second
	settleAfterClose = 500 * time.Millisecond
)

// removeContainers is the keeper's: it ends all containers of its stack, whatever state bulkhead was in when it ended.
func removeContainers(scratch string, settle time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	engine, err := containers.Reach(ctx)
	if err != nil {
		return fmt.Errorf("containers of %s may be left: %w", scratch, err)
	}
	defer engine.Close()
	return engine.Remove(ctx, scratch, settle)
}

// start starts a service's container and waits until it is ready.
func (c *Containers) start(ctx context.Context, service string, spec containers.Spec, limit time.Duration, ready func(context.Context) error) (*up, error) {
	spec = c.spec(service, service, spec)
	p := &running{name: service, log: spec.Log, done: make(chan struct{})}
	if st, err := os.Stat(spec.Log); err == nil {
		p.logFrom = st.Size()
	}
	held, err := c.engine.Start(ctx, spec)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", service, err)
	}
	p.pid, p.started = held.Pid, held.Started
	go func() {
		<-held.Done
		p.exit = exitNews{Name: service, Pid: p.pid, Code: held.Code}
		close(p.done)
	}()
	if err := c.await(ctx, p, limit, ready); err != nil {
		again, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		return nil, errors.Join(err, held.Stop(again, 2*time.Second))
	}
	c.mu.Lock()
	c.held[service] = held
	c.mu.Unlock()
	c.keepPort(service, spec.Port)
	return &up{proc: p, port: spec.Port, image: spec.Image}, nil
}

// stop ends a service's container.
func (c *Containers) stop(ctx context.Context, service string, grace time.Duration) error {
	c.mu.Lock()
	held := c.held[service]
	delete(c.held, service)
	c.mu.Unlock()
	if held == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, grace+15*time.Second)
	defer cancel()
	if err := held.Stop(ctx, grace); err != nil {
		return fmt.Errorf("stop %s: %w", service, err)
	}
	c.set(service, nil)
	return nil
}

// run runs a program of a service's image to its end in that service's folder; a failure holds what it said last.
func (c *Containers) run(ctx context.Context, name, service string, argv []string) error {
	spec := c.spec(name, service, containers.Spec{Argv: argv, Folder: filepath.Join(c.scratch, service)})
	p := &running{name: name, log: spec.Log}
	if st, err := os.Stat(spec.Log); err == nil {
		p.logFrom = st.Size()
	}
	code, err := c.engine.Run(ctx, spec)
	if err != nil {
		return fmt.Errorf("run %s: %w", name, err)
	}
	if code != 0 {
		return &Error{What: fmt.Sprintf("%s ended with code %d", name, code), Mend: "read " + p.log, Log: c.tail(p)}
	}
	return nil
}

// spec fills in what all containers share.
func (c *Containers) spec(name, service string, s containers.Spec) containers.Spec {
	s.Name, s.Owner, s.Image, s.Log = name, c.scratch, c.images[service], c.LogFile(name)
	s.UID, s.GID = c.user.uid, c.user.gid
	s.Env = map[string]string{"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
	return s
}
