package containers

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/moby/moby/client/pkg/jsonmessage"
	"github.com/testcontainers/testcontainers-go"
)

// Has says whether Docker has all these images.
func (e *Engine) Has(ctx context.Context, images ...string) (bool, error) {
	for _, name := range images {
		_, err := e.api.ImageInspect(ctx, name)
		if errdefs.IsNotFound(err) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("look for image %s: %w", name, err)
		}
	}
	return true, nil
}

// Import makes an image of a packed root folder.
func (e *Engine) Import(ctx context.Context, file, image string) error {
	root, err := os.Open(file)
	if err != nil {
		return err
	}
	defer root.Close()
	answer, err := e.api.ImageImport(ctx, client.ImageImportSource{Source: root, SourceName: "-"}, image, client.ImageImportOptions{})
	return e.through(answer, err, "import "+image)
}

// Load brings back images that Save has put into a file.
func (e *Engine) Load(ctx context.Context, file string) error {
	saved, err := os.Open(file)
	if err != nil {
		return err
	}
	defer saved.Close()
	answer, err := e.api.ImageLoad(ctx, saved, client.ImageLoadWithQuiet(true))
	return e.through(answer, err, "load "+filepath.Base(file))
}

// through reads what Docker answers while it works: in there, not in the status, it says what went wrong.
func (e *Engine) through(answer io.ReadCloser, err error, what string) error {
	if err == nil {
		err = errors.Join(jsonmessage.DisplayStream(answer, io.Discard), answer.Close())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// Save puts images into a file, whole or not at all.
func (e *Engine) Save(ctx context.Context, file string, images ...string) error {
	half := file + ".half"
	err := e.provider.SaveImages(ctx, half, images...)
	if err == nil {
		err = os.Chmod(half, 0o600)
	}
	if err == nil {
		err = os.Rename(half, file)
	}
	if err != nil {
		_ = os.Remove(half)
		return fmt.Errorf("save images: %w", err)
	}
	return nil
}

// Recipe is an image to build.
type Recipe struct {
	Image      string // name:tag that it gets
	Dockerfile []byte
	Target     string // stage of it
	Base       string // image for its argument BASE
	Log        io.Writer
}

// Build builds an image. Its commands use this machine's network as they find it, name servers included: what they need to get
// at packages is neither asked for nor left in the image.
func (e *Engine) Build(ctx context.Context, r Recipe) error {
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	err := w.WriteHeader(&tar.Header{Name: "Dockerfile", Mode: 0o644, Size: int64(len(r.Dockerfile))})
	if err == nil {
		_, err = w.Write(r.Dockerfile)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("build %s: %w", r.Image, err)
	}
	repo, tag, _ := strings.Cut(r.Image, ":")
	request := testcontainers.ContainerRequest{FromDockerfile: testcontainers.FromDockerfile{
		Repo: repo, Tag: tag, ContextArchive: bytes.NewReader(packed.Bytes()), KeepImage: true, BuildArgs: map[string]*string{"BASE": &r.Base}, BuildLogWriter: r.Log,
		BuildOptionsModifier: func(o *client.ImageBuildOptions) { o.Target, o.NetworkMode = r.Target, "host" },
	}}
	if _, err := e.provider.BuildImage(ctx, &request); err != nil {
		return fmt.Errorf("build %s: %w", r.Image, err)
	}
	return nil
}
