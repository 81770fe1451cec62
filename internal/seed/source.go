package seed

import (
	"encoding/binary"
	"io"
	"math"
	"sync/atomic"

	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

// source is the stream of one COPY in PostgreSQL's binary format, computed as it is read. It keeps one buffer and allocates
// nothing for a row.
type source struct {
	w      *world.World
	part   part
	cells  []world.Cell // of the table's columns
	tenant int
	row    int64
	ended  bool
	buf    []byte // encoded, from next on not yet read
	next   int
	rows   *atomic.Int64 // encoded by all sources
}

// copyHeader is the signature, no flags, no extension; see "Binary Format" of COPY in PostgreSQL's documentation.
const copyHeader = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"

const bufferSize = 1 << 16

func newSource(w *world.World, p part, rows *atomic.Int64) *source {
	s := &source{w: w, part: p, cells: w.Cells(p.table), tenant: p.from, rows: rows, buf: make([]byte, 0, bufferSize+bufferSize/4)}
	s.buf = append(s.buf, copyHeader...)
	return s
}

func (s *source) Read(into []byte) (int, error) {
	if s.next == len(s.buf) {
		if s.ended {
			return 0, io.EOF
		}
		s.buf, s.next = s.buf[:0], 0
	}
	if !s.ended && s.next == 0 {
		s.encode()
	}
	n := copy(into, s.buf[s.next:])
	s.next += n
	return n, nil
}

// encode fills the buffer with whole rows, and with the trailer after the last.
func (s *source) encode() {
	var done int64
	for len(s.buf) < bufferSize {
		for s.tenant < s.part.to && s.row >= s.w.Rows(s.part.table, s.tenant) {
			s.tenant, s.row = s.tenant+1, 0
		}
		if s.tenant >= s.part.to {
			s.buf = binary.BigEndian.AppendUint16(s.buf, math.MaxUint16) // -1 fields: the end
			s.ended = true
			break
		}
		s.buf = appendRow(s.buf, s.cells, s.tenant, tenant.Row(s.row))
		s.row++
		done++
	}
	s.rows.Add(done)
}

// appendRow appends the number of fields and each with its length, -1 for NULL.
func appendRow(dst []byte, cells []world.Cell, tenantNo int, row tenant.Row) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(cells)))
	for i := range cells {
		at := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		out, null := cells[i].Append(dst, tenantNo, row)
		length := uint32(len(out) - at - 4)
		if null {
			length = math.MaxUint32
		}
		binary.BigEndian.PutUint32(out[at:], length)
		dst = out
	}
	return dst
}
