package result

import "time"

// Ready is the verdict of a sign-off in which every metric that can be measured passes: what is left is for people to sign. It is never
// Pass, as no machine can sign.
const Ready Status = "ready for signature"

// Signoff is the design's success metrics, each with what was measured.
type Signoff struct {
	SchemaVersion int       `json:"schema_version"`
	Version       string    `json:"version"` // of bulkhead
	Commit        string    `json:"commit"`  // that bulkhead was built from
	Target        string    `json:"target"`
	TargetHash    string    `json:"target_hash"`
	Layout        string    `json:"layout"`
	Scenario      string    `json:"scenario"` // of the main job
	Seed          uint64    `json:"seed"`
	Started       time.Time `json:"started"`
	Seconds       float64   `json:"seconds"`
	Machine       Machine   `json:"machine"`
	Services      []Service `json:"services"` // with their versions, as the main job saw them

	Documents []SignoffDocument `json:"documents"`
	Metrics   []Metric          `json:"metrics"`
	Verdict   Status            `json:"verdict"` // ready for signature, fail or unknown
	ExitCode  int               `json:"exit_code"`
	Reasons   []Reason          `json:"reasons"`
}

// SignoffDocument is a document that metrics are judged by. Files are beside the sign-off.
type SignoffDocument struct {
	Kind     string    `json:"kind"`
	What     string    `json:"what"` // was done for it
	File     string    `json:"file,omitempty"`
	SHA256   string    `json:"sha256,omitempty"`
	Started  time.Time `json:"started,omitzero"`
	Seconds  float64   `json:"seconds"`
	Verdict  Status    `json:"verdict"`
	ExitCode int       `json:"exit_code"`
	From     string    `json:"from,omitempty"` // where it was taken over from; "" where it was made for this sign-off
	Why      string    `json:"why,omitempty"`  // there is none, or the gravest reason of its verdict
}

// Metric is one success metric of the design.
type Metric struct {
	ID       string     `json:"id"`
	Group    string     `json:"group"`
	Name     string     `json:"name"`
	Wanted   string     `json:"wanted"`
	Measured string     `json:"measured"`
	How      string     `json:"how"`
	Status   Status     `json:"status"`        // unknown where it wasn't measured
	Why      string     `json:"why,omitempty"` // of all but a plain pass
	Evidence []Exhibit  `json:"evidence"`      // never empty where something was measured
	ExitCode int        `json:"exit_code"`     // that it brings about
	Sign     *Signature `json:"sign,omitempty"`
}

// Exhibit is a place in a document: the keys that lead there, with dots between them.
type Exhibit struct {
	File string `json:"file"`
	Path string `json:"path"`
}

// Signature is a box for a named person: what no machine can measure.
type Signature struct {
	Statement string `json:"statement"` // that is signed
}

// Save writes the document as JSON, whole or not at all.
func (s *Signoff) Save(path string) error { return save("sign-off", path, s) }

// ReadSignoff reads a document that Save wrote; an error is os.ErrNotExist where there is none.
func ReadSignoff(path string) (*Signoff, error) { return read[Signoff]("sign-off", path) }
