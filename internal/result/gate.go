package result

// Gate is runs of a change held against a gate: gate.json.
type Gate struct {
	SchemaVersion int           `json:"schema_version"`
	Version       string        `json:"version"` // of the bulkhead that judged
	Name          string        `json:"name"`
	File          string        `json:"file"`
	Verdict       Status        `json:"verdict"`
	ExitCode      int           `json:"exit_code"`
	Reasons       []Reason      `json:"reasons"`
	Runs          []ComparedRun `json:"runs"`
	Allowances    []Allowance   `json:"allowances"`
	Settled       []Statement   `json:"settled,omitempty"`    // what was inconclusive in one run and held in a repetition
	Comparison    *Comparison   `json:"comparison,omitempty"` // nil without a baseline
}

// Allowance is what the gate lets pass for a while, and what came of it.
type Allowance struct {
	Channel string `json:"channel"`
	Where   string `json:"where"`
	Owner   string `json:"owner"`
	Reason  string `json:"reason"`
	Expires string `json:"expires"` // the last day, in UTC
	Expired bool   `json:"expired"`
	Covers  int    `json:"covers"` // leaks and weaknesses of these runs; those under an expired one aren't allowed
}

// Save writes the document as JSON, whole or not at all.
func (g *Gate) Save(path string) error { return save("gate", path, g) }
