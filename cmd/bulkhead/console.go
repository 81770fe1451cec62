package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/seed"
)

// console shows a run's progress: on a terminal one line that changes in place, elsewhere plain lines, fewer of them while seeding.
type console struct {
	w    io.Writer
	tty  bool
	mu   sync.Mutex
	open bool // a changing line stands there unfinished
	told time.Time
	from time.Time
}

func newConsole(w io.Writer) *console {
	f, isFile := w.(*os.File)
	return &console{w: w, tty: isFile && term.IsTerminal(int(f.Fd())), from: time.Now()}
}

// Step tells what begins now, and how long after the start.
func (c *console) Step(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open {
		fmt.Fprintln(c.w)
		c.open = false
	}
	fmt.Fprintf(c.w, "%6.1fs  %s\n", time.Since(c.from).Seconds(), fmt.Sprintf(format, args...))
}

// plainEvery is how often progress is told where lines stay.
const plainEvery = 5 * time.Second

const barWidth = 30

// Seeding shows a bar with rows a second.
func (c *console) Seeding(p seed.Progress) {
	share := 0.0
	if p.Total > 0 {
		share = float64(p.Rows) / float64(p.Total)
	}
	full := min(int(share*barWidth), barWidth)
	c.progress(fmt.Sprintf("[%s%s] %3.0f %%  %d of %d rows, %.0f rows/s  %s", strings.Repeat("#", full), strings.Repeat(".", barWidth-full),
		share*100, p.Rows, p.Total, p.PerSecond, p.Table), plainEvery)
}

// Live shows the state of the load.
func (c *console) Live(l run.Live) {
	at := fmt.Sprintf("%3.0f/%.0fs", l.At.Seconds(), l.Duration.Seconds())
	if l.At < 0 {
		at = "warm-up"
	}
	c.progress(fmt.Sprintf("%s  %.0f/s  p95 %.1f ms  errors %d  rows checked %d  leaks %d  damaged %d  missing %d", at, l.Rate,
		float64(l.P95.Microseconds())/1000, l.Errors, l.Rows, l.Faults.Foreign+l.Faults.Planted, l.Faults.Damaged, l.Faults.Missing), 0)
}

// progress replaces the line on a terminal; elsewhere it writes one, at most every so often.
func (c *console) progress(line string, every time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tty {
		fmt.Fprintf(c.w, "\r\x1b[K         %s", line)
		c.open = true
		return
	}
	if time.Since(c.told) >= every {
		c.told = time.Now()
		fmt.Fprintf(c.w, "         %s\n", line)
	}
}

// Done ends a line that stands unfinished.
func (c *console) Done() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open {
		fmt.Fprintln(c.w)
		c.open = false
	}
}
