// Package result is the run document: everything that a run measured, found and decided, as plain data. run fills it, verdict judges
// it, reports draw it, and run.json is it. It has no behaviour beyond reading and writing itself.
package result

import "time"

// SchemaVersion changes when a field changes its meaning or goes away; new fields leave it.
const SchemaVersion = 1

// Status is the answer to one question or to the whole run.
type Status string

// The values of a Status. NotChecked says that nobody asked; for a verdict it counts as Unknown unless the scenario wanted it so.
const (
	Pass       Status = "pass"
	Fail       Status = "fail"
	Unknown    Status = "unknown"
	NotChecked Status = "not checked"
)

// Run is the run document.
type Run struct {
	SchemaVersion int       `json:"schema_version"`
	Version       string    `json:"version"` // of bulkhead
	Verdict       Status    `json:"verdict"`
	ExitCode      int       `json:"exit_code"`
	Reasons       []Reason  `json:"reasons"`
	Started       time.Time `json:"started"`
	Seconds       float64   `json:"seconds"`
	Scenario      Scenario  `json:"scenario"`
	Target        Target    `json:"target"`
	Seed          uint64    `json:"seed"`
	Stack         Stack     `json:"stack"`
	Seeding       Seeding   `json:"seeding"`
	Load          Load      `json:"load"`
	Isolation     Isolation `json:"isolation"`
	HTTP          *HTTP     `json:"http,omitempty"` // nil where the scenario has no such load
	Findings      []Finding `json:"findings"`

	Attack   *AttackScope `json:"attack,omitempty"` // nil where there was none
	Checks   []Check      `json:"checks"`
	Coverage []Coverage   `json:"coverage"`
	Removal  *Removal     `json:"removal,omitempty"` // nil where no tenant was removed
	Backup   *Backup      `json:"backup,omitempty"`  // nil where none was made

	Lifecycle *Lifecycle `json:"lifecycle,omitempty"` // nil where no tenant was taken in

	Observed *Observed     `json:"observed,omitempty"`
	Faults   []Disturbance `json:"faults,omitempty"`

	Objectives Objectives `json:"objectives"` // those of the whole run; an operation's own stand with it
}

// Reason is one of the grounds of the verdict, the gravest first.
type Reason struct {
	Status   Status `json:"status"`
	ExitCode int    `json:"exit_code"`
	What     string `json:"what"`
}

// Scenario is what the run was asked to do.
type Scenario struct {
	Name            string  `json:"name"`
	RatePerSecond   float64 `json:"rate_per_s"` // 0 where it changes, see Load.Stages, and in a closed loop
	Arrivals        string  `json:"arrivals"`
	WarmupSeconds   float64 `json:"warmup_s"`
	DurationSeconds float64 `json:"duration_s"`
	Connections     int     `json:"connections"`
	Workers         int     `json:"workers"`
	Pipelined       bool    `json:"pipelined"`
	Through         string  `json:"through"`
	ReachShare      float64 `json:"reach_share"`
	Model           Model   `json:"model"`
	Users           int     `json:"users,omitempty"`    // of a closed loop
	ThinkMillis     float64 `json:"think_ms,omitempty"` // of a closed loop
	TenantChoice    string  `json:"tenant_choice"`      // whom executions are for

	Mix map[string]float64 `json:"mix,omitempty"` // operations and their relative weights
}

// Model says what starts an execution.
type Model string

// The models of load. In an open one the schedule starts it, whatever the system does; in a closed one a user does, once the answer
// before has come. So a closed loop goes slower when the system does, and its response times leave out those who would have come
// meanwhile (coordinated omission).
const (
	Open   Model = "open"
	Closed Model = "closed"
)

// Target is the deployment under test.
type Target struct {
	Name       string      `json:"name"`
	Layout     string      `json:"layout"`
	Hash       string      `json:"hash,omitempty"` // of what the target promises and how it is made
	Exceptions []Statement `json:"exceptions"`
	Departures []Statement `json:"departures"`
}

// Statement is something declared, with its reason.
type Statement struct {
	What   string `json:"what"`
	Reason string `json:"reason"`
}

