// Package tenant makes and reads the marks that say whose data a byte belongs to: the ids of tenants and rows, and the canary
// tokens inside rows.
//
// Both are made from a seed alone, so that anybody who knows the seed can tell from one uuid, or from one token found anywhere in a
// stream of bytes, which tenant, table and row it belongs to. The package does no I/O and knows neither schemas nor rows' contents:
// package world builds rows from its marks, package oracle reads them back.
package tenant

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"
)

// Limits of what a mark can hold. They are wide enough for 2^20 tenants, 1,023 tables and, for each, 2^51 seeded and 2^51 written rows.
const (
	tenantBits = 20
	tableBits  = 10
	rowBits    = 52
	checkBits  = 40

	MaxTenants = 1 << tenantBits
	MaxTables  = 1 << tableBits
)

// TenantTable is the table number of marks that name a tenant itself rather than a row of it.
const TenantTable = 0

// Row is the number of a row among the rows of one tenant in one table. Seeded rows count from 0. Rows that a load writes have
// numbers of their own above all seeded ones (see Written), so that a later row always has the higher number.
type Row int64

const (
	writtenFlag = Row(1) << (rowBits - 1)
	epochShift  = 36
	// MaxEpoch is the largest epoch that Written takes.
	MaxEpoch = 1<<(rowBits-1-epochShift) - 1
)

// Written is the number of the seq-th row that the load of one run writes. The epoch tells apart the runs against one stack.
func Written(epoch int, seq int64) Row {
	return writtenFlag | Row(epoch)<<epochShift | Row(seq)
}

// IsWritten tells rows written by a load from seeded ones.
func (r Row) IsWritten() bool { return r&writtenFlag != 0 }

// Epoch is the epoch given to Written; 0 for a seeded row.
func (r Row) Epoch() int {
	if !r.IsWritten() {
		return 0
	}
	return int((r &^ writtenFlag) >> epochShift)
}

// Seq is the sequence number given to Written, or the number of a seeded row.
func (r Row) Seq() int64 { return int64(r &^ writtenFlag & (1<<epochShift - 1)) }

// Ref names one row, or with TenantTable and row 0 a tenant.
type Ref struct {
	Tenant int
	Table  int
	Row    Row
}

// UUID is the 16 bytes of a uuid in network order, as PostgreSQL's binary format has them.
type UUID [16]byte

// String is the 36-character text form in lower case.
func (u UUID) String() string {
	var b [36]byte
	hex.Encode(b[:8], u[:4])
	hex.Encode(b[9:13], u[4:6])
	hex.Encode(b[14:18], u[6:8])
	hex.Encode(b[19:23], u[8:10])
	hex.Encode(b[24:], u[10:])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b[:])
}

// ScanUUIDs calls found for each uuid in text form (36 characters, either case) in b, until it returns false.
func ScanUUIDs(b []byte, found func(UUID) bool) {
	const text = 36
	for i := 0; i+text <= len(b); i++ {
		if b[i+8] != '-' || b[i+13] != '-' || b[i+18] != '-' || b[i+23] != '-' {
			continue
		}
		u, ok := parseUUID(b[i : i+text])
		if !ok {
			continue
		}
		if !found(u) {
			return
		}
		i += text - 1
	}
}

// ParseUUID reads a uuid in text form, in either case.
func ParseUUID(text string) (u UUID, ok bool) {
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return UUID{}, false
	}
	return parseUUID([]byte(text))
}

// parseUUID reads 36 characters whose dashes were seen to.
func parseUUID(b []byte) (u UUID, ok bool) {
	at := 0
	for _, group := range [...][2]int{{0, 8}, {9, 13}, {14, 18}, {19, 23}, {24, 36}} {
		n, err := hex.Decode(u[at:], b[group[0]:group[1]])
		if err != nil {
			return UUID{}, false
		}
		at += n
	}
	return u, true
}

