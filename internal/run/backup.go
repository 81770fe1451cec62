package run

import (
	"context"

	"github.com/engardehq/bulkhead/internal/backup"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
)

// backUp dumps the database, restores it beside itself and compares, where the scenario wants that. The stack stays as it is.
func backUp(ctx context.Context, o Options, t Target, sys *System, doc *result.Run) {
	if !o.Scenario.Backup {
		return
	}
	o.Console.Step("backing up: dump, restore beside it, compare; dumps by roles that policies hold")
	c := backup.Config{Target: t.Target, Admin: sys.Stack.DSN.Direct[superuser].Reveal(), DSN: map[string]string{}, Folder: sys.Stack.Paths.Scratch}
	for role, dsn := range sys.Stack.DSN.Direct {
		c.DSN[role] = dsn.Reveal()
	}
	var err error
	if c.Programs, err = stack.Programs(ctx, o.PGBin); err != nil {
		check := undone(result.ByProbe, "backup", err)
		check.Channel = "T03"
		doc.Checks = append(doc.Checks, check)
		doc.Backup = &result.Backup{Unknown: check.Why}
		return
	}
	report := backup.Run(ctx, c)
	doc.Checks, doc.Findings, doc.Backup = append(doc.Checks, report.Checks...), append(doc.Findings, report.Findings...), report.Backup
}
