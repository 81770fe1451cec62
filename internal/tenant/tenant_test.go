package tenant

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

func refs(n int) []Ref {
	rng := rand.New(rand.NewPCG(1, 2))
	out := []Ref{
		{}, {Tenant: MaxTenants - 1, Table: MaxTables - 1, Row: Written(MaxEpoch, 1<<36-1)},
		{Tenant: 1, Table: TenantTable}, {Tenant: 7, Table: 3, Row: Written(0, 0)},
	}
	for range n {
		out = append(out, Ref{Tenant: rng.IntN(MaxTenants), Table: rng.IntN(MaxTables), Row: Row(rng.Int64N(1 << rowBits))})
	}
	return out
}

func TestIDRoundTrip(t *testing.T) {
	c, other := NewCodec(1), NewCodec(2)
	seen := map[UUID]Ref{}
	for _, want := range refs(5000) {
		id := c.ID(want)
		if got, ok := c.Ref(id); !ok || got != want {
			t.Fatalf("Ref(ID(%+v)) = %+v, %v", want, got, ok)
		}
		if again, dup := seen[id]; dup && again != want {
			t.Fatalf("%+v and %+v share the id %s", again, want, id)
		}
		seen[id] = want
		if _, ok := other.Ref(id); ok {
			t.Fatalf("another seed's codec reads %s as its own", id)
		}
		if s := id.String(); s[14] != '4' || !strings.ContainsRune("89ab", rune(s[19])) {
			t.Fatalf("%s is no version 4 uuid", s)
		}
	}
}

func TestIDsLookRandom(t *testing.T) {
	c := NewCodec(1)
	var ones [128]int
	const n = 4096
	for i := range n {
		id := c.ID(Ref{Tenant: 3, Table: 4, Row: Row(i)})
		for b := range 128 {
			ones[b] += int(id[b/8] >> (7 - b%8) & 1)
		}
	}
	for b, k := range ones {
		if b >= 48 && b < 52 || b == 64 || b == 65 {
			continue // version and variant
		}
		if k < n/2-200 || k > n/2+200 { // six standard deviations
			t.Errorf("bit %d of consecutive ids is set in %d of %d", b, k, n)
		}
	}
}

func TestFlippedBitIsNotOurs(t *testing.T) {
	c := NewCodec(9)
	for _, r := range refs(50) {
		id := c.ID(r)
		for b := range 128 {
			bad := id
			bad[b/8] ^= 1 << (b % 8)
			if got, ok := c.Ref(bad); ok {
				t.Fatalf("flipping bit %d of %+v reads as %+v", b, r, got)
			}
		}
	}
}

func TestWrittenRowsFollowSeededOnes(t *testing.T) {
	order := []Row{0, 1, 1 << 40, Written(0, 0), Written(0, 1), Written(1, 0), Written(MaxEpoch, 5)}
	for i := 1; i < len(order); i++ {
		if order[i-1] >= order[i] {
			t.Errorf("row %d is not below %d", order[i-1], order[i])
		}
	}
	r := Written(12, 345)
	if !r.IsWritten() || r.Epoch() != 12 || r.Seq() != 345 || Row(345).IsWritten() || Row(345).Seq() != 345 {
		t.Errorf("Written(12, 345) reads as written %v, epoch %d, seq %d", r.IsWritten(), r.Epoch(), r.Seq())
	}
}

func TestScan(t *testing.T) {
	c := NewCodec(1)
	a, b := Ref{Tenant: 1, Table: 2, Row: 3}, Ref{Tenant: 4, Table: 5, Row: Written(6, 7)}
	ta, tb := c.Token(a), c.Token(b)
	if len(ta) != TokenLen {
		t.Fatalf("token %q has %d characters, not %d", ta, len(ta), TokenLen)
	}
	whole := func(refs ...Ref) (out []Sighting) {
		for _, r := range refs {
			out = append(out, Sighting{Ref: r, Whole: true})
		}
		return out
	}
	damaged := []Sighting{{}}
	altered := []byte(ta)
	altered[20] ^= 1
	tests := map[string]struct {
		in   string
		want []Sighting
	}{
		"nothing":          {"no canary, only a bhcanar", nil},
		"empty":            {"", nil},
		"alone":            {ta, whole(a)},
		"lower case":       {strings.ToLower(ta), whole(a)},
		"in JSON":          {`{"a":"` + ta + `","b":["` + tb + `"]}`, whole(a, b)},
		"back to back":     {ta + tb, whole(a, b)},
		"after a B":        {"b" + ta, whole(a)},
		"cut off":          {ta[:TokenLen-1], damaged},
		"only the prefix":  {Prefix, damaged},
		"altered":          {string(altered), damaged},
		"of another seed":  {NewCodec(2).Token(a), damaged},
		"prefix then real": {Prefix + ta, append(damaged[:1:1], whole(a)...)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []Sighting
			c.Scan([]byte(tt.in), func(s Sighting) bool { s.Offset = 0; got = append(got, s); return true })
			if len(got) != len(tt.want) {
				t.Fatalf("found %+v, want %+v", got, tt.want)
			}
			for i := range got {
				if got[i] != tt.want[i] {
					t.Errorf("sighting %d is %+v, want %+v", i, got[i], tt.want[i])
				}
			}
		})
	}
}

func TestEveryAlteredCharacterIsDamage(t *testing.T) {
	c := NewCodec(1)
	token := []byte(c.Token(Ref{Tenant: 5, Table: 6, Row: 7}))
	for i := len(Prefix); i < len(token); i++ {
		for _, r := range "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" {
			if byte(r) == token[i] {
				continue
			}
			bad := bytes.Clone(token)
			bad[i] = byte(r)
			c.Scan(bad, func(s Sighting) bool {
				if s.Whole {
					t.Errorf("%s reads as a whole token", bad)
				}
				return true
			})
		}
	}
}

func BenchmarkRef(b *testing.B) {
	c := NewCodec(1)
	id := c.ID(Ref{Tenant: 5, Table: 6, Row: 7})
	for b.Loop() {
		c.Ref(id)
	}
}
