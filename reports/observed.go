package reports

import (
	"fmt"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// observed draws what went on beside the load: faults, what became of the writes, and what the servers told of themselves. A run that
// observed nothing shows nothing.
func observed(p *printer, r *result.Run) {
	disturbances(p, r)
	ledger(p, r.Isolation.Ledger)
	o := r.Observed
	if o == nil {
		return
	}
	p.line("")
	p.line("Servers, as they say themselves, in %d samples:", o.Samples)
	if u := o.Pooler; u != nil {
		p.line("  PgBouncer: server connections of the fullest pool %s at most, %s on average; %s clients waited at most, the longest %s ms; mean wait %s ms",
			percent(u.ServersUsePeak), percent(u.ServersUseMean), whole(u.ClientsWaitingPeak), ms(u.LongestWaitMillis), ms(u.WaitMeanMillis))
	}
	if u := o.Postgres; u != nil {
		p.line("  PostgreSQL: %d of %d connections at most, %.1f on average", u.ConnectionsPeak, u.ConnectionsMax, u.ConnectionsMean)
		if c := u.Counters; c != nil {
			hit := "no block was asked for"
			if c.BufferHitShare != nil {
				hit = percent(*c.BufferHitShare) + " of the blocks were in its buffers"
			}
			p.line("  %s; %d deadlocks, %d temporary files; %.1f MiB of WAL", hit, c.Deadlocks, c.TempFiles, float64(c.WALBytes)/(1<<20))
		}
	}
	statements(p, o.Statements)
	for _, n := range o.NotMeasured {
		p.line("  not measured: %s (%s)", n.What, n.Why)
	}
	if o.IntervalLog != "" {
		p.line("  Response times of each second, in HdrHistogram's log format: %s", o.IntervalLog)
	}
}

const (
	statementsShown = 5
	queryShown      = 88
)

func statements(p *printer, all []result.SQLStatement) {
	var rows [][]string
	for i, s := range all {
		if i == statementsShown {
			break
		}
		query := []rune(s.Query)
		if len(query) > queryShown {
			query = append(query[:queryShown-3], []rune("...")...)
		}
		hit := "-"
		if s.BufferHitShare != nil {
			hit = percent(*s.BufferHitShare)
		}
		rows = append(rows, []string{ms(s.TotalMillis), whole(s.Calls), fmt.Sprintf("%.3f", s.MeanMillis), whole(s.Rows), hit, s.Role, string(query)})
	}
	if len(rows) > 0 {
		p.table([]string{"total ms", "calls", "mean ms", "rows", "in buffers", "role", "statement"}, rows, 0, 1, 2, 3, 4)
	}
}

func disturbances(p *printer, r *result.Run) {
	if len(r.Faults) == 0 {
		return
	}
	var rows [][]string
	for _, f := range r.Faults {
		if f.Error != "" {
			rows = append(rows, []string{f.Fault, secs(f.AtSeconds), "-", "-", "-", "-", f.Error})
			continue
		}
		due, errors, slowest := int64(0), int64(0), 0.0
		for _, op := range r.Load.Ops {
			for _, w := range op.Windows {
				if float64(w.Second+1) > f.StartedSeconds && float64(w.Second) <= f.BackSeconds {
					due, errors, slowest = due+w.Count+w.Errors, errors+w.Errors, max(slowest, w.Max)
				}
			}
		}
		rows = append(rows, []string{f.Fault, secs(f.StartedSeconds), secs(f.BackSeconds), whole(due), whole(errors), ms(slowest), f.Doc})
	}
	p.line("")
	p.line("Faults, in seconds after warm-up; what was due in the seconds from each until all was there again:")
	p.table([]string{"fault", "from", "back", "due", "errors", "slowest ms", "what"}, rows, 1, 2, 3, 4, 5)
}

func ledger(p *printer, l *result.Settlement) {
	if l == nil {
		return
	}
	if l.NotSettled != "" {
		p.line("Writes: %s acknowledged; not looked up after the load: %s", whole(l.Acknowledged), l.NotSettled)
		return
	}
	p.line("Writes: %s acknowledged, looked up after the load: %s there, %s lost, %s altered", whole(l.Acknowledged), whole(l.Verified), whole(l.Lost), whole(l.Altered))
	if l.Refused > 0 {
		p.line("  refused: %s, of which %s are there", whole(l.Refused), whole(l.RefusedThere))
	}
	if n := l.UnansweredKept + l.UnansweredLost; n > 0 {
		p.line("  without an answer: %s, of which %s are there and %s are not; both are right", whole(n), whole(l.UnansweredKept), whole(l.UnansweredLost))
	}
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

func secs(s float64) string { return strings.TrimSuffix(fmt.Sprintf("%.2f", s), ".00") }
