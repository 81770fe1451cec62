package reports

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/engardehq/bulkhead/internal/result"
)

// CSV writes the seconds of both loads, a line for each second of each operation, as RFC 4180 has it. What wasn't measured is an empty
// field: a second without an answer has no p95.
func CSV(w io.Writer, d *result.Document) error {
	r, ok := d.Doc.(*result.Run)
	if !ok {
		return strange("csv", d)
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write([]string{"load", "operation", "second", "count", "errors", "p95_ms", "max_ms"}); err != nil {
		return err
	}
	for _, l := range loads(r) {
		for _, op := range l.Ops {
			for _, window := range op.Windows {
				p95, most := "", ""
				if window.Count > 0 {
					p95, most = decimal(window.P95), decimal(window.Max)
				}
				row := []string{l.name, op.Name, strconv.Itoa(window.Second), strconv.FormatInt(window.Count, 10), strconv.FormatInt(window.Errors, 10), p95, most}
				if err := out.Write(row); err != nil {
					return err
				}
			}
		}
	}
	out.Flush()
	return out.Error()
}

// namedLoad is one of the two loads of a run.
type namedLoad struct {
	name string // database or http
	*result.Load
	scenario  *result.Scenario
	isolation *result.Isolation
	faults    []result.Disturbance
	observed  *result.Observed
}

func loads(r *result.Run) []namedLoad {
	all := []namedLoad{{"database", &r.Load, &r.Scenario, &r.Isolation, r.Faults, r.Observed}}
	if h := r.HTTP; h != nil {
		all = append(all, namedLoad{"http", &h.Load, &h.Scenario, &h.Isolation, h.Faults, h.Observed})
	}
	return all
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