// Stack is what the run ran on.
type Stack struct {
	Provider  string            `json:"provider"`
	Services  []Service         `json:"services"`
	Settings  map[string]string `json:"settings"`
	Revisions map[string]string `json:"revisions"` // Alembic revision by schema
	Pool      *Pool             `json:"pool,omitempty"`
	Machine   Machine           `json:"machine"`
}

// Service is one server of the stack.
type Service struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Started bool   `json:"started"`
	Address string `json:"address,omitempty"`
	Note    string `json:"note,omitempty"`  // why it wasn't started
	Image   string `json:"image,omitempty"` // that its container was made of; "" for a process of the machine itself
}

// Machine is what the stack and the harness shared.
type Machine struct {
	OS        string `json:"os"`
	CPU       string `json:"cpu"`
	Cores     int    `json:"cores"`
	MemoryMiB int64  `json:"memory_mib"`
}

// Seeding is how the tables were filled.
type Seeding struct {
	Tenants int     `json:"tenants"`
	Rows    int64   `json:"rows"`
	Tables  int     `json:"tables"`
	Seconds float64 `json:"seconds"`
	Cached  bool    `json:"cached"` // from the state that an earlier run kept; Seconds is that run's
}

// Load is what the generator offered and what came back.
type Load struct {
	OfferedPerSecond  float64      `json:"offered_per_s"`
	AchievedPerSecond float64      `json:"achieved_per_s"`
	LagP50Millis      float64      `json:"lag_p50_ms"`
	LagP99Millis      float64      `json:"lag_p99_ms"`
	LagMaxMillis      float64      `json:"lag_max_ms"`
	PoolWait          Distribution `json:"pool_wait_ms"`
	Offered           int64        `json:"offered"`
	Completed         int64        `json:"completed"`
	Dropped           int64        `json:"dropped"`
	Abandoned         int64        `json:"abandoned"`
	Interrupted       bool         `json:"interrupted"`
	EndedEarly        string       `json:"ended_early,omitempty"` // why bulkhead itself ended the load before its time
	MeasuredSeconds   float64      `json:"measured_s"`            // how long it lasted without warm-up
	Ops               []Op         `json:"ops"`
	Stages            []StageLoad  `json:"stages,omitempty"`  // in order, where the rate changes
	Classes           []Class      `json:"classes,omitempty"` // tenants by size, small ones first; over all operations
	Tenants           *Tenants     `json:"tenants,omitempty"`
	CacheHits         *CacheHits   `json:"cache_hits,omitempty"`
}

// HTTP is the load of requests over HTTP, which comes after the other: the services and the harness share the machine.
type HTTP struct {
	Scenario  Scenario      `json:"scenario"` // of this load; connections are to each service
	Load      Load          `json:"load"`
	Isolation Isolation     `json:"isolation"`
	Observed  *Observed     `json:"observed,omitempty"`
	Faults    []Disturbance `json:"faults,omitempty"`
}

// Op is one operation under load. Count, over_target and the distributions are of executions that went the application's own way and
// succeeded; those that reached for other tenants' rows are in reaching.
type Op struct {
	Name          string           `json:"name"`
	Doc           string           `json:"doc"`
	Count         int64            `json:"count"`
	Errors        int64            `json:"errors"`
	ErrorsByClass map[string]int64 `json:"errors_by_class"`
	Reaching      int64            `json:"reaching"`
	Leaking       int64            `json:"leaking"`           // executions that returned what is another tenant's
	Channel       string           `json:"channel,omitempty"` // that its reaching requests check, over HTTP
	OverTarget    int64            `json:"over_target"`
	TargetMillis  float64          `json:"target_ms"`
	ResponseMs    Distribution     `json:"response_ms"` // from when the execution was due
	ServiceMs     Distribution     `json:"service_ms"`  // from when it was sent
	Windows       []Window         `json:"windows"`
	Classes       []OpClass        `json:"classes,omitempty"`

	ServiceTargetMillis float64 `json:"service_target_ms,omitempty"` // 0 where the scenario has none
	ErrorShareMax       float64 `json:"errors_share_max"`

	Verdict Status      `json:"verdict"`
	Why     string      `json:"why"`
	Lacks   string      `json:"lacks,omitempty"`  // the service that a "not checked" operation needs
	Judged  []Objective `json:"judged,omitempty"` // its objectives, one by one; none in older documents
}

