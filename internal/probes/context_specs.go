package probes

import (
	"context"

	"github.com/engardehq/bulkhead/internal/probes/book"
)

// contextSpecs are the probes of contexts, pools and the cache.
func contextSpecs() []Spec {
	return []Spec{
		{Name: "no-tenant", Doc: "reads every table of tenants with no tenant set, fresh and reused, and with values that name none",
			Channels: []string{"C01"}, Glance: true, Run: booked(noTenant)},
		{Name: "scope", Doc: "sets and loses a tenant in each way that transactions and savepoints offer; looks what the next client of the connection finds",
			Channels: []string{"C02", "C03"}, Run: booked(scope)},
		{Name: "borrowed", Doc: "looks at connections as the pooler lends them, and at what one client can leave there for the next",
			Channels: []string{"C04"}, Needs: []string{"pooler"}, Glance: true, Run: booked(borrowed)},
		{Name: "accidents", Doc: "ends transactions by errors, cancels, timeouts, cut sockets and killed servers, and is the next to use the connection",
			Channels: []string{"C05"}, Run: booked(accidents)},
		{Name: "plans", Doc: "runs one statement for two tenants and each role on one connection, prepared and not, past the sixth execution",
			Channels: []string{"C06"}, Run: booked(plans)},
		{Name: "options", Doc: "connects through the pooler with settings of its own",
			Channels: []string{"C07"}, Needs: []string{"pooler"}, Run: booked(options)},
		{Name: "crowd", Doc: "lets many clients of several tenants read at once, over one pool of connections in one process",
			Channels: []string{"C08"}, Run: booked(crowd)},
		{Name: "notifications", Doc: "reads which functions send what is in tenants' rows to all who listen",
			Channels: []string{"W07"}, Glance: true, Run: booked(notifications)},
		{Name: "cache-keys", Doc: "holds the cache's keys against what is under them, and their time to live",
			Channels: []string{"R01", "R03"}, Needs: []string{"redis"}, Glance: true, Run: booked(cacheKeys)},
		{Name: "cache-rights", Doc: "asks the cache, as nobody and as the application's user, for what no application needs",
			Channels: []string{"R02"}, Needs: []string{"redis"}, Glance: true, Run: booked(cacheRights)},
	}
}

// booked runs a probe that needs no more of an attack than what to attack and where to write down what it saw.
func booked(f func(context.Context, *Config, book.Book) error) func(context.Context, *Attack) error {
	return func(ctx context.Context, a *Attack) error { return f(ctx, &a.Config, a.book) }
}
