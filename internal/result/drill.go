package result

import "time"

// Drill is what came of breaking a deployment on purpose, as run.json is for a run.
type Drill struct {
	SchemaVersion int       `json:"schema_version"`
	Version       string    `json:"version"` // of bulkhead
	Target        string    `json:"target"`
	TargetHash    string    `json:"target_hash"` // of what the target promises and how it is made
	Seed          uint64    `json:"seed"`
	Started       time.Time `json:"started"`
	Seconds       float64   `json:"seconds"`
	// Settings of the servers, as a run's. A drill's own PostgreSQL doesn't wait for the disk.
	Settings map[string]string `json:"settings"`
	Whole    bool              `json:"whole"` // every mutant was to be tried, not some that were named
	Verdict  Status            `json:"verdict"`
	ExitCode int               `json:"exit_code"`
	Reasons  []Reason          `json:"reasons"`

	Mutants          int      `json:"mutants"` // that leak and could be judged, low doses left out
	Killed           int      `json:"killed"`
	KilledByIntended int      `json:"killed_by_intended"` // by a finding of the mutant's own channel
	Equivalent       int      `json:"equivalent"`
	Survived         []string `json:"survived"`
	Benign           int      `json:"benign"`
	FalseAlarms      []string `json:"false_alarms"` // benign mutants, and "baseline before" and "baseline after"
	Unjudged         []string `json:"unjudged"`

	Doses   []Dose    `json:"doses"`
	Results []Drilled `json:"results"`
}

// What became of a mutant.
const (
	KilledByIntended = "killed by the intended channel"
	KilledByAnother  = "killed by another channel"
	Survived         = "survived"
	IsEquivalent     = "equivalent"
	Silent           = "nothing raised" // of a benign mutant or the baseline
	FalseAlarm       = "false alarm"
	AsPredicted      = "as often as predicted" // of a low dose
	NotAsPredicted   = "not as often as predicted"
	Unjudged         = "not judged"
)

// Drilled is what became of one mutant.
type Drilled struct {
	ID        string     `json:"id"`
	Channel   string     `json:"channel"`
	Scope     string     `json:"scope"`
	Doc       string     `json:"doc"`
	Benign    bool       `json:"benign,omitempty"`
	Outcome   string     `json:"outcome"`
	Why       string     `json:"why,omitempty"` // of equivalent, benign and not judged
	Detectors []Detector `json:"detectors"`
	Seconds   float64    `json:"seconds"`
	Dose      *Dose      `json:"dose,omitempty"`
	Hash      string     `json:"hash"` // of the mutant's file
}

// Detector is one that noticed a mutant.
type Detector struct {
	Detector string `json:"detector"` // audit, attack, load or full attack
	Channel  string `json:"channel"`
	Finding  string `json:"finding"`
}

// Dose is a low-dose mutant held against what its chance predicts.
type Dose struct {
	ID         string  `json:"id"`
	Chance     float64 `json:"chance"`
	Reads      int64   `json:"reads"` // executions that drew it
	Detections int64   `json:"detections"`
	Predicted  float64 `json:"predicted"`
	Low        int64   `json:"low"` // 99 % interval of the prediction
	High       int64   `json:"high"`
}

// Save writes the document as JSON, whole or not at all.
func (d *Drill) Save(path string) error { return save("drill", path, d) }

// ReadDrill reads a drill document; an error is os.ErrNotExist where there is none, and any of another schema version is refused.
func ReadDrill(path string) (*Drill, error) { return read[Drill]("drill", path) }
