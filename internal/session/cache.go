package session

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"

	"github.com/engardehq/bulkhead/internal/oracle"
	"github.com/engardehq/bulkhead/internal/tenant"
)

// Cached is where a request's answer is kept.
type Cached struct {
	Key string
	TTL time.Duration
}

// CacheUse is what became of the cache in a request.
type CacheUse int

// The uses of the cache. A cache that doesn't answer is no error: the application falls back to the database, and it counts as a miss.
const (
	NotCached CacheUse = iota
	CacheHit
	CacheMiss
	CacheDown
)

// lookUp answers from the cache where it can. What comes back was put there by whoever used the same key: it is judged like any row.
func (s *Session) lookUp(ctx context.Context, req *Request, reply *Reply) (hit bool) {
	sent := time.Now()
	text, err := s.door.cache.Get(ctx, req.Cached.Key).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		reply.Cache = CacheMiss
		return false
	case err != nil:
		reply.Cache = CacheDown
		return false
	}
	reply.Done = time.Now()
	reply.Service, reply.Cache = reply.Done.Sub(sent), CacheHit
	if len(s.readings) == 0 {
		s.readings = append(s.readings, oracle.Reading{})
	}
	r := &s.readings[0]
	r.Begin(s.door.oracle, oracle.Want{Table: req.Statements[0].Want.Table, Tenant: req.Tenant, Shape: oracle.Text})
	r.Text(text)
	r.End()
	reply.Rows, reply.Counts = r.Rows, r.Counts
	for _, f := range r.Faults {
		s.faults = append(s.faults, Fault{Fault: f, File: "cache key " + req.Cached.Key})
	}
	reply.Faults = s.faults
	return true
}

// store keeps the rows for others. A cache that refuses them leaves the answer as it is.
func (s *Session) store(ctx context.Context, req *Request, reply *Reply) {
	began := time.Now()
	text, err := json.Marshal(s.body.rows)
	if err == nil {
		err = s.door.cache.Set(ctx, req.Cached.Key, text, req.Cached.TTL).Err()
	}
	if err != nil {
		reply.Cache = CacheDown
	}
	reply.Done = time.Now()
	reply.Service += reply.Done.Sub(began)
}

// body gathers rows for the cache, as an application would: JSON objects of the columns that are ids or text.
type body struct{ rows []map[string]string }

func (b *body) add(fields []pgconn.FieldDescription, values [][]byte) {
	row := map[string]string{}
	for i, f := range fields {
		switch {
		case values[i] == nil:
		case f.DataTypeOID == uuidOID[0]:
			row[f.Name] = tenant.UUID(values[i]).String()
		case f.DataTypeOID == textOID || f.DataTypeOID == varcharOID:
			row[f.Name] = string(values[i])
		}
	}
	b.rows = append(b.rows, row)
}

const (
	textOID    = 25
	varcharOID = 1043
)
