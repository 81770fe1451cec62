package checks

import "context"

func policiesByTrial(ctx context.Context, a *audit) error { return nil }
