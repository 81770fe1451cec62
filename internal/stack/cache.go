package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// CacheDir is what survives runs: BULKHEAD_CACHE, else bulkhead under the user's cache folder.
func CacheDir() (string, error) {
	if dir := os.Getenv(cacheEnv); dir != "" {
		return filepath.Abs(dir)
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return "", &Error{What: "no cache folder", Mend: "set " + cacheEnv + " to a folder", Err: err}
	}
	return filepath.Join(base, "bulkhead"), nil
}

// fileLock is a lock on a file that ends with the process that holds it.
type fileLock struct{ file *os.File }

// lockFile waits for the lock; busy is called once when another process has it.
func lockFile(ctx context.Context, path string, how int, busy func()) (*fileLock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make cache folder: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	for told := false; ; {
		err := unix.Flock(int(file.Fd()), how|unix.LOCK_NB)
		if err == nil {
			return &fileLock{file}, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
		}
		if !told && busy != nil {
			told = true
			busy()
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(context.Cause(ctx), file.Close())
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// tryLock takes the lock only if nobody has it.
func tryLock(path string, how int) (*fileLock, bool) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false
	}
	if unix.Flock(int(file.Fd()), how|unix.LOCK_NB) != nil {
		file.Close()
		return nil, false
	}
	return &fileLock{file}, true
}

func (l *fileLock) release() { _ = l.file.Close() }
