package result

// Backup is what came of dumping the database and restoring it beside itself.
type Backup struct {
	DumpSeconds    float64 `json:"dump_seconds"`
	RestoreSeconds float64 `json:"restore_seconds"`
	CompareSeconds float64 `json:"compare_seconds"` // of the two states, each read whole
	Bytes          int64   `json:"bytes"`           // of the dump
	Tables         int     `json:"tables"`
	Rows           int64   `json:"rows"`
	Tenants        int     `json:"tenants"` // counted in the restored database

	Lacked      []string `json:"lacked"`      // what no dump of one database brings, before the scripts of again
	Again       []string `json:"again"`       // scripts that the target runs on what was restored
	Differences []string `json:"differences"` // between the database and what was restored: rows, owners, policies, rights, keys
	BrokenKeys  []string `json:"broken_keys"`
	// Attempts are dumps by roles that policies hold: each must fail, be whole, or be found out by the counts of tenants' rows.
	Attempts []BackupAttempt `json:"attempts"`
	Unknown  string          `json:"unknown,omitempty"` // why it could not be done
}

// BackupAttempt is a dump by a role that policies hold.
type BackupAttempt struct {
	Role    string `json:"role"`
	How     string `json:"how"`
	Refused string `json:"refused,omitempty"` // what pg_dump said
	// Of one that went through without a word:
	Tables         int   `json:"tables,omitempty"`
	Rows           int64 `json:"rows,omitempty"`
	RowsMissing    int64 `json:"rows_missing,omitempty"`    // of these tables
	TenantsMissing int   `json:"tenants_missing,omitempty"` // with fewer rows in these tables than they have
}