// Codec makes and reads marks of one seed. The zero Codec is not usable; it is safe for concurrent use.
type Codec struct{ id, token cipher }

// NewCodec returns the codec of a seed. Ids and tokens of another seed read as not ours.
func NewCodec(seed uint64) Codec {
	return Codec{id: newCipher(seed, "id"), token: newCipher(seed, "token")}
}

// TenantID is the uuid of a tenant.
func (c Codec) TenantID(tenant int) UUID { return c.ID(Ref{Tenant: tenant, Table: TenantTable}) }

// ID is the uuid of a row: a version 4 uuid (RFC 9562) to everybody else, so that indexes on it behave as with random ids.
func (c Codec) ID(r Ref) UUID { return c.id.seal(r) }

// Ref reads an id back. ok is false for a uuid that this codec did not make; by chance that fails once in 2^40.
func (c Codec) Ref(u UUID) (r Ref, ok bool) { return c.id.open(u) }

// A mark is the block below, enciphered with a keyed permutation of 122 bits and laid out as a version 4 uuid. The 40 check bits are zero in
// the clear, which makes them a MAC against accident (not against forgery: the key is the seed). An unbalanced Feistel network keeps
// the permutation exact on 60 + 62 bits, the free bits on each side of a uuid's variant field.
//
//	left  60 bits: check (40) | tenant (20)
//	right 62 bits: table (10) | row (52)
type cipher [rounds]uint64

const (
	rounds    = 6
	leftMask  = 1<<(checkBits+tenantBits) - 1
	rightMask = 1<<(tableBits+rowBits) - 1
)

func newCipher(seed uint64, purpose string) cipher {
	var c cipher
	state := seed
	for _, b := range []byte(purpose) {
		state = mix(state+uint64(b), 0x9e3779b97f4a7c15)
	}
	for i := range c {
		state = mix(state+uint64(i)+1, 0xbf58476d1ce4e5b9)
		c[i] = state
	}
	return c
}

func (c *cipher) seal(r Ref) UUID {
	left, right := uint64(r.Tenant)&(MaxTenants-1), uint64(r.Table)<<rowBits|uint64(r.Row)
	for i := 0; i < rounds; i += 2 {
		left ^= mix(right, c[i]) & leftMask
		right ^= mix(left, c[i+1]) & rightMask
	}
	return layOut(left, right)
}

func (c *cipher) open(u UUID) (Ref, bool) {
	left, right, ok := readOut(u)
	if !ok {
		return Ref{}, false
	}
	for i := rounds - 2; i >= 0; i -= 2 {
		right ^= mix(left, c[i+1]) & rightMask
		left ^= mix(right, c[i]) & leftMask
	}
	if left>>tenantBits != 0 {
		return Ref{}, false
	}
	return Ref{Tenant: int(left), Table: int(right >> rowBits), Row: Row(right & (1<<rowBits - 1))}, true
}

// mix folds the 128-bit product of two keyed words, as hash functions of the wyhash family do.
func mix(x, key uint64) uint64 {
	hi, lo := bits.Mul64(x^key, key^0xa0761d6478bd642f|1)
	lo ^= hi
	lo ^= lo >> 29
	hi, lo = bits.Mul64(lo, 0xe7037ed1a0b428db)
	return hi ^ lo
}

// layOut spreads 60 + 62 bits over a uuid around its version and variant.
func layOut(left, right uint64) (u UUID) {
	hi := left>>12<<16 | 4<<12 | left&0xfff
	lo := 2<<62 | right
	binary.BigEndian.PutUint64(u[:8], hi)
	binary.BigEndian.PutUint64(u[8:], lo)
	return u
}

func readOut(u UUID) (left, right uint64, ok bool) {
	hi, lo := binary.BigEndian.Uint64(u[:8]), binary.BigEndian.Uint64(u[8:])
	if hi>>12&0xf != 4 || lo>>62 != 2 {
		return 0, 0, false
	}
	return hi>>16<<12 | hi&0xfff, lo & rightMask, true
}
