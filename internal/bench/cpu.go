package bench

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// with gives a side its processor time: the client's, and what the rest of the machine used meanwhile. The rest is the server's work, and
// should be much the same on both sides; where it isn't, the server chose other plans or somebody else was at work.
func (s Side) with(client, machine time.Duration) Side {
	n := float64(max(1, s.Transactions))
	s.CPUMicros, s.RestMicros = micros(client)/n, micros(max(0, machine-client))/n
	return s
}

// cpu is the processor time that this process has used.
func cpu() (time.Duration, error) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("reading the processor time: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// meter measures how busy all processors of the machine are.
type meter struct{ from time.Duration }

func startMeter() meter { return meter{busySince()} }

// busy is the processor time used since the meter was started, 0 where the kernel doesn't tell.
func (m meter) busy() time.Duration { return busySince() - m.from }

func busySince() time.Duration {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(data), "\n")
	return busyOf(line)
}

// busyOf adds up the first line of /proc/stat, save for what is idle, waits for disks, or is counted twice (guests). It counts in
// hundredths of a second.
func busyOf(line string) (busy time.Duration) {
	const idle, waiting, guest = 4, 5, 9
	for i, field := range strings.Fields(line) {
		if n, err := strconv.ParseInt(field, 10, 64); err == nil && i != idle && i != waiting && i < guest {
			busy += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return busy
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func millis(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
}
