package record

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/engardehq/bulkhead/internal/stats"
)

// secondOf is one window: for each operation a cell of response and one of
// service times.
type secondOf struct {
	response, service []cell
}

// cell is one operation in one window of one shard. Its times are kept as they
// came while the window is young, and packed afterwards: sorted, as varints of twice the step from the value before, plus 1 where the next
// varint says how often the value came instead of once.
type cell struct {
	open   []uint32
	packed []byte
	count  int64
	over   int64
	errors int64
	max    time.Duration
}

// add takes a time in microseconds.
func (c *cell) add(micros uint32, exact time.Duration, spare *[][]uint32) {
	if c.open == nil {
		if last := len(*spare) - 1; last >= 0 {
			c.open = (*spare)[last]
			*spare = (*spare)[:last]
		} else {
			c.open = make([]uint32, 0, openAtFirst)
		}
	}
	c.open = append(c.open, bucketTop(micros))
	c.count++
	c.max = max(c.max, exact)
	if c.packed != nil && len(c.open) >= lateMax {
		c.pack(spare)
	}
}

// openAtFirst spares the first windows some growing.
const openAtFirst = 64

// lateMax is how many answers may come to a packed window before it is packed
// again.
const lateMax = 256

// spareMax bounds the buffers kept for reuse.
const spareMax = 64

// pack turns what has come into its compact form.
func (c *cell) pack(spare *[][]uint32) {
	if len(c.open) == 0 {
		return
	}
	counts := c.counts()
	packed := make([]byte, 0, 3*len(counts))
	before := uint64(0)
	for _, n := range counts {
		value := uint64(n.Value / time.Microsecond)
		if step := (value - before) << 1; n.N == 1 {
			packed = binary.AppendUvarint(packed, step)
		} else {
			packed = binary.AppendUvarint(packed, step|1)
			packed = binary.AppendUvarint(packed, uint64(n.N))
		}
		before = value
	}
	c.packed = slices.Clip(packed)
	if len(*spare) < spareMax {
		*spare = append(*spare, c.open[:0])
	}
	c.open = nil
}

// counts gives all times of the cell, ascending.
func (c *cell) counts() []stats.Count {
	var list []stats.Count
	var value uint64
	for rest := c.packed; len(rest) > 0; {
		step, used := binary.Uvarint(rest)
		rest = rest[used:]
		n := uint64(1)
		if step&1 == 1 {
			n, used = binary.Uvarint(rest)
			rest = rest[used:]
		}
		value += step >> 1
		list = append(list, stats.Count{Value: time.Duration(value) * time.Microsecond, N: int64(n)})
	}
	if len(c.open) == 0 {
		return list
	}
	for _, v := range c.open {
		list = append(list, stats.Count{Value: time.Duration(v) * time.Microsecond, N: 1})
	}
	return stats.Merge(list)
}
