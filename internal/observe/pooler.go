package observe

import (
	"context"
	"maps"
	"slices"

	"github.com/engardehq/bulkhead/internal/result"
)

// pooler samples PgBouncer.
type pooler struct {
	line     line
	database string
	size     int64 // of each pool, its reserve included
	samples  int
	roles    map[string]*poolRole
	used     meanOf // of the fullest pool
	waiting  int64
	longest  int64 // microseconds

	first, last *poolerCounters
}

type poolRole struct {
	clients, waiting, servers, idle meanOf
}

type poolerCounters struct{ transactions, waitMicros int64 }

func newPooler(dsn, database string) *pooler {
	return &pooler{line: line{dsn: dsn, console: true}, database: database, roles: map[string]*poolRole{}}
}

func (p *pooler) begin(ctx context.Context) error {
	rows, err := p.line.show(ctx, "SHOW DATABASES")
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r["name"] != p.database {
			continue
		}
		n, err := r.numbers("pool_size", "reserve_pool")
		if err != nil {
			return err
		}
		p.size = n[0] + n[1]
	}
	p.first, err = p.counters(ctx)
	return err
}

func (p *pooler) end(ctx context.Context) (err error) {
	p.last, err = p.counters(ctx)
	return err
}

func (p *pooler) counters(ctx context.Context) (*poolerCounters, error) {
	rows, err := p.line.show(ctx, "SHOW STATS")
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if r["database"] == p.database {
			n, err := r.numbers("total_xact_count", "total_wait_time")
			if err != nil {
				return nil, err
			}
			return &poolerCounters{n[0], n[1]}, nil
		}
	}
	return &poolerCounters{}, nil // no transaction yet
}

func (p *pooler) sample(ctx context.Context) error {
	rows, err := p.line.show(ctx, "SHOW POOLS")
	if err != nil {
		return err
	}
	fullest, queue := 0.0, int64(0)
	for _, r := range rows {
		if r["database"] != p.database {
			continue
		}
		n, err := r.numbers("cl_active", "cl_waiting", "sv_active", "sv_idle", "sv_used", "maxwait", "maxwait_us")
		if err != nil {
			return err
		}
		role := p.roles[r["user"]]
		if role == nil {
			role = &poolRole{}
			p.roles[r["user"]] = role
		}
		role.clients.add(float64(n[0]))
		role.waiting.add(float64(n[1]))
		role.servers.add(float64(n[2]))
		role.idle.add(float64(n[3] + n[4]))
		queue += n[1]
		p.longest = max(p.longest, n[5]*1_000_000+n[6])
		if p.size > 0 {
			fullest = max(fullest, float64(n[2])/float64(p.size))
		}
	}
	p.samples++
	p.used.add(fullest)
	p.waiting = max(p.waiting, queue)
	return nil
}

// use is nil where no sample came through.
func (p *pooler) use() *result.PoolerUse {
	if p.samples == 0 || p.size == 0 {
		return nil
	}
	out := &result.PoolerUse{Samples: p.samples, ServersUsePeak: p.used.peak, ServersUseMean: p.used.mean(), ClientsWaitingPeak: p.waiting,
		LongestWaitMillis: float64(p.longest) / 1000}
	if p.first != nil && p.last != nil {
		out.Transactions = p.last.transactions - p.first.transactions
		if out.Transactions > 0 {
			out.WaitMeanMillis = float64(p.last.waitMicros-p.first.waitMicros) / 1000 / float64(out.Transactions)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.roles)) {
		r := p.roles[name]
		out.Pools = append(out.Pools, result.PoolRole{Role: name, Size: p.size, ClientsActivePeak: int64(r.clients.peak), ClientsActiveMean: r.clients.mean(),
			ClientsWaitingPeak: int64(r.waiting.peak), ServersActivePeak: int64(r.servers.peak), ServersActiveMean: r.servers.mean(), ServersIdleMean: r.idle.mean()})
	}
	return out
}
