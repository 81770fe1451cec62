package result

import "time"

// Layouts is what came of bringing each layout of the database up with the real migrations and the real Langflow, step by step.
type Layouts struct {
	SchemaVersion int       `json:"schema_version"`
	Version       string    `json:"version"` // of bulkhead
	Target        string    `json:"target"`
	TargetHash    string    `json:"target_hash"`
	Seed          uint64    `json:"seed"`
	Started       time.Time `json:"started"`
	Seconds       float64   `json:"seconds"`
	Whole         bool      `json:"whole"` // all cells, not some that were named
	Cells         []Cell    `json:"cells"`
	Verdict       Status    `json:"verdict"` // of the layout that is to run: the others are there to be compared with
	ExitCode      int       `json:"exit_code"`
	Reasons       []Reason  `json:"reasons"`
}

// Cell is one layout, in one order of migrations, with one version of Langflow.
type Cell struct {
	Name     string  `json:"name"` // layout/order/version
	Layout   string  `json:"layout"`
	Order    string  `json:"order"`    // who migrates first
	Langflow string  `json:"langflow"` // version that it begins with
	Steps    []Step  `json:"steps"`
	Seconds  float64 `json:"seconds"`
}

// What became of a step.
const (
	StepPassed    = "passed"
	StepFailed    = "failed"
	StepNotTried  = "not tried" // an earlier one that it rests on failed
	StepNotKnown  = "unknown"   // it could not be judged
	StepNotNeeded = "not needed"
)

// Step is one thing done in a cell, and what the database was like after it compared with before.
type Step struct {
	Name     string   `json:"name"`
	Langflow string   `json:"langflow,omitempty"` // version at work in it
	Outcome  string   `json:"outcome"`
	Why      string   `json:"why,omitempty"`
	Log      []string `json:"log,omitempty"` // lines of the program that tell it
	Seconds  float64  `json:"seconds"`

	Revisions   map[string][]string `json:"revisions,omitempty"`   // after it, by schema
	Overlap     []string            `json:"overlap,omitempty"`     // tables that both applications count as their own
	Lost        []string            `json:"lost,omitempty"`        // tables, rows, and revisions of the other application
	BrokenKeys  []string            `json:"broken_keys,omitempty"` // foreign keys with rows that lead nowhere
	Unprotected []string            `json:"unprotected,omitempty"` // what lost row security, policies or rights
	Exposed     *Exposure           `json:"exposed,omitempty"`     // watched while it went on
	Attack      *StepAttack         `json:"attack,omitempty"`
}

// Exposure is what a watcher saw who looked at the catalog again and again while a step went on, and tried to read as a tenant.
type Exposure struct {
	Looks   int      `json:"looks"`
	Tables  []string `json:"tables"` // readable by an application at some moment without a policy that holds for it
	Seconds float64  `json:"seconds"`
	Rows    int64    `json:"rows"` // of other tenants that were read meanwhile, at most in one look
}

// StepAttack is the attack after a step.
type StepAttack struct {
	Leaks      int      `json:"leaks"`
	Weaknesses int      `json:"weaknesses"`
	Findings   []string `json:"findings"` // the gravest of each channel
	Unknown    []string `json:"unknown,omitempty"`
}

// Save writes the document whole or not at all.
func (l *Layouts) Save(file string) error { return save("layouts", file, l) }

// ReadLayouts reads a document that Save wrote.
func ReadLayouts(file string) (*Layouts, error) { return read[Layouts]("layouts", file) }
