// Package record keeps what a load measured: for each operation the
// distribution of response and service time, the exact count over the target,
// errors by class, windows of one second by due time, and response times by
// class of tenants; for each tenant its count, sum and maximum.
//
// Samples go to a few shards, so that workers rarely wait for each other, and
// memory grows by a few kB for each second of load, not with each sample. It
// never loses a sample: what is out of range is clamped and counted. It never
// decides anything; the verdict does. The run's workers call Record, its live
// line Snapshot, and its end Finish.
package record

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Op is an operation to record and the target of its response time.
type Op struct {
	Name   string
	Target time.Duration
}

// Config says what a Recorder is for.
type Config struct {
	Ops []Op
	// Tenants is their number; samples carry 0 to Tenants-1.
	Tenants int
	// Classes gives each tenant's class, from 0; nil puts all into one.
	Classes []int
	// Shards is how many workers can record at once; 0 means 4.
	Shards int
}

// Sample is one execution.
type Sample struct {
	// Op is its place in Config.Ops.
	Op int
	// Due is when it was due, from the end of warm-up; negative samples are of
	// the warm-up and only counted.
	Due time.Duration
	// Response runs from when it was due, Service from when it was sent.
	Response, Service time.Duration
	// PoolWait is the wait for a connection, Lag the generator's own lateness.
	PoolWait, Lag time.Duration
	// ErrClass names the kind of failure, empty for success. It is one of a few
	// fixed words, never the text of an error.
	ErrClass string
	Tenant   int
}

const (
	window = time.Second
	// closeAfter is when a window is packed: later than almost any answer comes.
	closeAfter = 90
	// windowsMax bounds what a wrong due time can make of memory: 31 days.
	windowsMax = 31 * 24 * 60 * 60
	// classesMax bounds the classes of errors of an operation; further ones
	// count as classOther.
	classesMax = 64
	classOther = "other"
)

// Recorder takes samples from many goroutines.
type Recorder struct {
	ops    []Op
	class  []int // by tenant
	shards []*shard
	warmUp atomic.Int64
}

// New makes a Recorder, with all that it needs for its totals allocated.
func New(c Config) (*Recorder, error) {
	if len(c.Ops) == 0 || c.Tenants < 1 || c.Shards < 0 {
		return nil, fmt.Errorf("a recorder needs at least one operation (%d) and one tenant (%d), and no negative number of shards (%d)", len(c.Ops), c.Tenants, c.Shards)
	}
	if c.Shards == 0 {
		c.Shards = 4
	}
	if c.Classes == nil {
		c.Classes = make([]int, c.Tenants)
	}
	if len(c.Classes) != c.Tenants || slices.Min(c.Classes) < 0 {
		return nil, fmt.Errorf("a recorder needs a class of 0 or more for each of its %d tenants, got %d classes", c.Tenants, len(c.Classes))
	}
	r := &Recorder{ops: slices.Clone(c.Ops), class: slices.Clone(c.Classes)}
	for range c.Shards {
		r.shards = append(r.shards, newShard(len(c.Ops), c.Tenants, slices.Max(c.Classes)+1))
	}
	return r, nil
}

// Record takes a sample. worker picks the shard: the number of the calling
// worker, from 0. It panics on an operation that the Recorder was not made
// for, which is a mistake of the program.
func (r *Recorder) Record(worker int, s Sample) {
	if s.Due < 0 {
		r.warmUp.Add(1)
		return
	}
	sh := r.shards[worker%len(r.shards)]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.record(s, r.ops[s.Op].Target)
	if s.ErrClass == "" && s.Tenant >= 0 && s.Tenant < len(r.class) {
		sh.classes[s.Op][r.class[s.Tenant]].record(s.Response, s.Response > r.ops[s.Op].Target)
	}
}

