package stack

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	scratchPattern = "bulkhead-*"
	// scratchMark is the file by which a scratch folder of ours is known, and the
	// one that its keeper holds a lock on; a folder without it is somebody else's.
	scratchMark = ".keeper"
	// scratchEnv marks every process of a stack, so that orphans can be found
	// when even the keeper was killed.
	scratchEnv = "BULKHEAD_SCRATCH"
)

// makeScratch makes the folder that everything of one stack lives in, and locks it.
// Others may pass through it (services have a user of their own) but not list it.
func makeScratch(tempDir string, owner int) (string, *os.File, error) {
	dir, err := os.MkdirTemp(tempDir, scratchPattern)
	if err != nil {
		return "", nil, fmt.Errorf("make scratch folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, scratchMark), os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	}
	if err == nil {
		err = os.Chmod(dir, 0o711)
	}
	if err == nil && owner != os.Getuid() {
		err = passable(dir)
	}
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("lock scratch folder: %w", err), os.RemoveAll(dir))
	}
	return dir, lock, nil
}

// passable checks that another user gets through to the folder.
func passable(dir string) error {
	for d := filepath.Dir(dir); ; d = filepath.Dir(d) {
		st, err := os.Stat(d)
		if err != nil {
			return err
		}
		if st.Mode().Perm()&0o001 == 0 {
			return fmt.Errorf("%s lets no other user pass, and the servers don't run as root; mend: TMPDIR=/tmp", d)
		}
		if d == "/" {
			return nil
		}
	}
}

// removeScratch removes the folder and only then lets go of its lock.
func removeScratch(dir string, lock *os.File) error {
	if dir == "" {
		return nil
	}
	var err error
	for range 20 { // a dying process may still be writing
		if err = os.RemoveAll(dir); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if lock != nil {
		lock.Close()
	}
	if err != nil {
		return fmt.Errorf("remove scratch folder: %w", err)
	}
	return nil
}

// Sweep removes what keepers that were killed themselves have left under the
// temporary folder: their processes, shared memory and files. It gives back what it removed.
func Sweep(tempDir string) []string {
	dirs, _ := filepath.Glob(filepath.Join(tempDir, scratchPattern))
	var swept []string
	for _, dir := range dirs {
		if sweepOne(dir) {
			swept = append(swept, dir)
		}
	}
	return swept
}

func sweepOne(dir string) bool {
	st, err := os.Lstat(dir)
	if err != nil || !st.IsDir() || ownerOf(st) != os.Getuid() {
		return false
	}
	mark := filepath.Join(dir, scratchMark)
	lock, err := os.OpenFile(mark, os.O_RDWR|syscall.O_NOFOLLOW, 0)
	if errors.Is(err, os.ErrNotExist) {
		// A keeper killed between mkdir and its mark leaves an empty folder; Remove takes no other.
		if time.Since(st.ModTime()) > time.Minute {
			return os.Remove(dir) == nil
		}
		return false
	}
	if err != nil {
		return false
	}
	defer lock.Close()
	if st, err := lock.Stat(); err != nil || time.Since(st.ModTime()) < 2*time.Second {
		return false // made a moment ago: its keeper is about to lock it
	}
	if unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		return false // its keeper lives
	}
	endOrphans(dir)
	removeSharedMemory(filepath.Join(dir, postgresDir, dataDir))
	return os.RemoveAll(dir) == nil
}

// endOrphans ends the processes that carry the folder's mark in their environment.
func endOrphans(dir string) {
	deadline := time.Now().Add(5 * time.Second)
	sig := syscall.SIGQUIT // lets a postmaster remove its shared memory
	for round := 0; time.Now().Before(deadline); round++ {
		left := withEnviron(scratchEnv + "=" + dir)
		if len(left) == 0 {
			return
		}
		if round == 20 {
			sig = syscall.SIGKILL
		}
		if round%20 == 0 {
			for _, pid := range left {
				_ = syscall.Kill(pid, sig)
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// folder makes a service's folder inside the scratch folder.
func (n *Native) folder(service string, mode os.FileMode, asService bool) (string, error) {
	dir := filepath.Join(n.scratch, service)
	if err := os.MkdirAll(dir, mode); err != nil {
		return "", fmt.Errorf("make folder of %s: %w", strings.ToLower(service), err)
	}
	if asService {
		return dir, n.give(dir)
	}
	return dir, nil
}

// give makes a file or folder the service user's.
func (n *Native) give(path string) error {
	if n.user.uid == os.Getuid() {
		return nil
	}
	return os.Chown(path, n.user.uid, n.user.gid)
}
