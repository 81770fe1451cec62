package result

// Lifecycle is one tenant that was taken in while others were at work, looked at, and removed again.
type Lifecycle struct {
	Tenant     string           `json:"tenant"`
	Onboarding Onboarding       `json:"onboarding"`
	Reads      int64            `json:"reads"`  // of tables, as each confined role, by each door, before and after, by the tenant and by others
	Others     int              `json:"others"` // tenants whose rows were counted before and after the onboarding
	Load       LifecycleLoad    `json:"load"`   // what went on meanwhile
	Removal    *Removal         `json:"removal,omitempty"`
	Unknown    string           `json:"unknown,omitempty"` // why not all was done
	Served     []LifecycleServe `json:"served"`
}

// Onboarding is how the tenant was taken in.
type Onboarding struct {
	Seconds float64       `json:"seconds"` // all steps
	Rows    int64         `json:"rows"`    // that it had then
	Tables  int           `json:"tables"`  // in which it had them
	Steps   []RemovalStep `json:"steps"`
}

// LifecycleServe is a request of the new tenant's user that was served.
type LifecycleServe struct {
	What    string  `json:"what"`
	Seconds float64 `json:"seconds"` // from the beginning of the onboarding to the first answer with all rows and no others
}

// LifecycleLoad is how many rows the load was answered with, and judged, in each phase.
type LifecycleLoad struct {
	Onboarding int64 `json:"onboarding_rows"`
	Looking    int64 `json:"looking_rows"`
	Removal    int64 `json:"removal_rows"`
}
