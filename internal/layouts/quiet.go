package layouts

import (
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/seed"
)

// quiet says nothing of each step: cells work side by side.
type quiet struct{}

func (quiet) Step(string, ...any)   {}
func (quiet) Seeding(seed.Progress) {}
func (quiet) Live(run.Live)         {}
