package stack

import (
	"bufio"
	"encoding/binary"
	"fmt"
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

// removePosixSegments removes the files under /dev/shm that a killed postmaster of
// this user left. Their names are random, but its control segment lists the others;
// one that no process has mapped is a dead cluster's, since a living postmaster
// always has its own mapped.
func removePosixSegments(dataDir string) {
	data, err := os.Stat(dataDir)
	if err != nil {
		return
	}
	names, _ := filepath.Glob(posixSegments + "*")
	mapped := mappedFiles(posixSegments)
	for _, control := range names {
		st, err := os.Lstat(control)
		if err != nil || ownerOf(st) != ownerOf(data) || mapped[control] {
			continue
		}
		for _, name := range listedSegments(control) {
			if !mapped[name] {
				_ = os.Remove(name)
			}
		}
	}
}

const posixSegments = "/dev/shm/PostgreSQL."

// listedSegments reads a control segment of PostgreSQL 14 to 17 (dsm.c: a header of
// magic number, items used and items there are, then items of 40 bytes that begin with handle and
// count of references) and gives the files it stands for, itself last; none when it isn't one.
func listedSegments(control string) []string {
	data, err := os.ReadFile(control)
	const magic, header, item = 0x9a503d32, 16, 40
	if err != nil || len(data) < header || binary.NativeEndian.Uint32(data) != magic {
		return nil
	}
	var names []string
	used := int(binary.NativeEndian.Uint32(data[4:]))
	for i := 0; i < used && header+(i+1)*item <= len(data); i++ {
		at := data[header+i*item:]
		if handle, refs := binary.NativeEndian.Uint32(at), binary.NativeEndian.Uint32(at[4:]); refs > 0 {
			names = append(names, fmt.Sprintf("%s%d", posixSegments, handle))
		}
	}
	return append(names, control)
}

// mappedFiles gives the files with this prefix that any process has in its memory.
func mappedFiles(prefix string) map[string]bool {
	mapped := map[string]bool{}
	for _, pid := range pids() {
		maps, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/maps")
		if err != nil {
			continue
		}
		for _, line := range strings.Split(string(maps), "\n") {
			if _, name, ok := strings.Cut(line, prefix); ok {
				mapped[prefix+strings.TrimSuffix(name, " (deleted)")] = true
			}
		}
	}
	return mapped
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
