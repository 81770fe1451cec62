package reports

import (
	"fmt"
	"io"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/engardehq/bulkhead/internal/result"
)

// Prometheus writes a document as metrics, for node_exporter's textfile collector or a push gateway. Each is a gauge: a document tells of
// one run, and the next starts anew. What was not measured is left out; it is never 0.
func Prometheus(w io.Writer, d *result.Document) error {
	m := &metrics{}
	switch doc := d.Doc.(type) {
	case *result.Run:
		m.run(doc)
	case *result.Examination:
		m.set("bulkhead_info", "What was examined.", 1, "kind", doc.Kind, "version", doc.Version, "target", doc.Target.Name, "seed", fmt.Sprint(doc.Seed))
		m.verdict(doc.Verdict, doc.ExitCode, doc.Seconds)
		m.checked(doc.Findings, doc.Checks)
	case *result.Drill:
		m.drill(doc)
	default:
		return strange("prometheus", d)
	}
	for _, f := range m.families {
		if _, err := expfmt.MetricFamilyToText(w, f); err != nil {
			return err
		}
	}
	return nil
}

// metrics are families in the order in which they were first set.
type metrics struct {
	families []*dto.MetricFamily
	named    map[string]*dto.MetricFamily
}

// set adds a value; labels are names and values by turns.
func (m *metrics) set(name, help string, value float64, labels ...string) {
	f := m.named[name]
	if f == nil {
		if m.named == nil {
			m.named = map[string]*dto.MetricFamily{}
		}
		f = &dto.MetricFamily{Name: &name, Help: &help, Type: dto.MetricType_GAUGE.Enum()}
		m.named[name] = f
		m.families = append(m.families, f)
	}
	one := &dto.Metric{Gauge: &dto.Gauge{Value: &value}}
	for i := 0; i < len(labels); i += 2 {
		one.Label = append(one.Label, &dto.LabelPair{Name: &labels[i], Value: &labels[i+1]})
	}
	f.Metric = append(f.Metric, one)
}

var statuses = []result.Status{result.Pass, result.Fail, result.Unknown, result.NotChecked}

// status sets one of the series to 1, as a state set does.
func (m *metrics) status(name, help string, s result.Status, labels ...string) {
	for _, one := range statuses {
		value := 0.0
		if one == s {
			value = 1
		}
		m.set(name, help, value, append(labels[:len(labels):len(labels)], "status", string(one))...)
	}
}

func (m *metrics) verdict(s result.Status, code int, seconds float64) {
	m.status("bulkhead_verdict", "The verdict: 1 for the one that it is.", s)
	m.set("bulkhead_exit_code", "The exit code: 0 pass, 1 leak or weakness, 3 objective missed, 4 unknown.", float64(code))
	m.set("bulkhead_duration_seconds", "How long it took in all.", seconds)
}

func (m *metrics) run(r *result.Run) {
	m.set("bulkhead_info", "What was run.", 1, "kind", "run", "version", r.Version, "target", r.Target.Name, "layout", r.Target.Layout, "scenario", r.Scenario.Name, "seed", fmt.Sprint(r.Seed))
	m.verdict(r.Verdict, r.ExitCode, r.Seconds)
	m.set("bulkhead_start_timestamp_seconds", "When it began, since the epoch.", float64(r.Started.UnixMilli())/1000)
	for _, l := range loads(r) {
		m.load(l)
	}
	for _, l := range loads(r) {
		for i := range l.Ops {
			m.operation(l.name, &l.Ops[i])
		}
	}
	for _, l := range loads(r) {
		m.isolation(l.name, l.isolation)
	}
	if p := r.Stack.Pool; p != nil {
		m.set("bulkhead_pool_use_peak_ratio", "Use of the pooler's server connections at its highest, of those that it may open.", p.UsePeak)
	}
	m.checked(r.Findings, r.Checks)
	for _, c := range r.Coverage {
		m.status("bulkhead_channel_status", "What is known of each way to another tenant's data: 1 for the status that it has.", c.Status, "channel", c.Channel)
	}
}

func (m *metrics) load(l namedLoad) {
	for _, x := range []struct {
		state string
		n     int64
	}{{"offered", l.Offered}, {"completed", l.Completed}, {"dropped", l.Dropped}, {"abandoned", l.Abandoned}} {
		m.set("bulkhead_load_executions", "Executions of the load, by what became of them.", float64(x.n), "load", l.name, "state", x.state)
	}
	m.set("bulkhead_load_offered_per_second", "Rate that was offered.", l.OfferedPerSecond, "load", l.name)
	m.set("bulkhead_load_achieved_per_second", "Rate that was achieved.", l.AchievedPerSecond, "load", l.name)
	if l.Completed > 0 && l.scenario.Model != result.Closed { // users have no schedule to be late for
		m.set("bulkhead_load_schedule_lag_p99_seconds", "Lateness of the generator itself, 99th percentile.", l.LagP99Millis/1000, "load", l.name)
	}
	if share, ok := l.CacheHits.Share(); ok {
		m.set("bulkhead_load_cache_hit_ratio", "Share of the look-ups in the cache that hit.", share, "load", l.name)
	}
	if l.Tenants != nil && l.Tenants.Served > 0 {
		m.set("bulkhead_load_fairness_ratio", "Fairness of the tenants' mean response times: 1 if all are the same.", l.Tenants.Fairness, "load", l.name)
	}
}

