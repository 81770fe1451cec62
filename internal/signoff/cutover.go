package signoff

import (
	"context"

	"github.com/engardehq/bulkhead/internal/cutover"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/verdict"
)

// cutover is the move from the layout before to the one to be signed for, and back, at a small size.
func (x *signoff) cutover(not string) part {
	return part{kind: verdict.PaperCutover, what: "cutover and rollback under load", file: "cutover/" + cutover.Document, not: not, read: x.readCutover, make: x.moveOver}
}

func (x *signoff) readCutover(file string) (about, error) {
	c, err := result.ReadCutover(file)
	if err != nil {
		return about{}, err
	}
	a := about{hash: c.TargetHash, version: c.Version, use: func() { x.papers.Cutover = c },
		head: result.SignoffDocument{Started: c.Started, Seconds: c.Seconds, Verdict: c.Verdict, ExitCode: c.ExitCode, Why: first(c.Reasons)}}
	if c.To != string(x.Layout) || c.Back == nil {
		a.lacks = "it doesn't lead to layout " + string(x.Layout) + " and back"
	}
	return a, nil
}

func (x *signoff) moveOver(ctx context.Context, out string) error {
	o := x.Run
	o.Out, o.Scenario = out, x.Rows
	_, err := cutover.Run(ctx, cutover.Options{Run: o, Tenants: cutover.UsualTenants, Rows: cutover.UsualRows, Seed: x.Run.Scenario.Seed, Rate: cutover.UsualRate, Back: true, GapMax: cutover.UsualGap})
	return err
}
