package world

import (
	"encoding/binary"
	"math"
	"strconv"
	"time"

	"github.com/engardehq/bulkhead/internal/tenant"
)

// AppendValue appends a column's value as Cell.Append does. A Cell is cheaper for many rows.
func (w *World) AppendValue(dst []byte, t *Table, c *Column, tenantNo int, row tenant.Row) (out []byte, null bool) {
	cell := w.Cell(t, c)
	return cell.Append(dst, tenantNo, row)
}

// Append appends the column's value in PostgreSQL's binary format (the *_send functions of src/backend/utils/adt) and says whether
// it is NULL; then nothing is appended. The row may be a seeded or a written one: the value depends on nothing but plan and arguments.
func (c *Cell) Append(dst []byte, tenantNo int, row tenant.Row) (out []byte, null bool) {
	if c.column.Kind == Null {
		return dst, true
	}
	be := binary.BigEndian
	switch c.form {
	case asUUID:
		id := c.w.Codec.ID(c.Ref(tenantNo, row))
		return append(dst, id[:]...), false
	case asText:
		return c.appendText(dst, tenantNo, row), false
	case asJSONB:
		return c.appendText(append(dst, jsonbVersion), tenantNo, row), false
	case asTextArray:
		return c.appendTextArray(dst, tenantNo, row), false
	case asFloat:
		part := float64(c.hash(tenantNo, row)>>11) / (1 << 53)
		return be.AppendUint64(dst, math.Float64bits(part)), false
	}
	n := c.Integer(tenantNo, row)
	switch c.form {
	case asBool:
		return append(dst, byte(n)), false
	case asSmallint:
		return be.AppendUint16(dst, uint16(n)), false
	case asInteger:
		return be.AppendUint32(dst, uint32(n)), false
	case asDate:
		return be.AppendUint32(dst, uint32(n/microsPerDay)), false
	case asNumeric:
		return AppendNumeric(dst, n, c.column.Scale), false
	default: // asBigint
		return be.AppendUint64(dst, uint64(n)), false
	}
}

const jsonbVersion = 1

// Ref is what the column names, where it is one of uuids: a row of its table or of another, or the tenant.
func (c *Cell) Ref(tenantNo int, row tenant.Row) tenant.Ref {
	switch c.column.Kind {
	case Tenant:
		row = 0
	case Parent:
		row = c.ParentRow(tenantNo, row)
	}
	return tenant.Ref{Tenant: tenantNo, Table: c.of, Row: row}
}

// ParentRow is the row that a column of kind Parent refers to.
func (c *Cell) ParentRow(tenantNo int, row tenant.Row) tenant.Row {
	return tenant.Row(c.hash(tenantNo, row) % uint64(c.ofRows[tenantNo]))
}

// Integer is the value of a column that isn't text, uuid or float: a count, a numeric in units of its last digit, a truth value, or
// microseconds since 2000.
func (c *Cell) Integer(tenantNo int, row tenant.Row) int64 {
	switch c.column.Kind {
	case Serial:
		return row.Seq() + 1
	case Time:
		return c.time(tenantNo, row)
	case True:
		return 1
	case False:
		return 0
	case Bool:
		return int64(c.hash(tenantNo, row) & 1)
	default:
		return c.column.Lo + int64(c.hash(tenantNo, row)%uint64(c.column.Hi-c.column.Lo+1))
	}
}

func (c *Cell) appendText(dst []byte, tenantNo int, row tenant.Row) []byte {
	switch c.column.Kind {
	case Choice:
		return append(dst, c.column.Choices[c.hash(tenantNo, row)%uint64(len(c.column.Choices))]...)
	case Text:
		return c.appendTemplate(dst, tenantNo, row)
	default: // a uuid kept as text
		return append(dst, c.w.Codec.ID(c.Ref(tenantNo, row)).String()...)
	}
}

func (c *Cell) appendTemplate(dst []byte, tenantNo int, row tenant.Row) []byte {
	for _, p := range c.pieces {
		dst = append(dst, p.words...)
		switch p.then {
		case token:
			dst = c.w.Codec.AppendToken(dst, tenant.Ref{Tenant: tenantNo, Table: c.table, Row: row})
		case number:
			dst = strconv.AppendInt(dst, int64(row), 10)
		}
	}
	return dst
}

// appendTextArray writes a one-dimensional array of one element.
func (c *Cell) appendTextArray(dst []byte, tenantNo int, row tenant.Row) []byte {
	const textOID = 25
	for _, word := range [...]uint32{1, 0, textOID, 1, 1, 0} { // dimensions, has nulls, element type, length, lower bound, element's size
		dst = binary.BigEndian.AppendUint32(dst, word)
	}
	start := len(dst)
	dst = c.appendText(dst, tenantNo, row)
	binary.BigEndian.PutUint32(dst[start-4:], uint32(len(dst)-start))
	return dst
}

// Seeded rows are spread over one year, later rows later; written ones follow, a day an epoch and a millisecond a row.
var (
	pgEpoch     = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	seededFrom  = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Sub(pgEpoch).Microseconds()
	writtenFrom = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC).Sub(pgEpoch).Microseconds()
)

const microsPerDay = 24 * 60 * 60 * 1_000_000

// time is in microseconds since 2000, as PostgreSQL counts, and grows with the row number within a tenant and table.
func (c *Cell) time(tenantNo int, row tenant.Row) int64 {
	if row.IsWritten() {
		return writtenFrom + int64(row.Epoch())*microsPerDay + row.Seq()*1000
	}
	return seededFrom + (int64(row)+1)*(365*microsPerDay/(int64(c.rows[tenantNo])+1))
}

// maxUnscaled keeps a numeric aligned to base-10000 digits within 64 bits.
const maxUnscaled = 9_000_000_000_000_000

// AppendNumeric writes unscaled / 10^scale as numeric_send does: base-10000 digits aligned at the point, none of them zero at either end.
func AppendNumeric(dst []byte, unscaled int64, scale int) []byte {
	var sign uint16
	if unscaled < 0 {
		sign, unscaled = 0x4000, -unscaled
	}
	fraction := (scale + 3) / 4
	rest := uint64(unscaled)
	for i := scale; i < fraction*4; i++ {
		rest *= 10
	}
	var low [8]uint16 // lowest digit first
	n := 0
	for ; rest > 0; rest /= 10000 {
		low[n] = uint16(rest % 10000)
		n++
	}
	first := 0
	for first < n && low[first] == 0 {
		first++
	}
	weight := 0
	if n > 0 {
		weight = n - 1 - fraction
	}
	for _, word := range [...]uint16{uint16(n - first), uint16(weight), sign, uint16(scale)} {
		dst = binary.BigEndian.AppendUint16(dst, word)
	}
	for i := n - 1; i >= first; i-- {
		dst = binary.BigEndian.AppendUint16(dst, low[i])
	}
	return dst
}
