package oracle

import "github.com/engardehq/bulkhead/internal/tenant"

// Verdict is what is wrong with a row or a result.
type Verdict string

// The faults that a result can have. Own rows have none.
const (
	Foreign Verdict = "foreign" // another tenant's row, id or canary: a leak
	Damaged Verdict = "damaged" // can't be what was seeded or written: unknown until explained
	Missing Verdict = "missing" // an own row that had to be there was not: a silent denial
	Planted Verdict = "planted" // a write into another tenant's rows was accepted
)

// Counts is how often each fault was found.
type Counts struct{ Foreign, Damaged, Missing, Planted int }

// Add adds other counts.
func (c *Counts) Add(other Counts) {
	c.Foreign += other.Foreign
	c.Damaged += other.Damaged
	c.Missing += other.Missing
	c.Planted += other.Planted
}

// Fault is one thing wrong with a result.
type Fault struct {
	Verdict Verdict
	Ref     tenant.Ref // whose row it is; for Missing, which row; zero where the row can't be told
	Table   string     // of Ref, "" where unknown
	Detail  string     // what is wrong, for a person; holds no data of a row but its marks
}
