package layouts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/engardehq/bulkhead/fixtures"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/stack"
)

// hopeless are the words by which Langflow's log tells that a start won't succeed. It may go on trying for minutes; some lines are
// also written by starts that then find a way, so it is given a moment more.
var (
	cause = `Can't locate revision|mismatch between the models and the database|New upgrade operations detected|must be owner of|permission denied for|` +
		`relation \\?"[^"]+" does not exist|relation \\?"[^"]+" already exists|cannot alter type of a column`
	hopeless = regexp.MustCompile(cause + `|Application startup failed|Worker failed to boot`)
	telltale = regexp.MustCompile(cause)
)

const (
	lookEvery = 250 * time.Millisecond
	moment    = 12 * time.Second // after the first such line
)

var errHopeless = errors.New("its log says that it won't")

// boot starts Langflow and waits until it is healthy, has ended, or can't succeed. The step says which.
func (x *cell) boot(ctx context.Context, name string) (*result.Step, time.Time) {
	began, s := time.Now(), &result.Step{Name: name, Langflow: x.o.Langflow}
	logFile := x.n.LogFile(stack.Langflow)
	var offset int64
	if info, err := os.Stat(logFile); err == nil {
		offset = info.Size()
	}
	pending, err := run.BootLangflow(ctx, x.o, x.t, x.n)
	if err == nil {
		wait, cancel := context.WithCancelCause(ctx)
		var watched sync.WaitGroup
		watched.Go(func() { giveUp(wait, cancel, logFile, offset) })
		err = pending.Wait(wait)
		cancel(nil)
		watched.Wait()
	}
	x.running = err == nil
	text := logFrom(logFile, offset)
	s.Log = pickOf(text, err)
	if err != nil {
		s.Outcome = result.StepFailed
		s.Why = "Langflow " + x.o.Langflow + " didn't start: " + why(err, s.Log)
		_ = x.n.StopLangflow(context.WithoutCancel(ctx)) // it may have ended by itself
	}
	return s, began
}

// pickOf keeps of a start that succeeded only what it had to mend.
func pickOf(text string, err error) []string {
	if err != nil {
		return telling(text)
	}
	return slices.DeleteFunc(telling(text), func(line string) bool { return !tellingWords.MatchString(line) })
}

func (x *cell) stop(ctx context.Context) error {
	if !x.running {
		return nil
	}
	x.running = false
	return x.n.StopLangflow(ctx)
}

// giveUp ends the waiting for a start that can't succeed.
func giveUp(ctx context.Context, cancel context.CancelCauseFunc, file string, offset int64) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !hopeless.MatchString(logFrom(file, offset)) {
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(moment):
			cancel(errHopeless)
		}
		return
	}
}

func logFrom(file string, offset int64) string {
	data, err := os.ReadFile(file)
	if err != nil || int64(len(data)) < offset {
		return ""
	}
	return stack.Redact(string(data[offset:]))
}

// tellingWords mark lines worth keeping whatever came of a start, failing those that tell of a failure.
var (
	tellingWords = regexp.MustCompile(`(?i)wrong revision|deleting alembic_version|FAILED:|` + hopeless.String())
	failingWords = regexp.MustCompile(`(?i)error|exception|failed`)
	control      = regexp.MustCompile(`\x1b\[[0-9;]*[a-zA-Z]`)
	event        = regexp.MustCompile(`^\{"event": "((?:[^"\\]|\\.)*)"`) // of a line of JSON
	unescaped    = strings.NewReplacer(`\\n`, " ", `\n`, " ", `\"`, `"`)
	frames       = "│╭╰─╮╯ "
)

// telling picks the lines of a log that tell what happened, without repetitions. A line that a narrow frame has cut goes on in the next.
func telling(text string) []string {
	var lines []string
	for line := range strings.Lines(control.ReplaceAllString(text, "")) {
		line = strings.Trim(strings.TrimSpace(line), frames)
		if m := event.FindStringSubmatch(line); m != nil {
			line = unescaped.Replace(m[1])
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	if kept := pick(lines, tellingWords); len(kept) > 0 {
		return kept
	}
	return pick(lines, failingWords)
}

// goesOn tells over how many lines more a line goes on.
func goesOn(line string) int {
	switch {
	case strings.HasSuffix(line, "identified by"):
		return 1
	case strings.HasSuffix(line, "detected:"):
		return 4
	}
	return 0
}

func pick(lines []string, words *regexp.Regexp) (kept []string) {
	const most, longest, narrow = 6, 400, 110
	seen := map[string]bool{}
	for i, line := range lines {
		if !words.MatchString(line) || strings.HasPrefix(line, "Traceback") {
			continue
		}
		if more := goesOn(line); len(line) < narrow && more > 0 {
			line += " " + strings.Join(lines[i+1:min(i+1+more, len(lines))], " ")
		}
		if len(line) > longest {
			line = line[:longest] + "..."
		}
		if key := undated(line); !seen[key] {
			seen[key] = true
			kept = append(kept, line)
		}
	}
	if len(kept) > most {
		kept = append(kept[:most/2:most/2], kept[len(kept)-most/2:]...)
	}
	return kept
}

var dates = regexp.MustCompile(`[0-9]+`)

func undated(line string) string { return dates.ReplaceAllString(line, "0") }

func last(lines []string) string {
	if len(lines) == 0 {
		return "it didn't say why"
	}
	return lines[len(lines)-1]
}

// why prefers the first line that says why there is no hope.
func why(err error, lines []string) string {
	for _, line := range lines {
		if telltale.MatchString(line) {
			return line
		}
	}
	return stack.Redact(err.Error())
}

// models are the tables that each version's models describe, asked of the version itself.
type models struct {
	mu    sync.Mutex
	known map[string][]string
}

func (m *models) of(ctx context.Context, o run.Options, n *stack.Native) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if tables, ok := m.known[o.Langflow]; ok {
		return tables, nil
	}
	script, err := fixtures.FS.ReadFile("langflow/tables.py")
	if err != nil {
		return nil, err
	}
	python, err := run.LangflowPython(ctx, o, n)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, python, "-c", string(script))
	cmd.Env = []string{"HOME=" + n.Scratch(), "PATH=/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE=1", "DO_NOT_TRACK=true", "LANGFLOW_CONFIG_DIR=" + n.LangflowDir()}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("tables of Langflow %s: %w: %s", o.Langflow, err, last(telling(errs.String())))
	}
	if m.known == nil {
		m.known = map[string][]string{}
	}
	m.known[o.Langflow] = strings.Fields(string(out))
	return m.known[o.Langflow], nil
}
