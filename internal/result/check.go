package result

// How a channel was checked.
type How string

// The ways of checking. The catalog can prove; a probe tries what an attacker would; the load watches what it does anyway; a drill breaks
// the deployment and looks whether the others notice.
const (
	ByCatalog How = "catalog"
	ByProbe   How = "probe"
	ByLoad    How = "load"
	ByDrill   How = "drill"
)

// Check is one thing that was looked at in one way, whatever came of it. Findings tell what was found.
type Check struct {
	Channel    string  `json:"channel"`
	How        How     `json:"how"`
	Name       string  `json:"name"` // of the check or probe, unique within How
	Doc        string  `json:"doc"`
	Units      int64   `json:"units"`       // what was looked at: objects of the catalog, reads, writes, borrowed connections
	Hits       int64   `json:"hits"`        // of them, those that are in findings
	UpperBound float64 `json:"upper_bound"` // of the share of units that leak, at 95 %, where there were no hits; 0 where it is proved or has hits
	Status     Status  `json:"status"`
	Why        string  `json:"why,omitempty"`      // of unknown and not checked
	Lacks      string  `json:"lacks,omitempty"`    // the service that "not checked" needs
	Residual   string  `json:"residual,omitempty"` // what stays open by design
	Seconds    float64 `json:"seconds"`
}

// Examination is an audit or an attack by itself, as run.json is for a run.
type Examination struct {
	SchemaVersion int       `json:"schema_version"`
	Version       string    `json:"version"` // of bulkhead
	Kind          string    `json:"kind"`    // audit or attack
	Target        Target    `json:"target"`
	Seed          uint64    `json:"seed"` // of the attack's choices
	Verdict       Status    `json:"verdict"`
	ExitCode      int       `json:"exit_code"`
	Reasons       []Reason  `json:"reasons"`
	Findings      []Finding `json:"findings"`
	Checks        []Check   `json:"checks"`
	Seconds       float64   `json:"seconds"`

	Attack  *AttackScope `json:"attack,omitempty"`
	Removal *Removal     `json:"removal,omitempty"` // nil where no tenant was removed
}

// AttackScope is how much of the choices an attack tried: attackers, roles, doors, sessions, exec modes, forms.
type AttackScope struct {
	Depth        string `json:"depth"`
	Pairs        int    `json:"pairs"` // of two choices each
	PairsCovered int    `json:"pairs_covered"`
	Combinations int    `json:"combinations"` // the full product
	Tried        int    `json:"tried"`
	Attackers    int    `json:"attackers"`

	Services []ServiceScope `json:"services,omitempty"` // attacked over HTTP
}

// ServiceScope is how much of a service was tried over HTTP.
type ServiceScope struct {
	Service      string      `json:"service"`
	Version      string      `json:"version"`
	Routes       int         `json:"routes"`       // as the application itself tells them, hidden ones included
	Verbs        int         `json:"verbs"`        // route x verb
	Combinations int         `json:"combinations"` // route x verb x identity
	Controls     int         `json:"controls"`     // route x verb on which the owner was served its own object
	Requests     int         `json:"requests"`
	Skipped      []Statement `json:"skipped"` // routes that weren't called, and why
}

// RoleRights is what one role may do with one relation.
type RoleRights struct {
	Role   string   `json:"role"`
	Object string   `json:"object"`
	Rows   string   `json:"rows"`   // whose the rows are, and whether policies keep them
	Rights []string `json:"rights"` // as in GRANT; with columns behind it where it is on these alone
}