func (m *metrics) operation(load string, op *result.Op) {
	at := []string{"load", load, "operation", op.Name}
	with := func(more ...string) []string { return append(at[:len(at):len(at)], more...) }
	m.status("bulkhead_operation_status", "Whether the operation held its objectives: 1 for the status that it has.", op.Verdict, at...)
	m.set("bulkhead_operation_target_seconds", "What the 95th percentile of response times is held against.", op.TargetMillis/1000, at...)
	if op.Verdict == result.NotChecked {
		return
	}
	m.set("bulkhead_operation_executions", "Executions that succeeded.", float64(op.Count), at...)
	m.set("bulkhead_operation_over_target", "Executions that took longer than the target.", float64(op.OverTarget), at...)
	if len(op.ErrorsByClass) == 0 {
		m.set("bulkhead_operation_errors", "Executions that failed, by class.", float64(op.Errors), with("class", "all")...)
	}
	for _, class := range sortedKeys(op.ErrorsByClass) {
		m.set("bulkhead_operation_errors", "Executions that failed, by class.", float64(op.ErrorsByClass[class]), with("class", class)...)
	}
	if op.Count == 0 {
		return
	}
	for _, d := range []struct {
		from string
		d    result.Distribution
	}{{"due", op.ResponseMs}, {"sent", op.ServiceMs}} {
		for _, x := range []struct {
			percentile string
			ms         float64
		}{{"50", d.d.P50}, {"90", d.d.P90}, {"95", d.d.P95}, {"99", d.d.P99}, {"100", d.d.Max}} {
			m.set("bulkhead_operation_latency_seconds", "Percentiles of latencies, from when an execution was due and from when it was sent.", x.ms/1000,
				with("from", d.from, "percentile", x.percentile)...)
		}
	}
	if ci := op.ResponseMs.P95Interval; ci != nil {
		m.set("bulkhead_operation_latency_p95_lower_seconds", "Lower end of the 95 % interval of the 95th percentile, from when an execution was due.", ci[0]/1000, at...)
		m.set("bulkhead_operation_latency_p95_upper_seconds", "Upper end of the 95 % interval of the 95th percentile, from when an execution was due.", ci[1]/1000, at...)
	}
}

func (m *metrics) isolation(load string, iso *result.Isolation) {
	m.status("bulkhead_isolation_status", "What the rows that came back say: 1 for the status that it has.", iso.Verdict, "load", load)
	for _, x := range []struct {
		judged string
		n      int64
	}{{"checked", iso.RowsChecked}, {"foreign", iso.Foreign}, {"damaged", iso.Damaged}, {"missing", iso.Missing}, {"planted", iso.Planted}, {"lost", iso.Lost}} {
		m.set("bulkhead_isolation_rows", "Rows that were looked at, and what was wrong with them.", float64(x.n), "load", load, "judged", x.judged)
	}
	m.set("bulkhead_isolation_reaching_executions", "Executions that could have returned another tenant's rows.", float64(iso.Reaching), "load", load)
	m.set("bulkhead_isolation_leaking_executions", "Executions that returned another tenant's rows.", float64(iso.Leaking), "load", load)
	if iso.UpperBound > 0 {
		m.set("bulkhead_isolation_leak_upper_bound_ratio", "95 % upper bound of the share of reaching executions that leak, where none did.", iso.UpperBound, "load", load)
	}
}

func (m *metrics) checked(findings []result.Finding, checks []result.Check) {
	bySeverity := map[result.Severity]map[string]int{}
	for _, f := range findings {
		if bySeverity[f.Severity] == nil {
			bySeverity[f.Severity] = map[string]int{}
		}
		bySeverity[f.Severity][f.Channel]++
	}
	for _, s := range []result.Severity{result.Leak, result.Weakness, result.Note} {
		n := 0
		for _, channel := range sortedKeys(bySeverity[s]) {
			n += bySeverity[s][channel]
			m.set("bulkhead_channel_findings", "Findings of each channel that has any.", float64(bySeverity[s][channel]), "channel", channel, "severity", string(s))
		}
		m.set("bulkhead_findings", "Findings, by severity.", float64(n), "severity", string(s))
	}
	n := map[result.Status]int{}
	for _, c := range checks {
		n[c.Status]++
	}
	for _, s := range statuses {
		m.set("bulkhead_checks", "Checks and probes, by what came of them.", float64(n[s]), "status", string(s))
	}
}

func (m *metrics) drill(d *result.Drill) {
	m.set("bulkhead_info", "What was drilled.", 1, "kind", "drill", "version", d.Version, "target", d.Target, "seed", fmt.Sprint(d.Seed))
	m.verdict(d.Verdict, d.ExitCode, d.Seconds)
	m.set("bulkhead_start_timestamp_seconds", "When it began, since the epoch.", float64(d.Started.UnixMilli())/1000)
	n := map[string]int{}
	for _, r := range d.Results {
		n[r.Outcome]++
	}
	for _, outcome := range []string{result.KilledByIntended, result.KilledByAnother, result.Survived, result.IsEquivalent, result.Silent, result.FalseAlarm, result.AsPredicted,
		result.NotAsPredicted, result.Unjudged} {
		m.set("bulkhead_drill_mutants", "Mutants, benign changes and baselines, by what became of them.", float64(n[outcome]), "outcome", outcome)
	}
}
