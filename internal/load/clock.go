package load

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// longestSleep bounds how long a cancellation can go unseen.
const longestSleep = 20 * time.Millisecond

// clock ties Go's time to the kernel's monotonic clock, which is what a thread
// can sleep on until an absolute moment.
type clock struct {
	start     time.Time
	startNano int64
}

// newClock reads both clocks as close together as it can get: whatever lies
// between the readings would shift every due time.
func newClock() (clock, error) {
	var best clock
	closest := int64(1<<63 - 1)
	for range 20 {
		before, err := monotonic()
		if err != nil {
			return clock{}, err
		}
		now := time.Now()
		after, err := monotonic()
		if err != nil {
			return clock{}, err
		}
		if gap := after - before; gap < closest {
			closest, best = gap, clock{start: now, startNano: before + gap/2}
		}
	}
	return best, nil
}

func monotonic() (int64, error) {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return 0, fmt.Errorf("reading the monotonic clock: %w", err)
	}
	return now.Nano(), nil
}

// elapsed is the time since the start.
func (c clock) elapsed() time.Duration { return time.Since(c.start) }

// sleep blocks the thread until the moment (since the start), or for
// longestSleep, whichever is sooner, and may end earlier on a signal. Callers
// loop.
func (c clock) sleep(until time.Duration) {
	until = min(until, c.elapsed()+longestSleep)
	at := unix.NsecToTimespec(c.startNano + int64(until))
	// The only error that can happen here is EINTR, and the loop covers it.
	_ = unix.ClockNanosleep(unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, &at, nil)
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
