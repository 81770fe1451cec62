package oracle

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

// Objects judges rows that came as JSON: a list of objects, or one object, each a row of the wanted table whose fields are named like its
// columns. Numbers must have been read as json.Number. A field that is no column, is among without, or whose type has no one form in JSON, is read for marks alone.
func (r *Reading) Objects(value any, without ...string) {
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			r.object(one, without)
		}
	default:
		r.object(v, without)
	}
}

func (r *Reading) object(value any, without []string) {
	fields, ok := value.(map[string]any)
	if !ok {
		r.Rows++
		r.fault(Damaged, tenant.Ref{}, "not an object where a row was wanted")
		return
	}
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	values := make([][]byte, len(names))
	for i, name := range names {
		typ := "uuid"
		if c, ok := r.want.Table.Column(name); ok {
			typ = c.Type
		} else if name != r.o.TenantColumn {
			typ = ""
		}
		var known bool
		if values[i], known = binaryOf(typ, r.scale(name), fields[name]); !known || slices.Contains(without, name) {
			values[i], names[i] = textOf(fields[name]), "~"+name // no column's name
		}
	}
	r.SetLayout(r.o.layoutOf(r.want.Table, names))
	r.Row(values)
}

func (r *Reading) scale(column string) int {
	if c, ok := r.want.Table.Column(column); ok {
		return c.Scale
	}
	return 0
}

// layoutOf is Layout, worked out once for a table and the names of its fields.
func (o *Oracle) layoutOf(t *world.Table, names []string) *Layout {
	key := t.Name + "\x00" + strings.Join(names, "\x00")
	if l, ok := o.layouts.Load(key); ok {
		return l.(*Layout)
	}
	l := o.Layout(t, names)
	o.layouts.Store(key, l)
	return l
}

// textOf is a value as text, for its marks to be read.
func textOf(v any) []byte {
	if s, ok := v.(string); ok {
		return []byte(s)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return text
}

var pgEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// binaryOf brings a JSON value into PostgreSQL's binary format. ok is false for types whose JSON isn't one thing (arrays, jsonb), and for
// text that doesn't read as the type; nil with ok is NULL.
func binaryOf(typ string, scale int, v any) (out []byte, ok bool) {
	if v == nil {
		return nil, typ != ""
	}
	text, isText := v.(string)
	if n, isNumber := v.(json.Number); isNumber {
		text = n.String()
	}
	switch typ {
	case "uuid":
		if id, ok := tenant.ParseUUID(text); ok {
			return id[:], true
		}
		return nil, false
	case "text", "varchar", "bpchar", "name", "enum":
		return []byte(text), isText
	case "bool":
		b, isBool := v.(bool)
		if b {
			return []byte{1}, true
		}
		return []byte{0}, isBool
	case "int2", "int4", "int8":
		n, err := strconv.ParseInt(text, 10, 64)
		size := map[string]int{"int2": 2, "int4": 4, "int8": 8}[typ]
		return binary.BigEndian.AppendUint64(nil, uint64(n))[8-size:], err == nil
	case "float8":
		f, err := strconv.ParseFloat(text, 64)
		return binary.BigEndian.AppendUint64(nil, math.Float64bits(f)), err == nil
	case "numeric":
		return numericOf(text, scale)
	case "date":
		day, err := time.Parse(time.DateOnly, text)
		return binary.BigEndian.AppendUint32(nil, uint32(day.Sub(pgEpoch)/(24*time.Hour))), err == nil
	case "timestamp", "timestamptz":
		at, ok := moment(text)
		return binary.BigEndian.AppendUint64(nil, uint64(at.Sub(pgEpoch).Microseconds())), ok
	}
	return nil, false
}

// moment reads RFC 3339, also with a space for its T, and both without a zone, which is UTC.
func moment(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// numericOf reads a decimal number with at most the column's digits after the point.
func numericOf(text string, scale int) ([]byte, bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	if len(fraction) > scale {
		return nil, false
	}
	n, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", scale-len(fraction)), 10, 64)
	if err != nil {
		return nil, false
	}
	return world.AppendNumeric(nil, n, scale), true
}
