package result

import "time"

// Outcome is what a comparison says of one measure, or of all.
type Outcome string

// The outcomes. No difference is a statement too: what is there, if anything, is smaller than what was asked for.
const (
	Regression   Outcome = "regression"
	Improvement  Outcome = "improvement"
	NoDifference Outcome = "no difference"
	NotEnough    Outcome = "not enough data"
	NotIsolated  Outcome = "leak or weakness" // of the whole alone: in a candidate
)

// Comparison is two sides of runs held against each other: compare.json.
type Comparison struct {
	SchemaVersion int            `json:"schema_version"`
	Version       string         `json:"version"` // of the bulkhead that compared
	Outcome       Outcome        `json:"outcome"`
	ExitCode      int            `json:"exit_code"`
	Reasons       []Reason       `json:"reasons"`
	Rule          ComparisonRule `json:"rule"`
	Base          ComparedSide   `json:"base"`
	Candidate     ComparedSide   `json:"candidate"`
	Different     []Difference   `json:"different"` // in what the sides differ beside what was measured
	LeftOut       []Statement    `json:"left_out"`  // loads that say nothing of speed
	Contrasts     []Contrast     `json:"contrasts"`
}

// ComparisonRule is how it was decided.
type ComparisonRule struct {
	Alpha       float64  `json:"alpha"`        // the chance of any false regression or improvement, over all hypotheses
	FloorShare  float64  `json:"floor_share"`  // of the base's median: a smaller shift is none
	FloorMillis float64  `json:"floor_ms"`     // of latencies, as well
	FloorErrors float64  `json:"floor_errors"` // of shares of errors
	Judged      []string `json:"judged"`       // the measures that decide
	Hypotheses  int      `json:"hypotheses"`   // that were corrected for
	SmallestP   float64  `json:"p_min"`        // that these many runs can give at all
	SmallestAdj float64  `json:"p_min_holm"`   // the same, corrected
	Confidence  float64  `json:"confidence"`   // of the intervals
}

// ComparedSide is the runs of a side and what they say of isolation.
type ComparedSide struct {
	Runs       []ComparedRun `json:"runs"`
	Reaching   int64         `json:"reaching"`
	Leaks      int64         `json:"leaks"`   // rows of other tenants, and accepted writes into theirs
	Missing    int64         `json:"missing"` // own rows that weren't served
	Lost       int64         `json:"lost"`    // acknowledged writes
	Damaged    int64         `json:"damaged"`
	Findings   []Finding     `json:"findings"` // leaks and weaknesses, each once; without evidence
	UpperBound float64       `json:"upper_bound"`
}

// ComparedRun is one run.
type ComparedRun struct {
	File    string    `json:"file"`
	Started time.Time `json:"started"`
	Version string    `json:"version"`
	Verdict Status    `json:"verdict"`
}

// Difference is something that isn't the same in all runs.
type Difference struct {
	Key       string   `json:"key"` // what allows it; "" where nothing has to
	What      string   `json:"what"`
	Base      []string `json:"base"`
	Candidate []string `json:"candidate"`
}

// Contrast is one measure of one operation, or of a whole load, on both sides.
type Contrast struct {
	Load      string      `json:"load"`                // SQL or HTTP
	Operation string      `json:"operation,omitempty"` // "" for the whole load
	Measure   string      `json:"measure"`
	Unit      string      `json:"unit"`
	Base      Spread      `json:"base"`
	Candidate Spread      `json:"candidate"`
	Shift     float64     `json:"shift"`    // of the candidate: Hodges and Lehmann's estimate
	ShiftCI   *[2]float64 `json:"shift_ci"` // null where there are too few runs for one
	Floor     float64     `json:"floor"`    // from which on a shift counts
	P         float64     `json:"p"`
	PHolm     float64     `json:"p_holm"`
	Judged    bool        `json:"judged"`
	Outcome   Outcome     `json:"outcome"`
	Why       string      `json:"why"`

	MoreBase      int `json:"more_base,omitempty"` // runs that are lacking, about
	MoreCandidate int `json:"more_candidate,omitempty"`
}

// Spread is a measure over the runs of a side.
type Spread struct {
	Values []float64   `json:"values"` // a run each
	Median float64     `json:"median"`
	CI     *[2]float64 `json:"median_ci"` // null under six runs
}

// Save writes the document as JSON, whole or not at all.
func (c *Comparison) Save(path string) error { return save("comparison", path, c) }
