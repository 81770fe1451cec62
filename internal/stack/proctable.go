package stack

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// procStat is what /proc/<pid>/stat tells that matters here.
type procStat struct {
	pid, ppid  int
	comm       string
	state      byte
	startTicks uint64 // since boot; with the pid it names a process for good
}

func readStat(pid int) (procStat, bool) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return procStat{}, false
	}
	// The name is in parentheses and may hold spaces and parentheses itself.
	open, end := bytes.IndexByte(data, '('), bytes.LastIndexByte(data, ')')
	if open < 0 || end < open {
		return procStat{}, false
	}
	f := strings.Fields(string(data[end+1:]))
	if len(f) < 20 {
		return procStat{}, false
	}
	s := procStat{pid: pid, comm: string(data[open+1 : end]), state: f[0][0]}
	s.ppid, _ = strconv.Atoi(f[1])
	s.startTicks, _ = strconv.ParseUint(f[19], 10, 64)
	return s, true
}

// gone also counts a zombie as gone: it holds nothing any more.
func (s procStat) gone() bool { return s.state == 'Z' || s.state == 'X' }

// pids lists all processes that can be seen.
func pids() []int {
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil
	}
	list := make([]int, 0, len(entries))
	for _, e := range entries {
		if pid, err := strconv.Atoi(filepath.Base(e)); err == nil {
			list = append(list, pid)
		}
	}
	return list
}

// descendants lists all living children, grandchildren ... of a process.
func descendants(root int) []int {
	children := map[int][]procStat{}
	for _, pid := range pids() {
		if s, ok := readStat(pid); ok {
			children[s.ppid] = append(children[s.ppid], s)
		}
	}
	var found []int
	queue := []int{root}
	for len(queue) > 0 {
		for _, c := range children[queue[0]] {
			queue = append(queue, c.pid)
			if !c.gone() {
				found = append(found, c.pid)
			}
		}
		queue = queue[1:]
	}
	return found
}

// sameProcess says whether the process that had this pid and start time still runs.
func sameProcess(pid int, startTicks uint64) bool {
	s, ok := readStat(pid)
	return ok && !s.gone() && s.startTicks == startTicks
}

// startedAt turns a start time in ticks into a time of day; zero when it can't.
func startedAt(s procStat) time.Time {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return time.Time{}
	}
	for _, line := range strings.Split(string(data), "\n") {
		if rest, ok := strings.CutPrefix(line, "btime "); ok {
			boot, err := strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
			if err != nil {
				return time.Time{}
			}
			const ticksPerSecond = 100 // USER_HZ, the same on every Linux that Go runs on
			return time.Unix(boot+int64(s.startTicks/ticksPerSecond), 0)
		}
	}
	return time.Time{}
}

// withEnviron lists the processes whose environment holds this entry.
func withEnviron(entry string) []int {
	var found []int
	for _, pid := range pids() {
		data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
		if err != nil {
			continue
		}
		for _, e := range bytes.Split(data, []byte{0}) {
			if string(e) == entry {
				found = append(found, pid)
				break
			}
		}
	}
	return found
}
