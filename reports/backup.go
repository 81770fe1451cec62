package reports

import (
	"fmt"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// backup tells of the dump and its restore, what such a dump doesn't bring, and of the dumps by roles that policies hold.
func backup(p *printer, b *result.Backup) {
	if b == nil {
		return
	}
	p.line("")
	if b.Bytes == 0 {
		p.line("Backup: none was made: %s", b.Unknown)
		return
	}
	p.line("Backup: dumped in %.1f s (%.1f MB), restored in %.1f s, compared in %.1f s: %s rows in %d tables, of %d tenants; %d differences, %d broken foreign keys",
		b.DumpSeconds, float64(b.Bytes)/1e6, b.RestoreSeconds, b.CompareSeconds, whole(b.Rows), b.Tables, b.Tenants, len(b.Differences), len(b.BrokenKeys))
	if b.Unknown != "" {
		p.line("  not all was done: %s", b.Unknown)
	}
	if len(b.Lacked) > 0 {
		p.line("  what the dump doesn't bring: %s", strings.Join(b.Lacked, "; "))
	}
	for _, script := range b.Again {
		p.line("  applied on what was restored: %s", script)
	}
	for i, d := range b.Differences {
		if i == evidenceShown {
			p.line("  (%d more in run.json)", len(b.Differences)-i)
			break
		}
		p.line("  different: %s", d)
	}
	for _, a := range b.Attempts {
		p.line("  dump as %s, %s: %s", a.Role, a.How, attempted(a))
	}
}

func attempted(a result.BackupAttempt) string {
	switch {
	case a.Refused != "":
		return "refused: " + a.Refused
	case a.RowsMissing == 0:
		return fmt.Sprintf("whole: %s rows of %d tables", whole(a.Rows), a.Tables)
	case a.TenantsMissing == 0:
		return fmt.Sprintf("%s of %s rows are missing, and no count of tenants' rows shows it", whole(a.RowsMissing), whole(a.Rows+a.RowsMissing))
	}
	return fmt.Sprintf("went through without a word and lacks %s of %s rows; found out by the counts of %d tenants", whole(a.RowsMissing), whole(a.Rows+a.RowsMissing), a.TenantsMissing)
}
