package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// Gate writes what a gate came to for a person at a terminal: the verdict and its reasons, then what was allowed.
func Gate(w io.Writer, g *result.Gate) error {
	p := &printer{w: w}
	runs := "1 run"
	if len(g.Runs) != 1 {
		runs = fmt.Sprintf("%d runs", len(g.Runs))
	}
	p.line("")
	p.line("GATE %s: %s  (exit code %d; %s)", g.Name, strings.ToUpper(string(g.Verdict)), g.ExitCode, runs)
	for _, r := range g.Reasons {
		p.line("  - [%s] %s", r.Status, r.What)
	}
	for _, a := range g.Allowances {
		what := fmt.Sprintf("%s at %s until %s (%s: %s)", a.Channel, a.Where, a.Expires, a.Owner, a.Reason)
		switch {
		case a.Expired:
			p.line("  expired: %s; it covers %d findings here: mend them, or let %s renew it", what, a.Covers, a.Owner)
		case a.Covers == 0:
			p.line("  not needed: %s; no finding of these runs is meant: remove it", what)
		default:
			p.line("  allowed: %s; %d findings", what, a.Covers)
		}
	}
	for _, x := range g.Settled {
		p.line("  settled by repeating: %s; %s", x.What, x.Reason)
	}
	if c := g.Comparison; c != nil {
		p.line("  against the baseline of %d runs: %s", len(c.Base.Runs), c.Outcome)
	}
	return p.err
}
