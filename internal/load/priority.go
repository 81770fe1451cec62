package load

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// nicer is how far the process goes before others while it measures. On a
// machine shared with the servers an instrument that waits in the same queue
// as they do measures the queue.
const nicer = 10

// prioritise lets all threads of the process go first, as far as the system
// allows, and gives the way back. Processes started in between inherit the
// priority; a run starts its servers before.
func prioritise() (done bool, restore func()) {
	before, err := niceness()
	if err != nil || setNiceness(max(before-nicer, -20)) != nil {
		return false, func() { _ = setNiceness(before) }
	}
	// Going back down is always allowed; a thread that ended meanwhile is no
	// matter.
	return true, func() { _ = setNiceness(before) }
}

// niceness of the calling thread's process, -20 first to 19 last.
func niceness() (int, error) {
	// The system call answers 40..1, so that no answer looks like an error.
	raw, err := unix.Getpriority(unix.PRIO_PROCESS, os.Getpid())
	return 20 - raw, err
}

// setNiceness sets each thread: Linux keeps the value per thread, and new ones
// take after the thread that makes them.
func setNiceness(nice int) error {
	// A thread made while the list is read would be missed, hence the second
	// pass.
	var failed error
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
			if err := unix.Setpriority(unix.PRIO_PROCESS, id, nice); err != nil && err != unix.ESRCH {
				failed = err
			}
		}
	}
	return failed
}

// sharpen makes the calling thread wake within microseconds of the time it
// asked for instead of the usual 50. Best effort: what could not be had shows
// in the measured lag.
func sharpen() {
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
}
