package world

import (
	"strings"

	"github.com/engardehq/bulkhead/internal/tenant"
)

// Cell is a column of a table made ready: what its values have in common is looked up and worked out once, so that a value costs its own
// arithmetic and nothing else. It is read-only and safe for concurrent use.
type Cell struct {
	w      *World
	column *Column
	form   form
	table  int     // the table's number
	rows   []int32 // of the table, by tenant
	of     int     // number of the table whose rows a uuid names
	ofRows []int32 // of that table, by tenant
	begun  uint64  // the hash as far as it is the same for all rows
	pieces []piece // of a template
}

// form is how a type is encoded.
type form int

const (
	asBigint form = iota // int8, timestamp, timestamptz: Encodes lets nothing else in
	asUUID
	asText
	asJSONB
	asTextArray
	asFloat
	asBool
	asSmallint
	asInteger
	asDate
	asNumeric
)

var forms = map[string]form{
	"uuid": asUUID, "text": asText, "varchar": asText, "bpchar": asText, "name": asText, "json": asText, "enum": asText, "jsonb": asJSONB,
	"_text": asTextArray, "float8": asFloat, "bool": asBool, "int2": asSmallint, "int4": asInteger, "int8": asBigint, "numeric": asNumeric,
	"date": asDate, "timestamp": asBigint, "timestamptz": asBigint,
}

// Encodes says whether values of a type (pg_type.typname, or "enum" for any enumeration) can be made.
func Encodes(typ string) bool {
	_, ok := forms[typ]
	return ok
}

// piece is a part of a template: words, and what follows them.
type piece struct {
	words string
	then  placeholder
}

type placeholder int

const (
	nothing placeholder = iota
	token
	number
)

// Cell makes a column of a table ready. The column may be one that the plan doesn't have; the table and those that the column refers to must be the plan's.
func (w *World) Cell(t *Table, c *Column) Cell {
	at := w.byName[t.Name]
	cell := Cell{w: w, column: c, form: forms[c.Type], table: at + 1, rows: w.counts[at], of: at + 1, begun: w.begin(at+1, c.Name)}
	switch c.Kind {
	case Tenant:
		cell.of = tenant.TenantTable
	case Parent, Aligned:
		of := w.byName[c.Table]
		cell.of, cell.ofRows = of+1, w.counts[of]
	case Text:
		cell.pieces = cut(c.Template)
	}
	return cell
}

// Cells makes all columns of a table ready, in their order.
func (w *World) Cells(t *Table) []Cell {
	cells := make([]Cell, len(t.Columns))
	for i := range t.Columns {
		cells[i] = w.Cell(t, &t.Columns[i])
	}
	return cells
}

// cut takes a template apart at its placeholders. What else stands in braces is text.
func cut(template string) (pieces []piece) {
	for from := 0; ; {
		open := strings.IndexByte(template[from:], '{')
		if open < 0 {
			return append(pieces, piece{words: template})
		}
		open += from
		switch after := template[open:]; {
		case strings.HasPrefix(after, "{token}"):
			pieces = append(pieces, piece{template[:open], token})
			template, from = after[len("{token}"):], 0
		case strings.HasPrefix(after, "{n}"):
			pieces = append(pieces, piece{template[:open], number})
			template, from = after[len("{n}"):], 0
		default:
			from = open + 1
		}
	}
}

// begin hashes what is the same for all rows of a column: seed, column and table.
func (w *World) begin(table int, column string) uint64 {
	h := w.Seed ^ 0xcbf29ce484222325
	for i := range len(column) {
		h = (h ^ uint64(column[i])) * 0x100000001b3 // FNV-1a
	}
	return mix(h, uint64(table))
}

// hash goes on from begin with what tells one row from another.
func (c *Cell) hash(tenantNo int, row tenant.Row) uint64 {
	return mix(mix(c.begun, uint64(tenantNo)), uint64(row))
}

func mix(h, v uint64) uint64 {
	h = (h ^ v) * 0xbf58476d1ce4e5b9 // the finalizer of SplitMix64
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
