package result

import "time"

// Signoff is the design's success metrics, each with what was measured.
type Signoff struct {
	SchemaVersion int       `json:"schema_version"`
	Version       string    `json:"version"` // of bulkhead
	Commit        string    `json:"commit"`  // that bulkhead was built from
	Target        string    `json:"target"`
	TargetHash    string    `json:"target_hash"`
	Layout        string    `json:"layout"`
	Seed          uint64    `json:"seed"`
	Started       time.Time `json:"started"`
	Seconds       float64   `json:"seconds"`
	Versions      []string  `json:"versions"` // of the services
	Metrics       []Metric  `json:"metrics"`
	Verdict       Status    `json:"verdict"`
	ExitCode      int       `json:"exit_code"`
	Reasons       []Reason  `json:"reasons"`
}

// Metric is one success metric of the design.
type Metric struct {
	Group    string `json:"group"`
	Name     string `json:"name"`
	Wanted   string `json:"wanted"`
	Measured string `json:"measured"`
	How      string `json:"how"`
	Status   Status `json:"status"` // unknown where it wasn't measured
	Why      string `json:"why,omitempty"`
	Evidence string `json:"evidence"` // file, and the place in it
	// Sign marks what no machine can measure: a box for a named person, never a pass.
	Sign bool `json:"sign,omitempty"`
}
