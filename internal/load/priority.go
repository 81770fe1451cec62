package load

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// firstNice is how far the process goes before others while it measures. An
// instrument that waits in the same queue as the servers on its machine
// measures the queue: on two cores with seven busy processes it brought the lag
// at p99 and 1,000/s from 4-23 ms to 1.3-2.5 ms.
const firstNice = -10

// autogroupFile is the scheduler's group of the session. Where it is there,
// threads compete inside it first, and the group as one with other sessions;
// each PostgreSQL backend is a session of its own.
const autogroupFile = "/proc/self/autogroup"

// prioritise lets all threads of the process go first, as far as the system
// allows, and gives the way back. Processes started in between inherit the
// priority, so that a run starts its servers before. done is false where some
// of it was refused, as it is to ordinary users.
func prioritise() (done bool, restore func()) {
	thread, err := niceness()
	if err != nil {
		return false, func() {}
	}
	group, err := groupNiceness()
	grouped := err == nil
	done = setNiceness(min(thread, firstNice)) == nil && (!grouped || setGroupNiceness(min(group, firstNice)) == nil)
	return done, func() {
		// The way back down is open to all, and what can't be undone here ends
		// with the process or its session.
		_ = setNiceness(thread)
		if grouped {
			_ = setGroupNiceness(group)
		}
	}
}

// niceness of the process's first thread, from -20 (first) to 19 (last).
func niceness() (int, error) {
	// The system call answers 40..1, so that no answer looks like an error.
	raw, err := unix.Getpriority(unix.PRIO_PROCESS, os.Getpid())
	return 20 - raw, err
}

// setNiceness sets each thread: Linux keeps the value per thread, and new ones
// take after the thread that makes them.
func setNiceness(nice int) error {
	var failed error
	// A thread made while the list is read would be missed, hence two passes.
	for range 2 {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		for _, thread := range threads {
			id, err := strconv.Atoi(thread.Name())
			if err != nil {
				continue
			}
			if err := unix.Setpriority(unix.PRIO_PROCESS, id, nice); err != nil && !errors.Is(err, unix.ESRCH) {
				failed = err
			}
		}
	}
	return failed
}

// groupNiceness reads the session's group; fs.ErrNotExist says that the kernel
// has none.
func groupNiceness() (int, error) {
	text, err := os.ReadFile(autogroupFile)
	if err != nil {
		return 0, err
	}
	_, number, found := strings.Cut(string(text), " nice ")
	if !found {
		return 0, fmt.Errorf("reading %s: %w", autogroupFile, fs.ErrNotExist)
	}
	return strconv.Atoi(strings.TrimSpace(number))
}

// setGroupNiceness leaves the file alone where there is nothing to change: the
// kernel refuses ordinary users a second write within a tenth of a second.
func setGroupNiceness(nice int) error {
	if now, err := groupNiceness(); err == nil && now == nice {
		return nil
	}
	return os.WriteFile(autogroupFile, []byte(strconv.Itoa(nice)), 0)
}

// sharpen makes the calling thread, which must be locked to its goroutine, wake
// within microseconds of the time it asked for instead of the usual 50. Best
// effort: what could not be had shows in the measured lag. A real-time class
// is no way to do better: Go's runtime yields while it waits for another of its
// threads, which a real-time thread then keeps from running, and now and then
// all stood still for 50 ms.
func sharpen() {
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
}
