// Package containers is the door to Docker: it says whether it is there, has the images of a stack's servers built from
// Debian's packages, runs containers from them, and removes what belongs to a stack. It never starts or stops Docker
// itself, touches nothing without its own label, and knows no setting of any server: package stack, which calls it, does.
package containers

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
)

// pingLimit is for a Docker that is there; one that hangs must not hold up doctor or the clearing.
const pingLimit = 5 * time.Second

// Engine is a Docker that answers.
type Engine struct {
	Version string // of Docker
	Host    string // where it answers, as in DOCKER_HOST

	provider *testcontainers.DockerProvider
	api      client.APIClient
}

var quiet = sync.OnceFunc(func() {
	// The library's own clean-up is a container of an image from a registry. Here the keeper cleans up, which also works offline.
	_ = os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
	log.SetDefault(log.NewNoopLogger())
})

// Reach finds Docker as its own programs do (DOCKER_HOST, the context, the usual sockets) and asks whether it answers.
func Reach(ctx context.Context) (e *Engine, err error) {
	quiet()
	// What can't be found out about a Docker makes the library panic in places.
	defer func() {
		if p := recover(); p != nil {
			e, err = nil, fmt.Errorf("docker: %v", p)
		}
	}()
	provider, err := testcontainers.NewDockerProvider(testcontainers.WithLogger(log.NewNoopLogger()))
	if err != nil {
		return nil, why(err)
	}
	ctx, cancel := context.WithTimeout(ctx, pingLimit)
	defer cancel()
	version, err := provider.Client().ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return nil, errors.Join(err, provider.Close())
	}
	return &Engine{Version: version.Version, Host: provider.Client().DaemonHost(), provider: provider, api: provider.Client()}, nil
}

// why leaves out where the library looked last: a rootless Docker is rarely what is missed.
func why(err error) error {
	const last = "rootless Docker not found"
	text := strings.TrimSuffix(strings.TrimSuffix(err.Error(), last), "\n")
	if text == "" {
		text = "DOCKER_HOST isn't set, and none of the usual sockets is there"
	}
	return errors.New(strings.ReplaceAll(text, "\n", "; "))
}

// Close lets go of the connections to Docker. Containers stay.
func (e *Engine) Close() error { return e.provider.Close() }

// Labels of every container that is made here.
const (
	ownerLabel   = "bulkhead.owner"   // the scratch folder of its stack
	machineLabel = "bulkhead.machine" // where that folder is: one Docker may serve several machines
)

// machine tells this machine, since its last start, from others.
func machine() string {
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	host, _ := os.Hostname()
	return fmt.Sprintf("%s %.36s", host, boot)
}

// Remove ends and removes all containers of an owner. Where bulkhead was killed, Docker may still be making one that it was asked for:
// settle is how long none may be seen before it is done, 0 for one look.
func (e *Engine) Remove(ctx context.Context, owner string, settle time.Duration) error {
	mine := make(client.Filters).Add("label", ownerLabel+"="+owner, machineLabel+"="+machine())
	for last := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		found, err := e.api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: mine})
		if err != nil {
			return fmt.Errorf("look for containers: %w", err)
		}
		if len(found.Items) == 0 && time.Since(last) >= settle {
			return nil
		}
		for _, c := range found.Items {
			last = time.Now()
			if err := e.remove(ctx, c.ID); err != nil {
				return err
			}
		}
	}
}

// Owners gives the owners of containers that were made on this machine, for the caller to say which are gone.
func (e *Engine) Owners(ctx context.Context) (owners []string, err error) {
	found, err := e.api.ContainerList(ctx, client.ContainerListOptions{All: true,
		Filters: make(client.Filters).Add("label", ownerLabel, machineLabel+"="+machine())})
	if err != nil {
		return nil, fmt.Errorf("look for containers: %w", err)
	}
	for _, c := range found.Items {
		owners = append(owners, c.Labels[ownerLabel])
	}
	return owners, nil
}

// Published are the addresses of this machine on which the containers of this machine's stacks can be reached.
func (e *Engine) Published(ctx context.Context) (all []netip.AddrPort, err error) {
	found, err := e.api.ContainerList(ctx, client.ContainerListOptions{
		Filters: make(client.Filters).Add("label", ownerLabel, machineLabel+"="+machine())})
	if err != nil {
		return nil, fmt.Errorf("look for containers: %w", err)
	}
	for _, c := range found.Items {
		for _, p := range c.Ports {
			if p.PublicPort != 0 {
				all = append(all, netip.AddrPortFrom(p.IP, p.PublicPort))
			}
		}
	}
	return all, nil
}

// remove takes a container that is gone, or is just going, for removed.
func (e *Engine) remove(ctx context.Context, id string) error {
	_, err := e.api.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	if err == nil || gone(err) {
		return nil
	}
	return fmt.Errorf("remove container %.12s: %w", id, err)
}
