package ops

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

// param is where a statement's parameter comes from. In a file it is one of
//
//	tenant               the tenant's uuid
//	row SCHEMA.TABLE     the id of one of the tenant's seeded rows
//	new SCHEMA.TABLE.COL a column of the row that this operation writes
//	request              a fresh uuid
//	operation            the operation's name
//	text WORDS           these words
//	int, bool, numeric, float, date, timestamptz or uuid, and a value of that type as PostgreSQL writes it
type param struct {
	kind   string
	table  string
	column string
	text   string
	value  []byte // of a typed value, in binary format
	oid    uint32
}

// typed are the parameters that are a value of a type.
var typed = map[string]uint32{
	"int": pgtype.Int8OID, "bool": pgtype.BoolOID, "numeric": pgtype.NumericOID, "float": pgtype.Float8OID, "date": pgtype.DateOID,
	"timestamptz": pgtype.TimestamptzOID, "uuid": pgtype.UUIDOID,
}

// parseTyped turns a value as PostgreSQL writes it into its binary format.
func parseTyped(kind, text string) (param, error) {
	p := param{kind: kind, oid: typed[kind]}
	types := pgtype.NewMap()
	t, _ := types.TypeForOID(p.oid)
	v, err := t.Codec.DecodeValue(types, p.oid, pgtype.TextFormatCode, []byte(text))
	if err == nil {
		p.value, err = types.Encode(p.oid, pgtype.BinaryFormatCode, v, nil)
	}
	if err != nil {
		return p, fmt.Errorf("%q is no %s: %w", text, kind, err)
	}
	return p, nil
}

func parseParam(s string) (param, error) {
	kind, rest, _ := strings.Cut(s, " ")
	if _, ok := typed[kind]; ok {
		return parseTyped(kind, rest)
	}
	p := param{kind: kind}
	switch kind {
	case "tenant", "request", "operation":
		if rest != "" {
			return p, fmt.Errorf("%q: %s takes nothing after it", s, kind)
		}
	case "row":
		p.table = rest
		if strings.Count(rest, ".") != 1 {
			return p, fmt.Errorf("%q: want row SCHEMA.TABLE", s)
		}
	case "new":
		i := strings.LastIndexByte(rest, '.')
		if strings.Count(rest, ".") != 2 {
			return p, fmt.Errorf("%q: want new SCHEMA.TABLE.COLUMN", s)
		}
		p.table, p.column = rest[:i], rest[i+1:]
	case "text":
		p.text = rest
	default:
		return p, fmt.Errorf("%q: unknown parameter; want tenant, row, new, request, operation, text, or a type (%s) and a value", s,
			strings.Join(slices.Sorted(maps.Keys(typed)), ", "))
	}
	return p, nil
}

var oids = map[string]uint32{
	"uuid": pgtype.UUIDOID, "text": pgtype.TextOID, "varchar": pgtype.VarcharOID, "bpchar": pgtype.BPCharOID, "json": pgtype.JSONOID,
	"jsonb": pgtype.JSONBOID, "_text": pgtype.TextArrayOID, "int2": pgtype.Int2OID, "int4": pgtype.Int4OID, "int8": pgtype.Int8OID,
	"numeric": pgtype.NumericOID, "float8": pgtype.Float8OID, "bool": pgtype.BoolOID, "date": pgtype.DateOID,
	"timestamp": pgtype.TimestampOID, "timestamptz": pgtype.TimestamptzOID,
}

// arg is a param tied to a world: it appends its value in binary format.
type arg struct {
	param
	table  *world.Table
	number int        // of the table
	cell   world.Cell // of the column
	oid    uint32
}

func (p param) bind(w *world.World) (arg, error) {
	a := arg{param: p, oid: pgtype.UUIDOID}
	switch {
	case p.kind == "text" || p.kind == "operation":
		a.oid = pgtype.TextOID
	case p.oid != 0:
		a.oid = p.oid
	}
	if p.table == "" {
		return a, nil
	}
	var ok bool
	if a.table, ok = w.Table(p.table); !ok {
		return a, fmt.Errorf("table %s was not seeded", p.table)
	}
	a.number = w.Number(a.table)
	if p.column == "" {
		return a, nil
	}
	c, ok := a.table.Column(p.column)
	if !ok {
		return a, fmt.Errorf("table %s has no column %s", p.table, p.column)
	}
	a.cell = w.Cell(a.table, c)
	a.oid = oids[c.Type] // 0 lets the server infer an enumeration
	return a, nil
}

// pick is what one execution chose: whose ids the arguments name, and which rows.
type pick struct {
	whose int
	row   tenant.Row
	fresh tenant.Ref
	op    string
	epoch int
	rng   *rand.Rand
}

// appendTo appends the argument's value. A NULL argument has no use in an operation.
func (a *arg) appendTo(dst []byte, w *world.World, p *pick) []byte {
	switch a.kind {
	case "tenant":
		id := w.Codec.TenantID(p.whose)
		return append(dst, id[:]...)
	case "row":
		id := w.Codec.ID(tenant.Ref{Tenant: p.whose, Table: a.number, Row: p.row})
		return append(dst, id[:]...)
	case "new":
		dst, _ = a.cell.Append(dst, p.fresh.Tenant, p.fresh.Row)
		return dst
	case "request":
		id := randomUUID(p.rng, p.epoch)
		return append(dst, id[:]...)
	case "operation":
		return append(dst, p.op...)
	case "text":
		return append(dst, a.text...)
	default:
		return append(dst, a.value...)
	}
}

// randomUUID is a version 4 uuid that no codec reads as a mark. The epoch keeps apart the runs of one plan against one stack.
func randomUUID(rng *rand.Rand, epoch int) (u tenant.UUID) {
	binary.BigEndian.PutUint64(u[:8], rng.Uint64()^uint64(epoch)<<48)
	binary.BigEndian.PutUint64(u[8:], rng.Uint64())
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return u
}
