package stack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/engardehq/bulkhead/compose"
	"github.com/engardehq/bulkhead/internal/stack/containers"
)

// Environment variables that say what images are made of.
const (
	baseImageEnv = "BULKHEAD_BASE_IMAGE"    // an image of Debian 12, from a registry that Docker reaches; else one is made by debootstrap
	mirrorEnv    = "BULKHEAD_DEBIAN_MIRROR" // where debootstrap gets its packages; "" leaves that to it
)

// inContainers are the services that run in containers, by the target of the Dockerfile.
var inContainers = []string{Postgres, PgBouncer, Redis}

// imageSource is what decides what the images hold, but for the day on which they were built.
type imageSource struct {
	base   string // "" to make one
	mirror string
}

func findImageSource() imageSource {
	return imageSource{base: os.Getenv(baseImageEnv), mirror: os.Getenv(mirrorEnv)}
}

// tag is a hash of the whole recipe.
func (s imageSource) tag() string {
	h := sha256.New()
	fmt.Fprintf(h, "base %q mirror %q\n%s\n%s", s.base, s.mirror, compose.Dockerfile, compose.Base)
	return hex.EncodeToString(h.Sum(nil))[:12]
}

func imageName(service, tag string) string { return "bulkhead/" + service + ":" + tag }

// prepareImages makes sure that Docker has an image for each service: those of an earlier run, from a file in the cache, or built now.
func (c *Containers) prepareImages(ctx context.Context) (map[string]string, error) {
	source := findImageSource()
	images, names := map[string]string{}, []string{}
	for _, service := range inContainers {
		images[service] = imageName(service, source.tag())
		names = append(names, images[service])
	}
	if there, err := c.engine.Has(ctx, names...); err != nil || there {
		return images, err
	}
	cache, err := CacheDir()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(cache, "image", source.tag()+".tar")
	lock, err := lockFile(ctx, file+".lock", unix.LOCK_EX, func() { c.opts.Log("waiting for another process that builds the images") })
	if err != nil {
		return nil, fmt.Errorf("images: %w", err)
	}
	defer lock.release()
	if there, err := c.engine.Has(ctx, names...); err != nil || there {
		return images, err
	}
	if _, err := os.Stat(file); err == nil {
		c.opts.Log("loading the images of an earlier run into Docker")
		if err = c.engine.Load(ctx, file); err == nil {
			return images, nil
		}
		c.opts.Log("they can't be loaded (%v), so they are built anew", err)
	}
	if err := c.buildImages(ctx, source, images); err != nil {
		return nil, err
	}
	c.opts.Log("keeping the images for later runs")
	if err := c.engine.Save(ctx, file, names...); err != nil {
		return nil, err
	}
	old, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "*.tar"))
	for _, other := range old {
		if other != file {
			_ = os.Remove(other) // of another recipe; should that be wanted again, it is built again
		}
	}
	return images, nil
}

func (c *Containers) buildImages(ctx context.Context, source imageSource, images map[string]string) error {
	base := source.base
	if base == "" {
		base = imageName("debian", source.tag())
		if err := c.buildBase(ctx, source, base); err != nil {
			return err
		}
	}
	log, err := os.OpenFile(c.LogFile("images"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	defer log.Close()
	for _, service := range inContainers {
		c.opts.Log("building the image of %s from Debian's packages, once", service)
		err := c.engine.Build(ctx, containers.Recipe{Image: images[service], Dockerfile: compose.Dockerfile, Target: service, Base: base, Log: log})
		if err != nil {
			return &Error{What: "an image can't be built", Err: err, Mend: "read " + log.Name()}
		}
	}
	return nil
}

// buildBase makes a small Debian. That needs root and debootstrap, but no registry.
func (c *Containers) buildBase(ctx context.Context, source imageSource, image string) error {
	const otherwise = "name an image of Debian 12 that Docker can pull, such as " + baseImageEnv + "=debian:bookworm-slim"
	if os.Getuid() != 0 {
		return &Error{What: "only root can make the Debian that the images stand on", Mend: "run once as root, or " + otherwise}
	}
	if _, err := findOne("debootstrap"); err != nil {
		return &Error{What: "debootstrap isn't installed, and the images stand on a Debian that it makes", Mend: "apt-get install debootstrap, or " + otherwise}
	}
	dir := filepath.Join(c.scratch, "debian")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	script, packed := filepath.Join(dir, "base.sh"), filepath.Join(dir, "root.tar")
	if err := os.WriteFile(script, compose.Base, 0o700); err != nil {
		return err
	}
	c.opts.Log("making a small Debian for the images, once")
	err := c.Run(ctx, Command{Name: "debootstrap", Dir: dir, Argv: []string{
		"/usr/bin/unshare", "--mount", "--propagation", "private", script, source.mirror, packed,
	}})
	if err == nil {
		err = c.engine.Import(ctx, packed, image)
	}
	return errors.Join(err, os.RemoveAll(dir))
}
