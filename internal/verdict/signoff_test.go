package verdict

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/engardehq/bulkhead/internal/result"
)

// papers are documents in which every metric that can be measured passes.
func papers() Papers {
	hit := 0.995
	observed := func() *result.Observed {
		return &result.Observed{Samples: 44, Pooler: &result.PoolerUse{Samples: 44, ServersUsePeak: 0.033}, Postgres: &result.PostgresUse{Counters: &result.PGDelta{BufferHitShare: &hit}}}
	}
	op := func(name string, p95 float64) result.Op {
		return result.Op{Name: name, Count: 1400, ResponseMs: result.Distribution{P95: p95, P95Interval: &[2]float64{p95 - 1, p95 + 1}}, Verdict: result.Pass}
	}
	isolation := result.Isolation{RowsChecked: 200000, Reaching: 1200, UpperBound: 0.0025, Verdict: result.Pass, Ledger: &result.Settlement{Acknowledged: 3000, Verified: 3000}}
	r := &result.Run{Version: "v1", Target: result.Target{Name: "engarde", Layout: "hardened", Hash: "h"},
		Stack: result.Stack{Services: []result.Service{{Name: "postgres", Started: true}, {Name: "redis", Started: true}}, Revisions: map[string]string{"public": "a", "langflow": "b"}},
		Load: result.Load{OfferedPerSecond: 300, AchievedPerSecond: 300, LagP99Millis: 1, Completed: 13500, Ops: []result.Op{op("campaign_load", 4), op("workflow_analytics", 9)},
			CacheHits: &result.CacheHits{Hits: 950, Misses: 50}},
		Isolation: isolation, Observed: observed(), Attack: &result.AttackScope{},
		HTTP:     &result.HTTP{Isolation: isolation, Observed: observed(), Load: result.Load{CacheHits: &result.CacheHits{Hits: 950, Misses: 50}, MeasuredSeconds: 10, Tenants: &result.Tenants{Served: 2}}},
		Coverage: []result.Coverage{{Channel: "S01", Status: result.Pass}, {Channel: "N01", Status: result.NotChecked}},
		Backup:   &result.Backup{Rows: 100, Tables: 10, Tenants: 3}}
	for _, id := range policyChannels {
		r.Checks = append(r.Checks, result.Check{Channel: id, How: result.ByCatalog, Units: 20, Status: result.Pass})
	}
	l := &result.Layouts{Version: "v1", Target: "engarde", TargetHash: "h"}
	for _, order := range []string{"engarde-first", "langflow-first"} {
		for _, version := range []string{"1.0.18", "1.13.0"} {
			c := result.Cell{Name: "hardened/" + order + "/" + version, Layout: "hardened", Order: order, Langflow: version}
			pass := func(name, langflow string) result.Step {
				return result.Step{Name: name, Langflow: langflow, Outcome: result.StepPassed}
			}
			c.Steps = append(c.Steps, pass("EnGarde migrates", ""), pass("Langflow starts", version), pass("policies are applied", ""), pass("rows are seeded", ""), pass("EnGarde downgrades", ""))
			c.Steps[3].Attack = &result.StepAttack{Findings: []string{}}
			if version == "1.0.18" {
				c.Steps = append(c.Steps, pass("Langflow is upgraded", "1.13.0"))
				c.Steps[5].Exposed = &result.Exposure{Looks: 900, Tables: []string{}}
			}
			l.Cells = append(l.Cells, c)
		}
	}
	l.Cells = append(l.Cells, result.Cell{Name: "before/engarde-first/1.13.0", Layout: "before", Order: "engarde-first", Langflow: "1.13.0", Steps: []result.Step{
		{Name: "Langflow starts", Langflow: "1.13.0", Outcome: result.StepFailed, Why: "lost: public.alembic_version", Lost: []string{"public.alembic_version"}}}})
	c := &result.Cutover{Version: "v1", Target: "engarde", TargetHash: "h", From: "before", To: "hardened", Rows: 50000, Bytes: 90 << 20,
		Forth:     &result.Move{Steps: []result.MoveStep{{Name: "x"}}, Seconds: 8, RowsCompared: 50000, Downtime: result.Downtime{LongestGapSeconds: 0.4, Completed: 900}},
		Back:      &result.Move{Steps: []result.MoveStep{{Name: "x"}}, Seconds: 6, RowsCompared: 50000, Downtime: result.Downtime{LongestGapSeconds: 0.4, Completed: 700}},
		Isolation: &result.Isolation{RowsChecked: 900, Reaching: 90, UpperBound: 0.03, Verdict: result.Pass}, Load: &result.CutoverLoad{Completed: 1600, Acknowledged: 300}, LangflowDown: result.LangflowDown{WasUp: true}}
	cost := &result.Cost{Period: "month", Claims: []result.CostClaim{{What: result.ClaimSaved, Claimed: 183, Computed: 183, Unit: "USD", Status: result.Pass},
		{What: result.ClaimSavedPct, Claimed: 30, Computed: 29.85, Unit: "%", Status: result.Pass, Why: "29.85 %, which is 30 % in whole per cent"}}}
	return Papers{Layout: "hardened", Run: r, Layouts: l, Cutover: c, Cost: cost, Missing: map[string]string{},
		Files: map[string]string{PaperRun: "run/run.json", PaperLayouts: "layouts/layouts.json", PaperCutover: "cutover/cutover.json", PaperCost: "cost.json"}}
}

