package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"
)

// smallDisk is its size: room for the logs of a short run, and quickly filled.
const smallDisk = 16 << 20

// OpenOnSmallDisk calls open, which starts the keeper of a stack, where the folder is a small disk of its own. Keeper and servers then live
// in a mount namespace that is theirs alone: the mount ends with the last of them, however they end, and nobody else sees it.
func OpenOnSmallDisk(folder string, open func() error) error { return onSmallDisk(folder, open) }

func onSmallDisk(folder string, open func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			// The first thread can't end before the process does. Held here, it leaves the work to another.
			defer runtime.UnlockOSThread()
			done <- onSmallDisk(folder, open)
			return
		}
		// Never unlocked: the thread with the odd view of the file system ends with this goroutine. What it starts shares that view.
		done <- elsewhere(folder, open)
	}()
	return <-done
}

func elsewhere(folder string, open func() error) error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("a mount namespace: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keeping mounts private: %w", err)
	}
	if err := unix.Mount("bulkhead", folder, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, fmt.Sprintf("size=%d,mode=0755", smallDisk)); err != nil {
		return fmt.Errorf("a small disk at %s: %w", folder, err)
	}
	return open()
}

// Seen is the path by which this process reaches a folder as the keeper sees it.
func Seen(keeper int, folder string) (string, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	return filepath.Join(fmt.Sprintf("/proc/%d/root", keeper), folder), nil
}

// filler is what takes all the room.
const filler = ".filler"

func fillDisk(ctx context.Context, t Target) (Undo, error) {
	if t.Logs == "" {
		return nil, errors.New("the services' logs are on no small disk")
	}
	path := filepath.Join(t.Logs, filler)
	undo := func(context.Context) error { return os.Remove(path) }
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// To the last byte: a block that fits in part would leave room for lines.
	for block := make([]byte, 64<<10); len(block) > 0; {
		if ctx.Err() != nil {
			return undo, context.Cause(ctx)
		}
		_, err := f.Write(block)
		switch {
		case errors.Is(err, unix.ENOSPC):
			block = block[:len(block)/2]
		case err != nil:
			return undo, err
		}
	}
	return undo, nil
}

// CopyLogs brings the logs from the small disk to where people look for them, before the disk goes away with the services.
func CopyLogs(from, to string) error {
	logs, err := filepath.Glob(filepath.Join(from, "*.log"))
	if err != nil {
		return err
	}
	var failed error
	for _, log := range logs {
		failed = errors.Join(failed, copyFile(log, filepath.Join(to, filepath.Base(log))))
	}
	return failed
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