// Distribution is of latencies in milliseconds. The interval is of the 95th percentile at 95 %; null where there is too little to say.
type Distribution struct {
	P50         float64     `json:"p50"`
	P90         float64     `json:"p90"`
	P95         float64     `json:"p95"`
	P99         float64     `json:"p99"`
	Max         float64     `json:"max"`
	P95Interval *[2]float64 `json:"p95_ci"`
}

// Window is one second of an operation, by the time at which its executions were due.
type Window struct {
	Second int     `json:"s"`
	Count  int64   `json:"count"`
	Errors int64   `json:"errors"`
	P95    float64 `json:"p95_ms"`
	Max    float64 `json:"max_ms"`
}

// Isolation is what the oracle saw during the load.
type Isolation struct {
	RowsChecked  int64       `json:"rows_checked"`
	Bodies       int64       `json:"bodies_checked,omitempty"` // answers over HTTP
	Reaching     int64       `json:"reaching"`                 // executions that could have returned another tenant's rows
	Leaking      int64       `json:"leaking"`                  // executions that leaked, however many rows each
	Foreign      int64       `json:"foreign"`
	Damaged      int64       `json:"damaged"`
	Missing      int64       `json:"missing"`
	Planted      int64       `json:"planted"`          // writes into other tenants' rows that were accepted
	UpperBound   float64     `json:"upper_bound"`      // of the share of reaching executions that leak, at 95 %, where none did
	Acknowledged int64       `json:"acknowledged"`     // rows of the ledger that must be there, see ledger
	Lost         int64       `json:"lost"`             // of them, those that were not there after the load
	Ledger       *Settlement `json:"ledger,omitempty"` // nil where nothing was written
	Audit        *Audit      `json:"audit,omitempty"`  // nil where the target has no audit trail
	Written      int64       `json:"written"`          // rows that the load wrote and the database acknowledged
	Verdict      Status      `json:"verdict"`
}

// Audit is the audit trail held against the operations that committed.
type Audit struct {
	Operations int64  `json:"operations"` // committed, that leave an entry
	Entries    int64  `json:"entries"`
	Missing    int64  `json:"missing"`
	Extra      int64  `json:"extra"`
	NotCounted string `json:"not_counted,omitempty"` // why the entries could not be counted
}

// Severity of a finding.
type Severity string

// The severities. A leak showed somebody's data; a weakness is a door that stands open, or own data withheld; a note decides nothing.
const (
	Leak     Severity = "leak"
	Weakness Severity = "weakness"
	Note     Severity = "note"
)

// Finding is one thing found.
type Finding struct {
	Channel  string     `json:"channel"`
	Severity Severity   `json:"severity"`
	What     string     `json:"what"`
	Where    string     `json:"where"`
	Count    int64      `json:"count"`
	Evidence []Evidence `json:"evidence"`
	Fix      string     `json:"fix"`
}

// Evidence is one case of a finding, enough to see it again.
type Evidence struct {
	Operation  string `json:"operation,omitempty"`
	Tenant     string `json:"tenant,omitempty"` // who asked
	Owner      string `json:"owner,omitempty"`  // whose row it is
	Table      string `json:"table,omitempty"`
	Row        string `json:"row,omitempty"` // the row's id
	File       string `json:"file,omitempty"`
	Connection uint32 `json:"connection,omitempty"`
	Execution  int64  `json:"execution"` // place in the schedule
	Detail     string `json:"detail,omitempty"`
}

// Save writes the document as JSON, whole or not at all.
func (r *Run) Save(path string) error { return save("run", path, r) }

// Read reads a run document and refuses one of another schema version.
func Read(path string) (*Run, error) { return read[Run]("run", path) }
