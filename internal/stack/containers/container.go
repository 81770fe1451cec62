package containers

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// Spec is a container to run: one server, or one command.
type Spec struct {
	Name       string // of the service or command; unique within its owner
	Owner      string // the scratch folder of its stack
	Image      string
	Argv       []string
	Env        map[string]string
	UID, GID   int    // whom it runs as, inside and in the eyes of the mounted folder
	Folder     string // of this machine, seen in the container under the same path, and its working folder
	Port       int    // the server listens on it in the container; published under the same number on 127.0.0.1 alone. 0: none
	StopSignal string
	Log        string // file that what it prints is appended to
}

// Container is one that was started.
type Container struct {
	ID      string
	Pid     int    // of its first process, as this machine sees it
	Address string // in Docker's own network, where other containers reach it
	Started time.Time
	Done    <-chan struct{} // closed when it has ended and its log is whole
	Code    int             // that it ended with, -1 where that can't be learnt; read after Done

	engine *Engine
}

// shmSize is what PostgreSQL may take for parallel queries; Docker's default is 64 MiB.
const shmSize = 512 << 20

// Start makes a container and starts it. What is left of one that doesn't start is removed.
func (e *Engine) Start(ctx context.Context, s Spec) (*Container, error) {
	log, err := os.OpenFile(s.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	request, err := s.request()
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	made, err := testcontainers.GenericContainer(ctx, testcontainers.GenericContainerRequest{ContainerRequest: request, Started: true})
	if err != nil {
		err = errors.Join(fmt.Errorf("container of %s: %w", s.Name, err), log.Close())
		if made != nil {
			again, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
			defer cancel()
			err = errors.Join(err, e.remove(again, made.GetContainerID()))
		}
		return nil, err
	}
	seen, err := made.Inspect(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("container of %s: %w", s.Name, err), log.Close())
	}
	done := make(chan struct{})
	c := &Container{ID: seen.ID, Pid: seen.State.Pid, Started: time.Now(), Done: done, Code: -1, engine: e}
	for _, n := range seen.NetworkSettings.Networks {
		c.Address = n.IPAddress.String()
	}
	go func() {
		defer close(done)
		defer log.Close()
		c.follow(context.WithoutCancel(ctx), log)
	}()
	return c, nil
}

// follow copies what a container prints until it ends, and learns how it ended. It ends with the container, and the keeper sees
// to that.
func (c *Container) follow(ctx context.Context, log *os.File) {
	lines, err := c.engine.api.ContainerLogs(ctx, c.ID, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Follow: true})
	if err == nil {
		_, _ = stdcopy.StdCopy(log, log, lines) // a log that breaks off decides nothing
		lines.Close()
	}
	wait := c.engine.api.ContainerWait(ctx, c.ID, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	select {
	case end := <-wait.Result:
		c.Code = int(end.StatusCode)
	case <-wait.Error: // it was removed while it ran
	}
}

// Stop asks a container to end, kills it after the grace, and removes it.
func (c *Container) Stop(ctx context.Context, grace time.Duration) error {
	seconds := int(grace.Seconds())
	if _, err := c.engine.api.ContainerStop(ctx, c.ID, client.ContainerStopOptions{Timeout: &seconds}); err != nil && !gone(err) {
		return fmt.Errorf("stop container %.12s: %w", c.ID, err)
	}
	select {
	case <-c.Done: // its code is learnt before it is removed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return c.engine.remove(ctx, c.ID)
}

// Run runs a command to its end, and removes its container.
func (e *Engine) Run(ctx context.Context, s Spec) (code int, err error) {
	c, err := e.Start(ctx, s)
	if err != nil {
		return -1, err
	}
	select {
	case <-c.Done:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	again, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	return c.Code, errors.Join(err, e.remove(again, c.ID))
}

func (s *Spec) request() (testcontainers.ContainerRequest, error) {
	user := fmt.Sprintf("%d:%d", s.UID, s.GID)
	r := testcontainers.ContainerRequest{
		Image: s.Image, Name: filepath.Base(s.Owner) + "-" + s.Name, Env: s.Env, Entrypoint: s.Argv[:1], Cmd: s.Argv[1:],
		Labels: map[string]string{ownerLabel: s.Owner, machineLabel: machine()},
		// initdb wants its user to have a name.
		Files: []testcontainers.ContainerFile{{ContainerFilePath: "/etc/passwd", FileMode: 0o644,
			Reader: strings.NewReader(fmt.Sprintf("root:x:0:0::/root:/bin/sh\nserver:x:%s::/nonexistent:/bin/sh\n", user))}},
		ConfigModifier: func(c *container.Config) {
			c.User, c.WorkingDir, c.StopSignal = user, s.Folder, s.StopSignal
		},
	}
	bindings := network.PortMap{}
	if s.Port != 0 {
		port, err := network.ParsePort(fmt.Sprintf("%d/tcp", s.Port))
		if err != nil {
			return r, err
		}
		r.ExposedPorts = []string{port.String()}
		bindings[port] = []network.PortBinding{{HostIP: netip.MustParseAddr("127.0.0.1"), HostPort: port.Port()}}
	}
	r.HostConfigModifier = func(h *container.HostConfig) {
		h.Mounts = append(h.Mounts, mount.Mount{Type: mount.TypeBind, Source: s.Folder, Target: s.Folder})
		h.PortBindings = bindings
		h.ShmSize = shmSize
		h.CapDrop = []string{"ALL"}
		h.SecurityOpt = []string{"no-new-privileges"}
	}
	return r, nil
}

// gone says that what was asked for isn't there any more, or is being removed by somebody else.
func gone(err error) bool { return errdefs.IsNotFound(err) || errdefs.IsConflict(err) }
