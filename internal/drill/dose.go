package drill

import (
	"context"
	"fmt"
	"time"

	"github.com/engardehq/bulkhead/internal/mutants"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stats"
	"github.com/engardehq/bulkhead/scenarios"
)

// likely is how sure the interval of a low dose is: one drill of a hundred may miss it by chance alone.
const likely = 0.99

const (
	doseSeconds = 5
	doseUsers   = 16
)

// dose sends nothing but reaching executions of the mutant's operation, as many as go in some seconds, and holds the number of those that
// leaked against what the chance predicts. So it measures the detector: one that overlooks leaks, or counts what is none, falls out of the interval.
func (d *drill) dose(ctx context.Context, m mutants.Mutant, p *patient, r *result.Drilled) error {
	ctx, cancel := context.WithTimeout(ctx, glanceLimit)
	defer cancel()
	report, err := p.Audit(ctx, nil)
	if err != nil {
		return err
	}
	var s seen
	s.add(byAudit, report.Findings, report.Checks)
	l := d.Run.Scenario.Load
	l.Mix, l.Stages, l.Rate = map[string]float64{m.Operation: 1}, nil, 0
	l.Users, l.Workers, l.Connections, l.Think = doseUsers, doseUsers, doseUsers/2, 0
	l.WarmUp, l.Duration, l.Reach, l.Tenants = 0, doseSeconds*time.Second, 1, scenarios.TenantChoice{}
	p.Scenario.Load = l
	doc, err := p.Load(ctx)
	if err != nil {
		return err
	}
	n, hits := doc.Isolation.Reaching, doc.Isolation.Leaking
	if n == 0 {
		return fmt.Errorf("no execution of %s reached for other tenants' rows", m.Operation)
	}
	if hits > 0 {
		s.load(doc)
	}
	r.Dose = &result.Dose{ID: m.ID, Chance: float64(m.Dose), Reads: n, Detections: hits, Predicted: float64(n) * float64(m.Dose)}
	r.Dose.Low, r.Dose.High = stats.Likely(n, float64(m.Dose), likely)
	r.Outcome = result.AsPredicted
	if hits < r.Dose.Low || hits > r.Dose.High {
		r.Outcome = result.NotAsPredicted
	}
	r.Detectors = detectors(d.news(s.findings, d.baseline))
	return nil
}
