package reports

import (
	"strings"
	"testing"

	"github.com/engardehq/bulkhead/internal/result"
)

func TestBackup(t *testing.T) {
	var out strings.Builder
	p := &printer{w: &out}
	backup(p, nil)
	if out.Len() > 0 {
		t.Errorf("a backup that wasn't: %s", out.String())
	}
	backup(p, &result.Backup{DumpSeconds: 4.21, RestoreSeconds: 24.5, CompareSeconds: 9.04, Bytes: 93_400_000, Tables: 193, Rows: 1_012_345, Tenants: 200,
		Lacked: []string{"rights on the database of PUBLIC: restored: CONNECT, TEMPORARY, was not there"}, Again: []string{"sql/bootstrap/hardened/database.sql"},
		Differences: []string{"a: policy lost: x", "b: policy lost: x", "c: policy lost: x", "d: policy lost: x"}, BrokenKeys: []string{"k: 3 rows"},
		Attempts: []result.BackupAttempt{
			{Role: "engarde_user", How: "everything", Refused: "permission denied for table campaigns"},
			{Role: "engarde_user", How: "the tables that it reads, --enable-row-security", Tables: 180, Rows: 10, RowsMissing: 90, TenantsMissing: 20},
			{Role: "langflow_app", How: "the tables that it reads, --enable-row-security", Tables: 3, Rows: 10, RowsMissing: 90},
			{Role: "audit_user", How: "the tables that it reads, --enable-row-security", Tables: 190, Rows: 100},
		}})
	backup(p, &result.Backup{Unknown: "pg_dump isn't there"})
	if p.err != nil {
		t.Fatal(p.err)
	}
	golden(t, "backup", out.String())
}