func summed(p Papers) *result.Signoff {
	s := &result.Signoff{Metrics: Signoff(p)}
	SumSignoff(s, p)
	return s
}

// The design's dashboard has eighteen lights, three to each of its six cards.
func TestSignoffReady(t *testing.T) {
	s := summed(papers())
	groups := map[string]int{}
	for _, m := range s.Metrics {
		groups[m.Group]++
		if m.Sign == nil && (m.Status != result.Pass || m.Wanted == "" || m.How == "" || m.Measured == "" || len(m.Evidence) == 0 || m.ExitCode != ExitPass) {
			t.Errorf("%+v", m)
		}
		if m.Sign != nil && m.Status != result.NotChecked {
			t.Errorf("%s is %s, and nobody has signed", m.Name, m.Status)
		}
	}
	if len(s.Metrics) != 18 || len(groups) != 6 {
		t.Errorf("%d metrics in %v", len(s.Metrics), groups)
	}
	if s.Verdict != result.Ready || s.ExitCode != ExitPass || len(s.Reasons) != 0 {
		t.Errorf("%s, exit code %d: %v", s.Verdict, s.ExitCode, s.Reasons)
	}
}

// Every place that is named as evidence is there in the document, whole.
func TestEvidenceIsThere(t *testing.T) {
	p := papers()
	p.Run.Findings = []result.Finding{{Channel: "S04", Severity: result.Leak, What: "x"}}
	docs := map[string]any{"run/run.json": p.Run, "layouts/layouts.json": p.Layouts, "cutover/cutover.json": p.Cutover, "cost.json": p.Cost}
	looked := 0
	for _, m := range Signoff(p) {
		for _, e := range m.Evidence {
			data, err := json.Marshal(docs[e.File])
			if err != nil {
				t.Fatal(err)
			}
			var at any
			if err := json.Unmarshal(data, &at); err != nil {
				t.Fatal(err)
			}
			looked++
			for _, key := range strings.Split(e.Path, ".") {
				in, isObject := at.(map[string]any)
				list, _ := at.([]any)
				i, err := strconv.Atoi(key)
				there := false
				if isObject {
					at, there = in[key]
				} else if err == nil && i < len(list) {
					at, there = list[i], true
				}
				if !there {
					t.Errorf("%s: %s of %s leads nowhere at %s", m.Name, e.Path, e.File, key)
					break
				}
			}
		}
	}
	if looked < 40 {
		t.Errorf("only %d places were looked at", looked)
	}
}

