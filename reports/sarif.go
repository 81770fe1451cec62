package reports

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// SARIF writes the findings of a run, an audit or an attack as SARIF 2.1.0, which code hosts show beside a change. A channel is a rule. What
// could not be decided, and what wasn't checked, is no result: it is told as a notification, and the run as one that did not succeed.
func SARIF(w io.Writer, d *result.Document) error {
	var run sarifRun
	switch doc := d.Doc.(type) {
	case *result.Run:
		run = sarifOf("run", doc.Version, doc.Target.Name, doc.Verdict, doc.ExitCode, doc.Reasons, doc.Findings, doc.Checks)
		run.Invocations[0].Start = doc.Started.UTC().Format("2006-01-02T15:04:05.000Z")
		run.Properties = map[string]any{"verdict": doc.Verdict, "scenario": doc.Scenario.Name, "seed": doc.Seed, "layout": doc.Target.Layout, "targetHash": doc.Target.Hash}
	case *result.Examination:
		run = sarifOf(doc.Kind, doc.Version, doc.Target.Name, doc.Verdict, doc.ExitCode, doc.Reasons, doc.Findings, doc.Checks)
		run.Properties = map[string]any{"verdict": doc.Verdict, "seed": doc.Seed}
	default:
		return strange("sarif", d)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}})
}

func sarifOf(kind, version, target string, verdict result.Status, code int, reasons []result.Reason, findings []result.Finding, checks []result.Check) sarifRun {
	rules := sarifRules(findings, checks)
	index := map[string]int{}
	for i, r := range rules {
		index[r.ID] = i
	}
	done := sarifInvocation{Succeeded: true, ExitCode: code, Notes: []sarifNotification{}}
	for _, c := range checks {
		level := map[result.Status]string{result.Unknown: "error", result.NotChecked: "warning"}[c.Status]
		if level == "" {
			continue
		}
		at := sarifRuleRef{ID: c.Channel, Index: index[c.Channel]}
		done.Notes = append(done.Notes, sarifNotification{Level: level, Rule: &at,
			Message: sarifText{fmt.Sprintf("%s by %s %s is %s: %s", c.Channel, c.How, c.Name, c.Status, c.Why)}})
	}
	for _, r := range reasons {
		if r.Status == result.Unknown {
			done.Notes = append(done.Notes, sarifNotification{Level: "error", Message: sarifText{r.What}})
		}
	}
	done.Succeeded = verdict != result.Unknown && !slices.ContainsFunc(done.Notes, func(n sarifNotification) bool { return n.Level == "error" })
	results := []sarifResult{}
	seen := map[string]int{}
	for _, f := range findings {
		r := sarifFinding(f, index[f.Channel])
		print := fingerprint(f)
		if seen[print]++; seen[print] > 1 {
			print = fmt.Sprintf("%s-%d", print, seen[print])
		}
		// Code hosts know a result again by the second; the first is for whoever reads the file otherwise.
		r.Fingerprints = map[string]string{"bulkheadFinding/v1": print, "primaryLocationLineHash": print + ":1"}
		results = append(results, r)
	}
	return sarifRun{Tool: sarifTool{sarifDriver{Name: "bulkhead", Version: version, Rules: rules}}, Automation: sarifID{"bulkhead/" + kind + "/" + target + "/"},
		Invocations: []sarifInvocation{done}, Results: results, Columns: "utf16CodeUnits"}
}

// sarifRules are the channels that were looked at, in the order of reports, and a team's own after them.
func sarifRules(findings []result.Finding, checks []result.Check) []sarifRule {
	used := map[string]result.Severity{}
	for _, c := range checks {
		used[c.Channel] = ""
	}
	for _, f := range findings {
		if graver(f.Severity, used[f.Channel]) {
			used[f.Channel] = f.Severity
		} else if _, there := used[f.Channel]; !there {
			used[f.Channel] = ""
		}
	}
	rules := []sarifRule{}
	for _, channel := range result.Channels {
		if severity, there := used[channel.ID]; there {
			rules = append(rules, sarifChannel(channel, severity, checks))
			delete(used, channel.ID)
		}
	}
	for _, id := range sortedKeys(used) {
		rules = append(rules, sarifChannel(result.Channel{ID: id}, used[id], checks))
	}
	return rules
}

