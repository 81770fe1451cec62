package drill

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/engardehq/bulkhead/internal/probes"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/scenarios"
)

// The detectors.
const (
	byAudit  = "audit"
	byLoad   = "load"
	byAttack = "attack"
	byWhole  = "full attack"
)

const (
	glanceLimit = time.Minute     // of audit, load and attack of one mutant together
	wholeLimit  = 3 * time.Minute // of the full attack on a survivor
)

// seen is what the detectors had to say of one copy.
type seen struct {
	findings []found
	unknown  []string // what couldn't be looked at
}

type found struct {
	detector string
	result.Finding
}

func (f found) key() string { return f.Channel + "\x00" + f.Where + "\x00" + f.What }

// look lets audit, load and attack look at a copy, each for a moment. cached says that the load may use the cache, which all copies share.
func (d *drill) look(ctx context.Context, p *patient, cached bool) (s seen) {
	ctx, cancel := context.WithTimeout(ctx, glanceLimit)
	defer cancel()
	p.Scenario.Load = oneSecond(d.Run.Scenario.Load, cached)
	var doc *result.Run
	var failure error
	var loaded sync.WaitGroup
	loaded.Go(func() { doc, failure = p.Load(ctx) }) // beside the audit, which only reads
	known, err := p.Catalog(ctx)
	if err != nil {
		s.failed(byAudit, err)
	} else if report, err := p.Audit(ctx, known); err != nil {
		s.failed(byAudit, err)
	} else {
		s.add(byAudit, report.Findings, report.Checks)
	}
	if loaded.Wait(); failure != nil {
		s.failed(byLoad, failure)
	} else {
		s.load(doc)
	}
	if report, err := p.Attack(ctx, known, probes.Glance); err != nil {
		s.failed(byAttack, err)
	} else {
		s.add(byAttack, report.Findings, report.Checks)
	}
	return s
}

// probesOf are the probes that check a channel.
func probesOf(channel string) (names []string) {
	for _, s := range probes.Specs() {
		if slices.Contains(s.Channels, channel) {
			names = append(names, s.Name)
		}
	}
	return names
}

// lookLonger attacks with the probes named, or with all, and tries each pair of their choices.
func (d *drill) lookLonger(ctx context.Context, p *patient, only []string) (s seen) {
	ctx, cancel := context.WithTimeout(ctx, wholeLimit)
	defer cancel()
	if report, err := p.Attack(ctx, nil, probes.Pairs, only...); err != nil {
		s.failed(byWhole, err)
	} else {
		s.add(byWhole, report.Findings, report.Checks)
	}
	return s
}

// healthyLonger is what these probes find on a healthy copy when they try each pair of their choices. It is made when it is first asked for.
func (d *drill) healthyLonger(ctx context.Context, only []string) map[string]bool {
	d.longerMu.Lock()
	defer d.longerMu.Unlock()
	key := strings.Join(only, ",")
	if known, ok := d.longer[key]; ok {
		return known
	}
	found := maps.Clone(d.baseline)
	p, err := d.ward.admit(ctx)
	if err != nil {
		return found // the next mutant has no copy either, and says why
	}
	for _, f := range d.lookLonger(ctx, p, only).findings {
		found[f.key()] = true
	}
	_ = d.ward.dismiss(ctx, p)
	d.longer[key] = found
	return found
}

func (s *seen) failed(detector string, err error) {
	s.unknown = append(s.unknown, detector+": "+stack.Redact(err.Error()))
}

func (s *seen) add(detector string, findings []result.Finding, checks []result.Check) {
	for _, f := range findings {
		s.findings = append(s.findings, found{detector, f})
	}
	for _, c := range checks {
		if c.Status == result.Unknown {
			s.unknown = append(s.unknown, fmt.Sprintf("%s: %s %s: %s", detector, c.Channel, c.Name, c.Why))
		}
	}
}

// load takes over what the load saw, and what its audit trail lacks.
func (s *seen) load(doc *result.Run) {
	s.add(byLoad, doc.Findings, doc.Checks)
	if a := doc.Isolation.Audit; a != nil && a.Missing+a.Extra > 0 {
		s.findings = append(s.findings, found{byLoad, result.Finding{Channel: "T04", Severity: result.Weakness, Where: "the audit trail",
			What: "entries of the audit trail don't match the operations that committed", Count: a.Missing + a.Extra}})
	}
	if doc.Isolation.Reaching == 0 {
		s.unknown = append(s.unknown, byLoad+": nothing came back that could have held another tenant's rows")
	}
}

// oneSecond is a second of the scenario's load with many executions that reach.
func oneSecond(l scenarios.Traffic, cached bool) scenarios.Traffic {
	mix := maps.Clone(l.Mix)
	if !cached {
		delete(mix, "cached_flows")
	}
	l.Mix, l.Users, l.Stages = mix, 0, nil
	l.Rate, l.WarmUp, l.Duration = 150, 100*time.Millisecond, time.Second
	l.Connections, l.Workers, l.Reach = 3, 12, 0.5
	return l
}
