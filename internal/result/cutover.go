package result

import "time"

// Cutover is what came of moving a filled database from one layout to another under load, and back.
type Cutover struct {
	SchemaVersion int       `json:"schema_version"`
	Version       string    `json:"version"` // of bulkhead
	Target        string    `json:"target"`
	TargetHash    string    `json:"target_hash"`
	From          string    `json:"from"`
	To            string    `json:"to"`
	Langflow      string    `json:"langflow"`
	Seed          uint64    `json:"seed"`
	Tenants       int       `json:"tenants"`
	Rows          int64     `json:"rows"`  // seeded
	Bytes         int64     `json:"bytes"` // of the database
	Rate          float64   `json:"rate"`  // transactions a second offered meanwhile
	Started       time.Time `json:"started"`
	Seconds       float64   `json:"seconds"`

	Forth *Move `json:"forth"`
	Back  *Move `json:"back"`

	// After the cutover, on the layout that was moved to.
	LangflowSeconds float64      `json:"langflow_seconds"` // from its stop to its being healthy again
	Findings        []Finding    `json:"findings"`         // of attack and audit
	Unknown         []string     `json:"unknown,omitempty"`
	Verdict         Status       `json:"verdict"`
	ExitCode        int          `json:"exit_code"`
	Reasons         []Reason     `json:"reasons"`
	Isolation       *Isolation   `json:"isolation,omitempty"` // what the oracle said of every row that the load read meanwhile
	Load            *CutoverLoad `json:"load,omitempty"`
}

// Move is one direction.
type Move struct {
	Steps   []MoveStep `json:"steps"`
	Seconds float64    `json:"seconds"` // of the script, from its first statement to its last
	Killed  int        `json:"killed"`  // times that it was killed in the middle and begun anew

	RowsLost    int64    `json:"rows_lost"`
	Differences []string `json:"differences"` // between what the database should be after it and what it is: checksums, owners, policies, rights, keys
	BrokenKeys  []string `json:"broken_keys"`
	Downtime    Downtime `json:"downtime"`
}

// MoveStep is one step of a move.
type MoveStep struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	Tries   int     `json:"tries"` // more than one where a lock was not had in time
}

// Downtime is a move as its users saw it.
type Downtime struct {
	LongestGapSeconds float64 `json:"longest_gap_seconds"` // without a transaction that ended well
	Failed            int64   `json:"failed"`              // transactions that failed
	Completed         int64   `json:"completed"`
	MaxMillis         float64 `json:"max_ms"` // longest response, from when it was due
}

// CutoverLoad is the load that went on meanwhile, whole.
type CutoverLoad struct {
	Completed int64            `json:"completed"`
	Failed    int64            `json:"failed"`
	Errors    map[string]int64 `json:"errors,omitempty"` // by class
	Lost      int64            `json:"lost"`             // acknowledged writes that were not there in the end
}