// Nothing passes for want of evidence: without a document, and with one that says nothing.
func TestSignoffWithout(t *testing.T) {
	for what, p := range map[string]Papers{
		"no documents": {Layout: "hardened"},
		"empty ones":   {Layout: "hardened", Run: &result.Run{}, Layouts: &result.Layouts{}, Cutover: &result.Cutover{}, Cost: &result.Cost{}},
		"empty moves":  {Layout: "hardened", Run: &result.Run{Backup: &result.Backup{}, HTTP: &result.HTTP{}, Isolation: result.Isolation{Ledger: &result.Settlement{}}}, Layouts: papers().Layouts, Cutover: &result.Cutover{Forth: &result.Move{}, Back: &result.Move{}, Load: &result.CutoverLoad{}}, Cost: &result.Cost{}},
	} {
		s := summed(p)
		for _, m := range s.Metrics {
			layouts := slices.Contains([]string{"engarde_migrations", "langflow_migrations", "table_conflicts", "schema_overlap"}, m.ID)
			if m.Status == result.Pass && !(what == "empty moves" && layouts) {
				t.Errorf("%s: %s passes: %s", what, m.Name, m.Measured)
			}
			if m.Status == result.Unknown && m.Why == "" {
				t.Errorf("%s: %s doesn't say why it is unknown", what, m.Name)
			}
		}
		if s.Verdict == result.Ready || s.ExitCode == ExitPass {
			t.Errorf("%s: %s", what, s.Verdict)
		}
	}
	// Each document that is missing is missed, by its reason.
	for kind, drop := range map[string]func(*Papers){
		PaperRun: func(p *Papers) { p.Run = nil }, PaperLayouts: func(p *Papers) { p.Layouts = nil }, PaperCutover: func(p *Papers) { p.Cutover = nil }, PaperCost: func(p *Papers) { p.Cost = nil },
	} {
		p := papers()
		p.Missing[kind] = "it rained"
		drop(&p)
		s := summed(p)
		if s.Verdict != result.Unknown || s.ExitCode != ExitUnknown || !strings.Contains(s.Reasons[0].What, "not measured: it rained") {
			t.Errorf("without %s: %s, %v", kind, s.Verdict, s.Reasons)
		}
	}
}

