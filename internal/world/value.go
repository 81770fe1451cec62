package world

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/engardehq/bulkhead/internal/tenant"
)

// AppendValue appends a column's value in PostgreSQL's binary format (the *_send functions of src/backend/utils/adt) and says whether
// it is NULL; then nothing is appended. The row may be a seeded or a written one: the value depends on nothing but plan and arguments.
func (w *World) AppendValue(dst []byte, t *Table, c *Column, tenantNo int, row tenant.Row) (out []byte, null bool) {
	if c.Kind == Null {
		return dst, true
	}
	be := binary.BigEndian
	switch c.Type {
	case "uuid":
		id := w.uuid(t, c, tenantNo, row)
		return append(dst, id[:]...), false
	case "text", "varchar", "bpchar", "name", "json", "enum":
		return w.appendText(dst, t, c, tenantNo, row), false
	case "jsonb":
		return w.appendText(append(dst, jsonbVersion), t, c, tenantNo, row), false
	case "_text":
		return w.appendTextArray(dst, t, c, tenantNo, row), false
	case "float8":
		part := float64(w.hash(t, c, tenantNo, row)>>11) / (1 << 53)
		return be.AppendUint64(dst, math.Float64bits(part)), false
	}
	n := w.Integer(t, c, tenantNo, row)
	switch c.Type {
	case "bool":
		return append(dst, byte(n)), false
	case "int2":
		return be.AppendUint16(dst, uint16(n)), false
	case "int4":
		return be.AppendUint32(dst, uint32(n)), false
	case "date":
		return be.AppendUint32(dst, uint32(n/microsPerDay)), false
	case "numeric":
		return appendNumeric(dst, n, c.Scale), false
	default: // int8, timestamp, timestamptz: Encodes lets nothing else in
		return be.AppendUint64(dst, uint64(n)), false
	}
}

const jsonbVersion = 1

// Encodes says whether values of a type (pg_type.typname, or "enum" for any enumeration) can be made.
func Encodes(typ string) bool {
	switch typ {
	case "uuid", "text", "varchar", "bpchar", "name", "json", "jsonb", "enum", "_text", "float8", "bool",
		"int2", "int4", "int8", "numeric", "date", "timestamp", "timestamptz":
		return true
	}
	return false
}

func (w *World) uuid(t *Table, c *Column, tenantNo int, row tenant.Row) tenant.UUID {
	switch c.Kind {
	case Tenant:
		return w.Codec.TenantID(tenantNo)
	case Parent:
		return w.Codec.ID(w.Ref(&w.Tables[w.byName[c.Table]], tenantNo, w.ParentRow(t, c, tenantNo, row)))
	case Aligned:
		return w.Codec.ID(w.Ref(&w.Tables[w.byName[c.Table]], tenantNo, row))
	default:
		return w.Codec.ID(w.Ref(t, tenantNo, row))
	}
}

// ParentRow is the row that a column of kind Parent refers to.
func (w *World) ParentRow(t *Table, c *Column, tenantNo int, row tenant.Row) tenant.Row {
	n := uint64(w.counts[w.byName[c.Table]][tenantNo])
	return tenant.Row(w.hash(t, c, tenantNo, row) % n)
}

// Integer is the value of a column that isn't text, uuid or float: a count, a numeric in units of its last digit, a truth value, or
// microseconds since 2000.
func (w *World) Integer(t *Table, c *Column, tenantNo int, row tenant.Row) int64 {
	switch c.Kind {
	case Serial:
		return row.Seq() + 1
	case Time:
		return w.timeOf(t, tenantNo, row)
	case True:
		return 1
	case False:
		return 0
	case Bool:
		return int64(w.hash(t, c, tenantNo, row) & 1)
	default:
		return c.Lo + int64(w.hash(t, c, tenantNo, row)%uint64(c.Hi-c.Lo+1))
	}
}

func (w *World) appendText(dst []byte, t *Table, c *Column, tenantNo int, row tenant.Row) []byte {
	switch c.Kind {
	case Choice:
		return append(dst, c.Choices[w.hash(t, c, tenantNo, row)%uint64(len(c.Choices))]...)
	case Text:
		return w.appendTemplate(dst, t, c, tenantNo, row)
	default: // a uuid kept as text
		return append(dst, w.uuid(t, c, tenantNo, row).String()...)
	}
}

func (w *World) appendTemplate(dst []byte, t *Table, c *Column, tenantNo int, row tenant.Row) []byte {
	for rest := c.Template; ; {
		before, after, found := strings.Cut(rest, "{")
		dst = append(dst, before...)
		if !found {
			return dst
		}
		switch {
		case strings.HasPrefix(after, "token}"):
			dst, rest = w.Codec.AppendToken(dst, w.Ref(t, tenantNo, row)), after[len("token}"):]
		case strings.HasPrefix(after, "n}"):
			dst, rest = strconv.AppendInt(dst, int64(row), 10), after[len("n}"):]
		default:
			dst, rest = append(dst, '{'), after
		}
	}
}

// appendTextArray writes a one-dimensional array of one element.
func (w *World) appendTextArray(dst []byte, t *Table, c *Column, tenantNo int, row tenant.Row) []byte {
	const textOID = 25
	for _, word := range [...]uint32{1, 0, textOID, 1, 1, 0} { // dimensions, has nulls, element type, length, lower bound, element's size
		dst = binary.BigEndian.AppendUint32(dst, word)
	}
	start := len(dst)
	dst = w.appendText(dst, t, c, tenantNo, row)
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

// timeOf is in microseconds since 2000, as PostgreSQL counts, and grows with the row number within a tenant and table.
func (w *World) timeOf(t *Table, tenantNo int, row tenant.Row) int64 {
	if row.IsWritten() {
		return writtenFrom + int64(row.Epoch())*microsPerDay + row.Seq()*1000
	}
	return seededFrom + (int64(row)+1)*(365*microsPerDay/(w.Rows(t, tenantNo)+1))
}

func (w *World) hash(t *Table, c *Column, tenantNo int, row tenant.Row) uint64 {
	h := w.Seed ^ 0xcbf29ce484222325
	for i := range len(c.Name) {
		h = (h ^ uint64(c.Name[i])) * 0x100000001b3 // FNV-1a
	}
	for _, v := range [...]uint64{uint64(w.Number(t)), uint64(tenantNo), uint64(row)} {
		h = (h ^ v) * 0xbf58476d1ce4e5b9 // the finalizer of SplitMix64
		h = (h ^ h>>27) * 0x94d049bb133111eb
		h ^= h >> 31
	}
	return h
}

// maxUnscaled keeps a numeric aligned to base-10000 digits within 64 bits.
const maxUnscaled = 9_000_000_000_000_000

// appendNumeric writes unscaled / 10^scale as numeric_send does: base-10000 digits aligned at the point, none of them zero at either end.
func appendNumeric(dst []byte, unscaled int64, scale int) []byte {
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