func sarifChannel(c result.Channel, worst result.Severity, checks []result.Check) sarifRule {
	doc := cmp.Or(c.Doc, "a channel of the target's own: "+c.ID)
	help := []string{"A way by which one tenant's data can reach another: " + doc + "."}
	md := []string{"A way by which one tenant's data can reach another: **" + cell(doc) + "**.", ""}
	for _, by := range checkedBy(c.ID, checks) {
		help = append(help, "Checked by "+by+".")
		md = append(md, "- checked by "+cell(by))
	}
	if c.Residual != "" {
		help = append(help, "What stays open by design: "+c.Residual+".")
		md = append(md, "", "What stays open by design: "+cell(c.Residual)+".")
	}
	help = append(help, "Each finding says what mends it.")
	r := sarifRule{ID: c.ID, Short: sarifText{doc}, Full: sarifText{"One tenant's data can reach another: " + doc + "."},
		Help: sarifHelp{strings.Join(help, "\n"), strings.Join(append(md, "", "Each finding says what mends it."), "\n")}, Default: sarifLevel{levelOf(cmp.Or(worst, result.Weakness))}}
	r.Properties = map[string]any{"tags": []string{"security", "multi-tenancy"}}
	if score := map[result.Severity]string{result.Leak: "9.5", result.Weakness: "7.5", result.Note: "2.0"}[worst]; score != "" {
		r.Properties["security-severity"] = score
	}
	return r
}

// checkedBy words the checks of a channel, each once.
func checkedBy(channel string, checks []result.Check) (all []string) {
	for _, c := range checks {
		by := string(c.How)
		if c.Name != by {
			by += " " + c.Name
		}
		if by += ": " + c.Doc; c.Channel == channel && !slices.Contains(all, by) {
			all = append(all, by)
		}
	}
	return all
}

func graver(a, b result.Severity) bool {
	order := []result.Severity{"", result.Note, result.Weakness, result.Leak}
	return slices.Index(order, a) > slices.Index(order, b)
}

// levelOf: what showed somebody's data is an error, a door that stands open a warning. Both fail a run.
func levelOf(s result.Severity) string {
	switch s {
	case result.Leak:
		return "error"
	case result.Weakness:
		return "warning"
	}
	return "note"
}

func sarifFinding(f result.Finding, rule int) sarifResult {
	text := fmt.Sprintf("%s (%s).", strings.TrimSuffix(f.What, "."), f.Where)
	for i, e := range f.Evidence {
		if i == evidenceShown {
			break
		}
		if e.Detail != "" {
			text += "\nSeen: " + e.Detail
		}
	}
	if f.Fix != "" {
		text += "\nMend: " + f.Fix
	}
	r := sarifResult{Rule: f.Channel, Index: rule, Kind: "fail", Level: levelOf(f.Severity), Message: sarifText{text}, Count: max(f.Count, 1),
		Properties: map[string]any{"severity": f.Severity}}
	if f.Fix != "" {
		r.Properties["mend"] = f.Fix
	}
	for _, place := range places(f) {
		r.Locations = append(r.Locations, sarifLocation{Logical: []sarifLogical{place.logical}, Physical: &sarifPhysical{sarifArtifact{place.file}, sarifRegion{1}}})
	}
	files := map[string]bool{}
	for _, e := range f.Evidence {
		if e.File != "" && !files[e.File] {
			files[e.File] = true
			r.Related = append(r.Related, sarifLocation{ID: len(files), Physical: &sarifPhysical{sarifArtifact{e.File}, sarifRegion{1}}, Message: &sarifText{"the statement that showed it"}})
		}
	}
	return r
}

var (
	uuids   = regexp.MustCompile(`[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}`)
	numbers = regexp.MustCompile(`\b[0-9]+\b`)
)

// fingerprint is the same for the same thing found in another run: of its channel, place and words, without ids and numbers that vary.
func fingerprint(f result.Finding) string {
	text := strings.Join([]string{f.Channel, f.Where, f.What}, "\n")
	text = numbers.ReplaceAllString(uuids.ReplaceAllString(text, "*"), "*")
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}