func TestSignoffMisses(t *testing.T) {
	step := func(p *Papers, cell int, name string) *result.Step {
		steps := p.Layouts.Cells[cell].Steps
		return &steps[slices.IndexFunc(steps, func(s result.Step) bool { return s.Name == name })]
	}
	for name, c := range map[string]struct {
		spoil func(p *Papers)
		want  map[string]result.Status // all others pass
		code  int
		why   string
	}{
		"a migration fails by itself": {func(p *Papers) {
			s := step(p, 0, "EnGarde downgrades")
			s.Outcome, s.Why = result.StepFailed, "alembic downgrade -1 failed: Can't locate revision identified by 'e5a7'"
		}, map[string]result.Status{"engarde_migrations": result.Fail, "table_conflicts": result.Fail}, ExitMissed, "Can't locate revision"},
		"a start fails without a word": {func(p *Papers) { step(p, 1, "Langflow starts").Outcome = result.StepFailed },
			map[string]result.Status{"langflow_migrations": result.Fail}, ExitMissed, "Langflow starts"},
		"Langflow doesn't start": {func(p *Papers) {
			s := step(p, 1, "Langflow starts")
			s.Outcome, s.Why = result.StepFailed, `Langflow 1.13.0 didn't start: relation "x" does not exist`
			*step(p, 1, "EnGarde downgrades") = result.Step{Name: "EnGarde downgrades", Outcome: result.StepNotTried, Why: "it rests on it"}
		}, map[string]result.Status{"langflow_migrations": result.Fail, "engarde_migrations": result.Unknown, "table_conflicts": result.Unknown, "data_loss": result.Unknown, "foreign_keys": result.Unknown,
			"tenant_isolation": result.Unknown, "rls_policies": result.Unknown, "tenant_leakage": result.Unknown}, ExitMissed, "didn't start"},
		"a history is lost": {func(p *Papers) {
			s := step(p, 2, "Langflow starts")
			s.Outcome, s.Why, s.Lost = result.StepFailed, "lost: public.alembic_version", []string{"public.alembic_version"}
		}, map[string]result.Status{"langflow_migrations": result.Fail, "table_conflicts": result.Fail, "data_loss": result.Fail}, ExitMissed, "lost: public.alembic_version"},
		"tables of both": {func(p *Papers) {
			s := step(p, 2, "Langflow starts")
			s.Outcome, s.Why, s.Overlap = result.StepFailed, "tables of both applications: public.user", []string{"public.user"}
		}, map[string]result.Status{"schema_overlap": result.Fail}, ExitMissed, "public.user"},
		"an upgrade opens tables": {func(p *Papers) {
			s := step(p, 0, "Langflow is upgraded")
			s.Outcome, s.Why, s.Exposed = result.StepFailed, "readable without a policy", &result.Exposure{Looks: 90, Tables: []string{"langflow.message"}, Rows: 7}
		}, map[string]result.Status{"rls_policies": result.Fail, "tenant_leakage": result.Fail}, ExitFinding, "langflow.message could be read"},
		"an upgrade takes policies off for a moment": {func(p *Papers) {
			step(p, 0, "Langflow is upgraded").Unprotected = []string{"langflow.message"}
		}, nil, ExitPass, ""},
		"policies can't be applied": {func(p *Papers) {
			s := step(p, 1, "policies are applied")
			s.Outcome, s.Why = result.StepFailed, `relation "x" does not exist`
		}, map[string]result.Status{"rls_policies": result.Fail}, ExitFinding, `relation "x" does not exist`},
		"a downgrade takes policies off": {func(p *Papers) {
			step(p, 0, "EnGarde downgrades").Unprotected = []string{"langflow.message"}
		}, map[string]result.Status{"rls_policies": result.Fail}, ExitFinding, "no longer protected"},
		"an attack gets through": {func(p *Papers) {
			step(p, 3, "rows are seeded").Attack = &result.StepAttack{Leaks: 2, Findings: []string{"S04 langflow.flow: all rows"}}
		}, map[string]result.Status{"tenant_isolation": result.Fail, "tenant_leakage": result.Fail}, ExitFinding, "S04 langflow.flow"},
		"a weakness shows nobody's data": {func(p *Papers) {
			p.Run.Findings = []result.Finding{{Channel: "S14", Severity: result.Weakness, What: "a wide grant"}}
		}, map[string]result.Status{"tenant_isolation": result.Fail}, ExitFinding, "S14 weakness: a wide grant"},
		"a note decides nothing": {func(p *Papers) {
			p.Run.Findings = []result.Finding{{Channel: "L05", Severity: result.Note, What: "an advisory"}}
		}, nil, ExitPass, ""},
		"rows of others under load": {func(p *Papers) {
			p.Run.Isolation.Foreign, p.Run.Isolation.Verdict = 3, result.Fail
		}, map[string]result.Status{"tenant_isolation": result.Fail, "tenant_leakage": result.Fail}, ExitFinding, "3 rows of other tenants"},
		"a policy is not forced": {func(p *Papers) {
			p.Run.Checks[0].Status = result.Fail
			p.Run.Findings = []result.Finding{{Channel: "S01", Severity: result.Weakness, What: "not forced", Where: "public.x"}}
		}, map[string]result.Status{"tenant_isolation": result.Fail, "rls_policies": result.Fail}, ExitFinding, "not forced"},
		"the audit was left out": {func(p *Papers) { p.Run.Checks = nil }, map[string]result.Status{"rls_policies": result.Unknown}, ExitUnknown, "the audit didn't look at S01"},
		"no load over HTTP": {func(p *Papers) { p.Run.HTTP = nil },
			map[string]result.Status{"tenant_isolation": result.Unknown, "tenant_leakage": result.Unknown, "cache_hits": result.Unknown}, ExitUnknown, "no load over HTTP"},
		"writes are lost":          {func(p *Papers) { p.Run.Isolation.Ledger = &result.Settlement{Acknowledged: 10, Lost: 1} }, map[string]result.Status{"data_loss": result.Fail}, ExitMissed, "of 10 acknowledged writes 1 are lost"},
		"a backup lacks policies":  {func(p *Papers) { p.Run.Backup.Differences = []string{"policy t on public.x is gone"} }, map[string]result.Status{"data_loss": result.Fail}, ExitMissed, "isn't what was backed up"},
		"no backup":                {func(p *Papers) { p.Run.Backup = nil }, map[string]result.Status{"data_loss": result.Unknown, "foreign_keys": result.Unknown}, ExitUnknown, "no backup"},
		"a key leads nowhere":      {func(p *Papers) { p.Cutover.Forth.BrokenKeys = []string{"campaigns_tenant_fkey"} }, map[string]result.Status{"foreign_keys": result.Fail}, ExitMissed, "cutover: campaigns_tenant_fkey"},
		"slow":                     {func(p *Papers) { p.Run.Load.Ops[1].ResponseMs.P95Interval = &[2]float64{51, 60} }, map[string]result.Status{"cross_schema_p95": result.Fail}, ExitMissed, "workflow_analytics: p95 51 to 60 ms"},
		"around the target":        {func(p *Papers) { p.Run.Load.Ops[1].ResponseMs.P95Interval = &[2]float64{45, 60} }, map[string]result.Status{"cross_schema_p95": result.Unknown}, ExitUnknown, "inconclusive"},
		"a generator that is late": {func(p *Papers) { p.Run.Load.LagP99Millis = 9 }, map[string]result.Status{"cross_schema_p95": result.Unknown}, ExitUnknown, "invalid: the generator"},
		"slow, and late itself": {func(p *Papers) {
			p.Run.Load.LagP99Millis = 9
			p.Run.Load.Ops[1].ResponseMs.P95Interval = &[2]float64{51, 60}
		}, map[string]result.Status{"cross_schema_p95": result.Unknown}, ExitUnknown, "invalid: the generator"},
		"an operation left out": {func(p *Papers) { p.Run.Load.Ops[0].Verdict = result.NotChecked }, map[string]result.Status{"cross_schema_p95": result.Unknown}, ExitUnknown, "campaign_load was not checked"},
		"a full pool":           {func(p *Papers) { p.Run.HTTP.Observed.Pooler.ServersUsePeak = 0.8 }, map[string]result.Status{"pool_use": result.Fail}, ExitMissed, "up to 80.0 %"},
		"no pooler":             {func(p *Papers) { p.Run.Observed = nil }, map[string]result.Status{"pool_use": result.Unknown}, ExitUnknown, "not measured in the load on the database"},
		"a cold cache":          {func(p *Papers) { p.Run.HTTP.Load.CacheHits = &result.CacheHits{Hits: 90, Misses: 10} }, map[string]result.Status{"cache_hits": result.Fail}, ExitMissed, "90.0 % over HTTP (each of 2 tenants looked up 5 times a second: for 90 % an entry has to live for 2 s)"},
		"a cold cache in a load that fell behind": {func(p *Papers) {
			p.Run.HTTP.Load.CacheHits, p.Run.HTTP.Load.Dropped = &result.CacheHits{Hits: 90, Misses: 10}, 5
		}, map[string]result.Status{"cache_hits": result.Unknown}, ExitUnknown, "in a load that is invalid: 5 of"},
		"the sums don't add up": {func(p *Papers) {
			p.Cost.Claims[0].Status, p.Cost.Claims[0].Why = result.Fail, "the components don't bear it out"
		}, map[string]result.Status{"monthly_savings": result.Fail}, ExitMissed, "don't bear it out"},
		"prices without a claim": {func(p *Papers) { p.Cost.Claims = nil }, map[string]result.Status{"monthly_savings": result.Unknown, "infrastructure": result.Unknown}, ExitUnknown, "claims no saving"},
		"two servers": {func(p *Papers) {
			p.Run.Stack.Services = append(p.Run.Stack.Services, result.Service{Name: "postgres", Started: true})
		}, map[string]result.Status{"resource_sharing": result.Fail}, ExitMissed, "2 PostgreSQL servers"},
		"requests failed":            {func(p *Papers) { p.Cutover.Forth.Downtime.Failed = 4 }, map[string]result.Status{"downtime": result.Fail}, ExitMissed, "4 requests failed"},
		"nobody was served":          {func(p *Papers) { p.Cutover.Forth.Downtime.LongestGapSeconds = 2 }, map[string]result.Status{"downtime": result.Fail}, ExitMissed, "for 2.0 s no request"},
		"Langflow was away":          {func(p *Papers) { p.Cutover.LangflowSeconds = 30 }, map[string]result.Status{"downtime": result.Fail}, ExitMissed, "Langflow was away for 30.0 s"},
		"Langflow doesn't come back": {func(p *Papers) { p.Cutover.LangflowDown.Why = "its log says that it won't" }, map[string]result.Status{"downtime": result.Fail, "langflow_migrations": result.Fail}, ExitMissed, "become healthy again"},
		"Langflow was down before":   {func(p *Papers) { p.Cutover.LangflowDown.WasUp = false }, map[string]result.Status{"downtime": result.Unknown}, ExitUnknown, "not up before"},
		"a gap as Langflow starts":   {func(p *Papers) { p.Cutover.Protect.LongestGapSeconds = 1.5 }, map[string]result.Status{"downtime": result.Fail}, ExitMissed, "for 1.5 s no request"},
		"migrations end there":       {func(p *Papers) { p.Cutover.Migrations = "no such revision" }, map[string]result.Status{"engarde_migrations": result.Fail}, ExitMissed, "after the cutover: no such revision"},
		"a cutover that opens": {func(p *Papers) {
			p.Cutover.Forth.Exposed, p.Cutover.Forth.Differences = true, []string{"public.x: row security off"}
		},
			map[string]result.Status{"rls_policies": result.Fail, "data_loss": result.Fail}, ExitFinding, "public.x: row security off"},
		"no row compared":           {func(p *Papers) { p.Cutover.Back.RowsCompared = 0 }, map[string]result.Status{"data_loss": result.Unknown}, ExitUnknown, "no row was compared after the rollback"},
		"nothing written meanwhile": {func(p *Papers) { p.Cutover.Load.Acknowledged = 0 }, map[string]result.Status{"data_loss": result.Unknown}, ExitUnknown, "nothing was written"},
		"a long way back":           {func(p *Papers) { p.Cutover.Back.Seconds = 300 }, map[string]result.Status{"rollback": result.Fail}, ExitMissed, "300.0 s"},
		"another place":             {func(p *Papers) { p.Cutover.Back.Differences = []string{"owner of public.x"} }, map[string]result.Status{"rollback": result.Fail, "data_loss": result.Fail}, ExitMissed, "it didn't lead back"},
		"one order alone":           {func(p *Papers) { p.Layouts.Cells = p.Layouts.Cells[:2] }, map[string]result.Status{"engarde_migrations": result.Unknown, "langflow_migrations": result.Unknown, "table_conflicts": result.Unknown, "schema_overlap": result.Unknown, "data_loss": result.Unknown, "foreign_keys": result.Unknown, "tenant_isolation": result.Unknown, "rls_policies": result.Unknown, "tenant_leakage": result.Unknown}, ExitUnknown, "only one order"},
		"documents of two targets":  {func(p *Papers) { p.Layouts.TargetHash = "other" }, nil, ExitUnknown, "different targets"},
		"documents of two versions": {func(p *Papers) { p.Cutover.Version = "v2" }, nil, ExitUnknown, "different versions"},
		"a run of another layout":   {func(p *Papers) { p.Run.Target.Layout = "drawn" }, nil, ExitUnknown, "ran on layout drawn"},
	} {
		p := papers()
		c.spoil(&p)
		s := summed(p)
		for _, m := range s.Metrics {
			want, given := c.want[m.ID]
			if !given {
				if want = result.Pass; m.Sign != nil {
					want = result.NotChecked
				}
			}
			if m.Status != want {
				t.Errorf("%s: %s is %s, not %s: %s", name, m.ID, m.Status, want, m.Why)
			}
		}
		if s.ExitCode != c.code || c.why == "" && s.Verdict != result.Ready {
			t.Errorf("%s: %s, exit code %d instead of %d", name, s.Verdict, s.ExitCode, c.code)
		}
		if c.why != "" && !slices.ContainsFunc(s.Reasons, func(r result.Reason) bool { return strings.Contains(r.What, c.why) }) {
			t.Errorf("%s: none of the reasons says %q: %v", name, c.why, s.Reasons)
		}
	}
}

