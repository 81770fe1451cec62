package result

// Cost is what the infrastructure costs, two ways, and what the second saves. Amounts are of the currency, for the period.
type Cost struct {
	SchemaVersion int         `json:"schema_version"`
	Version       string      `json:"version"` // of bulkhead
	File          string      `json:"file"`    // that the prices are from
	Source        string      `json:"source"`  // who says so
	Currency      string      `json:"currency"`
	Period        string      `json:"period"`
	Plans         []CostPlan  `json:"plans"` // two, the one to compare with first
	Saved         float64     `json:"saved"`
	SavedPct      float64     `json:"saved_pct"` // of the first plan's total
	Claims        []CostClaim `json:"claims"`

	// How far the answer hangs on what was put in.
	ChangePct   float64      `json:"change_pct"`
	Sensitivity []CostChange `json:"sensitivity"`
	WhatIfs     []CostCase   `json:"what_ifs"`
	Phases      []CostCase   `json:"phases"`
	Capacity    CostCapacity `json:"capacity"`

	Verdict  Status   `json:"verdict"` // whether the claims hold
	ExitCode int      `json:"exit_code"`
	Reasons  []Reason `json:"reasons"`
}

// CostPlan is one way of buying it.
type CostPlan struct {
	Name  string     `json:"name"`
	Items []CostItem `json:"items"`
	Total float64    `json:"total"`
}

// CostItem is one line of a bill.
type CostItem struct {
	Name   string  `json:"name"`
	Price  string  `json:"price"` // its name in the list of prices
	Count  float64 `json:"count"`
	Unit   string  `json:"unit,omitempty"`
	Amount float64 `json:"amount"`
}

// CostClaim is a figure that the design states, held against the sum of its own components.
type CostClaim struct {
	What     string  `json:"what"`
	Claimed  float64 `json:"claimed"`
	Computed float64 `json:"computed"`
	Unit     string  `json:"unit"`
	Status   Status  `json:"status"`
	Why      string  `json:"why,omitempty"`
}

// CostChange is the saving where one price, or one line of one bill, costs less or more, and all else is as it was.
type CostChange struct {
	What     string   `json:"what"`
	Plan     string   `json:"plan"` // whose line it is; "" for a price wherever it is paid
	Amount   float64  `json:"amount"`
	IfLess   float64  `json:"saved_if_less"`
	IfMore   float64  `json:"saved_if_more"`
	Vanishes *float64 `json:"vanishes_at"` // the amount with which nothing is saved; null where no amount does that
}

// CostCase is the comparison under other circumstances: at a larger scale, or where an assumption doesn't hold.
type CostCase struct {
	Name     string     `json:"name"`
	Assumes  []string   `json:"assumes"`
	Plans    []CostPlan `json:"plans"`
	Saved    float64    `json:"saved"`
	SavedPct float64    `json:"saved_pct"`
}

// CostCapacity is what was measured of the load that the infrastructure bears.
type CostCapacity struct {
	Status Status `json:"status"` // never pass: a run shows a rate that was held, not the highest that can be
	What   string `json:"what"`
	File   string `json:"file,omitempty"`
}

// Save writes the document as JSON, whole or not at all.
func (c *Cost) Save(path string) error { return save("cost", path, c) }

// The claims that a sign-off asks for.
const (
	ClaimSaved    = "saving"
	ClaimSavedPct = "share saved"
)

// ReadCost reads a document that Save wrote.
func ReadCost(path string) (*Cost, error) { return read[Cost]("cost", path) }
