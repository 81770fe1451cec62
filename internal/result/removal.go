package result

// Removal is one tenant that was removed to see what is left of it.
type Removal struct {
	Tenant  string        `json:"tenant"`
	Seconds float64       `json:"seconds"` // all steps, waits included
	Rows    int64         `json:"rows"`    // that it had
	Tables  int           `json:"tables"`  // in which it had them
	Keys    int64         `json:"keys"`    // of the cache, before
	Files   int64         `json:"files"`   // before
	Others  int           `json:"others"`  // tenants whose rows were counted before and after
	Steps   []RemovalStep `json:"steps"`
	Refused []RemovalUse  `json:"refused"`
	Stayed  []RemovalLeft `json:"stayed"`
}

// RemovalStep is one step of the target's procedure.
type RemovalStep struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

// RemovalUse is what the tenant's user asked for until it was refused.
type RemovalUse struct {
	What           string  `json:"what"`
	Seconds        float64 `json:"seconds"` // from when the doors were shut to the last request that was served; 0 where none was
	AllowedSeconds float64 `json:"allowed_s"`
}

// RemovalLeft are rows that stay on purpose.
type RemovalLeft struct {
	Table  string `json:"table"`
	Rows   int64  `json:"rows"`
	Reason string `json:"reason"`
}