// What a document fails for by itself stands against the whole, also where no metric asks for it.
func TestSignoffOfFailedDocument(t *testing.T) {
	p := papers()
	s := &result.Signoff{Metrics: Signoff(p), Documents: []result.SignoffDocument{{What: "the main job", File: "run/run.json", Verdict: result.Fail, ExitCode: ExitMissed, Why: "langflow_run: too slow"},
		{What: "the cutover", Verdict: result.Unknown, ExitCode: ExitUnknown, Why: "it was not asked for"}}}
	SumSignoff(s, p)
	if s.Verdict != result.Fail || s.ExitCode != ExitMissed || len(s.Reasons) != 1 || s.Reasons[0].What != "the main job by itself is fail: langflow_run: too slow" {
		t.Errorf("%s, exit code %d: %v", s.Verdict, s.ExitCode, s.Reasons)
	}
}

// A layout on which the main job is not run fails by what its cells show, and the rest is unknown.
func TestSignoffOfAnotherLayout(t *testing.T) {
	p := papers()
	p.Layout, p.Run, p.Cutover = "before", nil, nil
	p.Missing = map[string]string{PaperRun: "the main job isn't run on this layout", PaperCutover: "the cutover doesn't lead there"}
	p.Layouts.Cells = append(p.Layouts.Cells, result.Cell{Name: "before/langflow-first/1.13.0", Layout: "before", Order: "langflow-first", Langflow: "1.13.0", Steps: []result.Step{
		{Name: "EnGarde migrates", Outcome: result.StepFailed, Why: "alembic upgrade head failed: Can't locate revision identified by 'x'"},
		{Name: "policies are applied", Outcome: result.StepNotNeeded, Why: "the layout has none"}}})
	s := summed(p)
	want := map[string]result.Status{"engarde_migrations": result.Fail, "langflow_migrations": result.Fail, "table_conflicts": result.Fail, "data_loss": result.Fail, "rls_policies": result.Fail,
		"monthly_savings": result.Pass, "infrastructure": result.Pass, "team_training": result.NotChecked}
	for _, m := range s.Metrics {
		expected, given := want[m.ID]
		if !given {
			expected = result.Unknown
		}
		if m.Status != expected {
			t.Errorf("%s is %s, not %s: %s", m.ID, m.Status, expected, m.Why)
		}
	}
	if s.Verdict != result.Fail || s.ExitCode != ExitFinding {
		t.Errorf("%s, exit code %d", s.Verdict, s.ExitCode)
	}
}
