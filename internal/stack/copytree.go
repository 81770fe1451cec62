package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// copier copies a folder, sharing blocks where the file system can, and gives the
// copy to a user (-1: as it comes).
type copier struct {
	uid, gid int
	skip     func(rel string) bool
	bytes    atomic.Int64
}

// copyWorkers hides the wait for each of some thousand small files.
const copyWorkers = 4

func (c *copier) tree(ctx context.Context, from, to string) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(copyWorkers)
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if c.skip != nil && c.skip(rel) {
			return nil
		}
		dst := filepath.Join(to, rel)
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			if err := os.Mkdir(dst, info.Mode().Perm()); err != nil {
				return err
			}
			return c.own(dst)
		case d.Type().IsRegular():
			g.Go(func() error { return c.file(path, dst, info) })
			return nil
		case d.Type()&fs.ModeSocket != 0:
			return nil
		default:
			// A tablespace would be a link out of the folder; a copy of it would share its files.
			return fmt.Errorf("%s is neither file nor folder", rel)
		}
	})
	if werr := g.Wait(); werr != nil {
		return werr
	}
	return err
}

// treeIfThere copies a folder that a stack without its service doesn't have.
func (c *copier) treeIfThere(ctx context.Context, from, to string) error {
	if _, err := os.Stat(from); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return c.tree(ctx, from, to)
}

func (c *copier) file(from, to string, info fs.FileInfo) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, info.Mode().Perm())
	if err != nil {
		return err
	}
	defer dst.Close()
	if unix.IoctlFileClone(int(dst.Fd()), int(src.Fd())) != nil {
		if _, err := io.Copy(dst, src); err != nil { // copy_file_range, within the kernel
			return err
		}
	}
	c.bytes.Add(info.Size())
	if err := c.own(to); err != nil {
		return err
	}
	return dst.Close()
}

func (c *copier) own(path string) error {
	if c.uid < 0 || os.Getuid() != 0 {
		return nil
	}
	return os.Chown(path, c.uid, c.gid)
}

// syncFilesystem waits until the file system that a folder is on has written everything.
func syncFilesystem(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Syncfs(int(f.Fd()))
}