// shard is what a share of the workers recorded.
type shard struct {
	mu       sync.Mutex
	ops      []opTotals
	poolWait timing
	lag      timing
	tenants  []Tenant
	// classes are the responses of each operation by class of tenants.
	classes [][]classTotals
	// strays are samples of no known tenant.
	strays int64
	// windows has nothing where no sample was due.
	windows []*secondOf
	// packed is the number of windows from the first that are packed.
	packed int
	// spare are buffers of packed windows, for the next ones.
	spare [][]uint32
	// misplaced are samples whose due time was beyond windowsMax.
	misplaced int64
}

// opTotals are of one operation over the whole run.
type opTotals struct {
	response, service timing
	over, failedOver  int64
	errors            map[string]int64
}

// Tenant is what one tenant's executions came to, over all operations.
type Tenant struct {
	Count, Errors, Over int64
	Sum, Max            time.Duration
}

// classTotals are of one operation and one class of tenants.
type classTotals struct {
	response timing
	over     int64
}

func (c *classTotals) record(response time.Duration, over bool) {
	c.response.record(response)
	if over {
		c.over++
	}
}

func newShard(ops, tenants, classes int) *shard {
	s := &shard{ops: make([]opTotals, ops), tenants: make([]Tenant, tenants), poolWait: newTiming(), lag: newTiming()}
	for i := range s.ops {
		s.ops[i] = opTotals{response: newTiming(), service: newTiming(), errors: map[string]int64{}}
		s.classes = append(s.classes, make([]classTotals, classes))
		for c := range classes {
			s.classes[i][c].response = newCoarseTiming()
		}
	}
	return s
}

func (sh *shard) record(s Sample, target time.Duration) {
	// Exactly, from the duration as measured: the histogram's buckets are a
	// part in a thousand wide.
	over := s.Response > target
	failed := s.ErrClass != ""
	op := &sh.ops[s.Op]
	second := sh.second(s.Due)
	c := &second.response[s.Op]
	sh.poolWait.record(s.PoolWait)
	sh.lag.record(s.Lag)
	sh.tenant(s, over, failed)
	if failed {
		// A refused connection answers fast and a timeout slowly; neither says
		// how long the operation takes.
		op.fail(s.ErrClass)
		c.errors++
		if over {
			op.failedOver++
		}
		return
	}
	op.response.record(s.Response)
	op.service.record(s.Service)
	c.add(micros(s.Response), s.Response, &sh.spare)
	second.service[s.Op].add(micros(s.Service), s.Service, &sh.spare)
	if over {
		op.over++
		c.over++
	}
}

func (sh *shard) tenant(s Sample, over, failed bool) {
	if s.Tenant < 0 || s.Tenant >= len(sh.tenants) {
		sh.strays++
		return
	}
	t := &sh.tenants[s.Tenant]
	if failed {
		t.Errors++
		return
	}
	t.Count++
	t.Sum += max(0, s.Response)
	t.Max = max(t.Max, s.Response)
	if over {
		t.Over++
	}
}

func (o *opTotals) fail(class string) {
	if _, known := o.errors[class]; !known && len(o.errors) >= classesMax {
		class = classOther
	}
	o.errors[class]++
}

// second finds the window of a due time, making windows up to it and packing
// those long past.
func (sh *shard) second(due time.Duration) *secondOf {
	at := int(min(due/window, windowsMax))
	if at == windowsMax {
		sh.misplaced++
		at = max(0, len(sh.windows)-1)
	}
	for len(sh.windows) <= at {
		sh.windows = append(sh.windows, nil)
	}
	if sh.windows[at] == nil {
		sh.windows[at] = &secondOf{response: make([]cell, len(sh.ops)), service: make([]cell, len(sh.ops))}
	}
	for ; sh.packed < len(sh.windows)-closeAfter; sh.packed++ {
		if past := sh.windows[sh.packed]; past != nil {
			for i := range past.response {
				past.response[i].pack(&sh.spare)
				past.service[i].pack(&sh.spare)
			}
		}
	}
	return sh.windows[at]
}
