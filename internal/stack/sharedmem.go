package stack

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// removeSharedMemory removes the System V segment of a postmaster that was killed
// outright. One that ended by itself has removed its postmaster.pid and the segment,
// so there is nothing to do then. Called only when no process of the stack is left.
func removeSharedMemory(dataDir string) {
	data, err := os.ReadFile(filepath.Join(dataDir, "postmaster.pid"))
	if err != nil {
		return
	}
	lines := strings.Split(string(data), "\n")
	if len(lines) < 7 {
		return
	}
	f := strings.Fields(lines[6]) // "key id"
	if len(f) != 2 {
		return
	}
	for _, s := range sharedSegments() {
		// Both must fit, and nobody may be attached: ids are used again.
		if s.key == keyOf(f[0]) && strconv.Itoa(s.id) == f[1] && s.attached == 0 {
			_, _ = unix.SysvShmCtl(s.id, unix.IPC_RMID, nil)
		}
	}
	removePosixSegments(dataDir)
}

// removePosixSegments removes the files under /dev/shm that the killed postmaster
// left. Their names are random and written nowhere, so they are only removed when
// no other cluster of the same user runs: then every one of them is an orphan.
func removePosixSegments(dataDir string) {
	data, err := os.Stat(dataDir)
	if err != nil {
		return
	}
	names, _ := filepath.Glob("/dev/shm/PostgreSQL.*")
	var own []string
	for _, name := range names {
		if st, err := os.Lstat(name); err == nil && ownerOf(st) == ownerOf(data) {
			own = append(own, name)
		}
	}
	if len(own) == 0 {
		return
	}
	for _, pid := range pids() {
		maps, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/maps")
		if err != nil {
			continue
		}
		for _, name := range own {
			if strings.Contains(string(maps), name) {
				return
			}
		}
	}
	for _, name := range own {
		_ = os.Remove(name)
	}
}

// keyOf writes a key as one signed number: postmaster.pid has it unsigned, the kernel signed.
func keyOf(field string) int32 {
	if u, err := strconv.ParseUint(field, 10, 64); err == nil {
		return int32(u)
	}
	i, _ := strconv.ParseInt(field, 10, 64)
	return int32(i)
}

func ownerOf(info os.FileInfo) int {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Uid)
	}
	return -1
}

type sharedSegment struct {
	key      int32
	id       int
	attached int
}

func sharedSegments() []sharedSegment {
	file, err := os.Open("/proc/sysvipc/shm")
	if err != nil {
		return nil
	}
	defer file.Close()
	var all []sharedSegment
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) < 7 {
			continue
		}
		id, err := strconv.Atoi(f[1])
		if err != nil {
			continue // the heading
		}
		attached, err := strconv.Atoi(f[6])
		if err != nil {
			continue
		}
		all = append(all, sharedSegment{keyOf(f[0]), id, attached})
	}
	return all
}
