package result

import "time"

// Cutover is what came of moving a filled database from one layout to another under load, and back.
type Cutover struct {
	SchemaVersion int               `json:"schema_version"`
	Version       string            `json:"version"` // of bulkhead
	Target        string            `json:"target"`
	TargetHash    string            `json:"target_hash"`
	From          string            `json:"from"`
	To            string            `json:"to"`
	Langflow      string            `json:"langflow"`
	Seed          uint64            `json:"seed"`
	Tenants       int               `json:"tenants"`
	Rows          int64             `json:"rows"`  // seeded
	Bytes         int64             `json:"bytes"` // of the database
	Rate          float64           `json:"rate"`  // transactions a second offered meanwhile
	Settings      map[string]string `json:"settings"`
	Started       time.Time         `json:"started"`
	Seconds       float64           `json:"seconds"`

	Forth *Move `json:"forth"`
	Back  *Move `json:"back"` // nil where it wasn't asked for

	// After the cutover, on the layout that was moved to.
	LangflowSeconds float64      `json:"langflow_seconds"` // from its stop to its being healthy again: the sum of the parts below
	LangflowDown    LangflowDown `json:"langflow_down"`
	Protect         Downtime     `json:"protect"`                   // the backend, while Langflow started and its tables got their policies anew
	ProtectWatched  *Exposure    `json:"protect_watched,omitempty"` // the same watch as on the script's way, meanwhile
	Migrations      string       `json:"migrations"`                // what kept EnGarde's migrations from going on afterwards, "" for nothing
	Findings        []Finding    `json:"findings"`                  // of attack and audit, and of the loads
	Unknown         []string     `json:"unknown,omitempty"`
	Verdict         Status       `json:"verdict"`
	ExitCode        int          `json:"exit_code"`
	Reasons         []Reason     `json:"reasons"`
	Isolation       *Isolation   `json:"isolation,omitempty"` // what the oracle said of every row that the loads read
	Load            *CutoverLoad `json:"load,omitempty"`

	Objectives CutoverObjectives `json:"objectives"`
}

// CutoverObjectives are what a cutover is held to.
type CutoverObjectives struct {
	BackSecondsMax float64 `json:"back_seconds_max"`
	GapSecondsMax  float64 `json:"gap_seconds_max"` // without a transaction that ended well
}

// LangflowDown is how long Langflow was down. What bulkhead itself did in between, to take sums of all rows, isn't in it.
type LangflowDown struct {
	WasUp         bool    `json:"was_up"` // it was started on the layout before and stopped for the cutover
	StopSeconds   float64 `json:"stop_seconds"`
	MoveSeconds   float64 `json:"move_seconds"`
	StartSeconds  float64 `json:"start_seconds"` // until healthy
	PolicySeconds float64 `json:"policy_seconds"`
	Why           string  `json:"why,omitempty"`            // it didn't become healthy
	Afterwards    string  `json:"afterwards,omitempty"`     // nor did it after the rollback
	BackUpSeconds float64 `json:"back_up_seconds"`          // its start after the rollback, 0 where it wasn't tried
	Log           string  `json:"log,omitempty"`            // line of its log that tells
	BackMigration string  `json:"back_migration,omitempty"` // revision of the one history after the rollback
}

// Move is one direction.
type Move struct {
	Steps   []MoveStep `json:"steps"`
	Seconds float64    `json:"seconds"`           // of the script, from its first statement to its last, kills included
	Killed  int        `json:"killed"`            // times that it was killed in the middle and begun anew
	KillAt  string     `json:"kill_at,omitempty"` // where it was when it was killed

	RowsCompared int64    `json:"rows_compared"` // whose checksums were taken before and after
	RowsLost     int64    `json:"rows_lost"`     // seeded rows and acknowledged writes that aren't there after it
	Differences  []string `json:"differences"`   // between what the database should be after it and what it is: checksums, owners, policies, rights, keys
	Exposed      bool     `json:"exposed"`       // a difference is of owners, row security, policies or rights
	BrokenKeys   []string `json:"broken_keys"`
	Downtime     Downtime `json:"downtime"`
	// Watched is what the backend's role could read of tables that were moved already, without setting a tenant; nil on the way back, which
	// leads to where nothing keeps tenants apart.
	Watched *Exposure `json:"watched,omitempty"`
	Quiet   Downtime  `json:"quiet"` // the same load just before it, for comparison
}

// MoveStep is one step of a move.
type MoveStep struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	Tables  int     `json:"tables,omitempty"`
	Tries   int     `json:"tries"` // locks asked for; more than there are tables where some weren't had in time
}

// Downtime is a move as its users saw it.
type Downtime struct {
	Seconds           float64 `json:"seconds"`             // that were looked at
	LongestGapSeconds float64 `json:"longest_gap_seconds"` // without a transaction that ended well
	Failed            int64   `json:"failed"`              // transactions that failed
	Completed         int64   `json:"completed"`
	MaxMillis         float64 `json:"max_ms"` // longest response, from when it was due
}

// CutoverLoad is the load that went on meanwhile, whole.
type CutoverLoad struct {
	Seconds      float64          `json:"seconds"`
	Completed    int64            `json:"completed"`
	Failed       int64            `json:"failed"`
	Dropped      int64            `json:"dropped"`          // and abandoned
	Errors       map[string]int64 `json:"errors,omitempty"` // by class
	Acknowledged int64            `json:"acknowledged"`
	Lost         int64            `json:"lost"`                  // acknowledged writes that were not there in the end
	NotSettled   string           `json:"not_settled,omitempty"` // why nobody could look
	LagP99Millis float64          `json:"lag_p99_ms"`            // of the generator, at most
}

// Save writes the document whole or not at all.
func (c *Cutover) Save(file string) error { return save("cutover", file, c) }

// ReadCutover reads a document that Save wrote.
func ReadCutover(file string) (*Cutover, error) { return read[Cutover]("cutover", file) }
