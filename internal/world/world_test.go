package world

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/engardehq/bulkhead/internal/tenant"
)

func plan() Plan {
	return Plan{Seed: 7, Tenants: 50, Zipf: 1.1, Largest: 0.2, Probed: 10, Tables: []Table{
		{Name: "public.campaigns", Rows: 5000, Min: 1, Columns: []Column{
			{Name: "id", Type: "uuid", Kind: ID},
			{Name: "tenant_id", Type: "uuid", Kind: Tenant},
			{Name: "name", Type: "varchar", Kind: Text, Template: "c{n} {token} {x}"},
			{Name: "created_at", Type: "timestamptz", Kind: Time},
		}},
		{Name: "public.settings", Rows: 100000, Capped: "public.campaigns", Columns: []Column{
			{Name: "campaign_id", Type: "uuid", Kind: Aligned, Table: "public.campaigns"},
		}},
		{Name: "public.clicks", Rows: 20, Columns: []Column{
			{Name: "campaign_id", Type: "uuid", Kind: Parent, Table: "public.campaigns"},
			{Name: "cost", Type: "numeric", Kind: Number, Lo: -500, Hi: 500, Scale: 2},
		}},
	}}
}

func newWorld(t *testing.T, p Plan) *World {
	t.Helper()
	w, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestCounts(t *testing.T) {
	w := newWorld(t, plan())
	campaigns, _ := w.Table("public.campaigns")
	clicks, _ := w.Table("public.clicks")
	settings, _ := w.Table("public.settings")
	if got := w.Total(campaigns); got != 5000 {
		t.Errorf("%d campaigns, want exactly 5000", got)
	}
	if got := w.Total(settings); got != 5000 {
		t.Errorf("%d settings, want as many as the campaigns that cap them", got)
	}
	var largest int64
	for tn := range w.Tenants {
		largest = max(largest, w.Rows(campaigns, tn))
		if w.Rows(campaigns, tn) < 1 {
			t.Errorf("tenant %d has no campaign", tn)
		}
		if tn < w.Probed && w.Rows(clicks, tn) < 1 {
			t.Errorf("probed tenant %d has no click", tn)
		}
	}
	if largest != 1000 {
		t.Errorf("the largest tenant has %d campaigns, want the cap of 20 %% of 5000", largest)
	}
}

func TestZeroExponentMakesEqualTenants(t *testing.T) {
	p := plan()
	p.Zipf = 0
	w := newWorld(t, p)
	for tn := range w.Tenants {
		if got := w.Rows(&w.Tables[0], tn); got != 100 {
			t.Errorf("tenant %d has %d rows, want 100", tn, got)
		}
	}
}

// A share before it is brought to a sum of 1 may happen to equal the cap: rank 1 a cap of 1, rank 5 at exponent 1 a cap of 0.2.
func TestSharesThatLookCapped(t *testing.T) {
	for _, largest := range []float64{1, 0.2} {
		p := plan()
		p.Zipf, p.Largest = 1, largest
		w := newWorld(t, p)
		if got := w.Total(&w.Tables[0]); got != 5000 {
			t.Errorf("cap %v: %d campaigns, want exactly 5000", largest, got)
		}
		counts := make([]int64, w.Tenants)
		for tn := range counts {
			counts[tn] = w.Rows(&w.Tables[0], tn)
		}
		slices.Sort(counts)
		slices.Reverse(counts)
		if ratio := float64(counts[1]) / float64(counts[4]); ratio < 2.4 || ratio > 2.6 {
			t.Errorf("cap %v: the second tenant has %v times the rows of the fifth, want 2.5 (%v)", largest, ratio, counts)
		}
	}
}

func TestSameSeedSameWorld(t *testing.T) {
	a, b := newWorld(t, plan()), newWorld(t, plan())
	p := plan()
	p.Seed++
	other := newWorld(t, p)
	differs := false
	for i := range a.Tables {
		for tn := range a.Tenants {
			if a.Rows(&a.Tables[i], tn) != b.Rows(&b.Tables[i], tn) {
				t.Fatalf("%s: tenant %d differs", a.Tables[i].Name, tn)
			}
			for j := range a.Tables[i].Columns {
				va, _ := a.AppendValue(nil, &a.Tables[i], &a.Tables[i].Columns[j], tn, 3)
				vb, _ := b.AppendValue(nil, &b.Tables[i], &b.Tables[i].Columns[j], tn, 3)
				vo, _ := other.AppendValue(nil, &other.Tables[i], &other.Tables[i].Columns[j], tn, 3)
				if diff := cmp.Diff(va, vb); diff != "" {
					t.Fatal(diff)
				}
				differs = differs || !cmp.Equal(va, vo)
			}
		}
	}
	if !differs {
		t.Error("another seed makes the same world")
	}
}

func TestRelationsStayWithinTheTenant(t *testing.T) {
	w := newWorld(t, plan())
	for _, name := range []string{"public.settings", "public.clicks"} {
		table, _ := w.Table(name)
		column := &table.Columns[0]
		for tn := range w.Tenants {
			for row := range w.Rows(table, tn) {
				b, _ := w.AppendValue(nil, table, column, tn, tenant.Row(row))
				ref, ok := w.Codec.Ref(tenant.UUID(b))
				if !ok || ref.Tenant != tn || w.Numbered(ref.Table).Name != "public.campaigns" || int64(ref.Row) >= w.Rows(&w.Tables[0], tn) {
					t.Fatalf("%s of tenant %d, row %d refers to %+v", name, tn, row, ref)
				}
			}
		}
	}
}

func TestTimeGrowsWithTheRow(t *testing.T) {
	w := newWorld(t, plan())
	table := &w.Tables[0]
	rows := []tenant.Row{}
	for r := range w.Rows(table, 0) {
		rows = append(rows, tenant.Row(r))
	}
	rows = append(rows, tenant.Written(0, 0), tenant.Written(0, 1), tenant.Written(1, 0))
	made := w.Cell(table, &table.Columns[3])
	for i := 1; i < len(rows); i++ {
		if made.Integer(0, rows[i-1]) >= made.Integer(0, rows[i]) {
			t.Errorf("row %d is not older than row %d", rows[i-1], rows[i])
		}
	}
}

// Every encoder is held against an independent reader of PostgreSQL's binary formats.
func TestEncodings(t *testing.T) {
	w := newWorld(t, plan())
	table := &w.Tables[0]
	m := pgtype.NewMap()
	read := func(t *testing.T, oid uint32, c Column, into any) {
		t.Helper()
		b, null := w.AppendValue(nil, table, &c, 4, 2)
		if null {
			t.Fatal("is NULL")
		}
		if err := m.Scan(oid, pgtype.BinaryFormatCode, b, into); err != nil {
			t.Fatalf("%s: %v in %s", c.Type, err, hex.EncodeToString(b))
		}
	}
	token := w.Codec.Token(w.Ref(table, 4, 2))
	for _, typ := range []string{"text", "varchar", "json", "jsonb"} {
		oid := map[string]uint32{"text": pgtype.TextOID, "varchar": pgtype.VarcharOID, "json": pgtype.JSONOID, "jsonb": pgtype.JSONBOID}[typ]
		var s string
		read(t, oid, Column{Name: "x", Type: typ, Kind: Text, Template: `{"a": "{token}{n}"}`}, &s)
		if s != `{"a": "`+token+`2"}` {
			t.Errorf("%s reads as %q", typ, s)
		}
	}
	var list []string
	read(t, pgtype.TextArrayOID, Column{Name: "x", Type: "_text", Kind: Text, Template: "{token}"}, &list)
	if diff := cmp.Diff([]string{token}, list); diff != "" {
		t.Error(diff)
	}
	for _, typ := range []string{"int2", "int4", "int8"} {
		oid := map[string]uint32{"int2": pgtype.Int2OID, "int4": pgtype.Int4OID, "int8": pgtype.Int8OID}[typ]
		var n int64
		read(t, oid, Column{Name: "x", Type: typ, Kind: Int, Lo: -7, Hi: -7}, &n)
		if n != -7 {
			t.Errorf("%s reads as %d", typ, n)
		}
	}
	var truth bool
	read(t, pgtype.BoolOID, Column{Name: "x", Type: "bool", Kind: True}, &truth)
	if !truth {
		t.Error("true reads as false")
	}
	var f float64
	read(t, pgtype.Float8OID, Column{Name: "x", Type: "float8", Kind: Float}, &f)
	if f < 0 || f >= 1 {
		t.Errorf("float8 reads as %v", f)
	}
	var ts, d pgtype.Timestamptz
	read(t, pgtype.TimestamptzOID, Column{Name: "x", Type: "timestamptz", Kind: Time}, &ts)
	var day pgtype.Date
	read(t, pgtype.DateOID, Column{Name: "x", Type: "date", Kind: Time}, &day)
	if d = ts; ts.Time.UTC().Year() != 2025 || !day.Time.Equal(d.Time.UTC().Truncate(24*60*60*1e9)) {
		t.Errorf("row 2 was made at %v, on the day %v", ts.Time, day.Time)
	}
}

func TestNumeric(t *testing.T) {
	m := pgtype.NewMap()
	tests := map[string]struct {
		unscaled int64
		scale    int
	}{
		"0": {0, 0}, "0.01": {1, 2}, "1": {1, 0}, "10000": {10000, 0}, "1000000000": {1000000000, 0},
		"12345.67": {1234567, 2}, "-12345.67": {-1234567, 2}, "100.00": {10000, 2}, "0.1000": {1000, 4}, "0.00001": {1, 5},
		"90000000000000.00": {maxUnscaled, 2}, "900000000000.0000": {maxUnscaled, 4}, "90000000000.00000": {maxUnscaled, 5},
	}
	for want, tt := range tests {
		b := AppendNumeric(nil, tt.unscaled, tt.scale)
		var n pgtype.Numeric
		if err := m.Scan(pgtype.NumericOID, pgtype.BinaryFormatCode, b, &n); err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		got, _ := n.Value()
		wantValue, _ := mustNumeric(t, want).Value()
		if got != wantValue {
			t.Errorf("%s reads as %v", want, got)
		}
		if n := len(b); n > 8 && (b[8] == 0 && b[9] == 0 || b[n-1] == 0 && b[n-2] == 0) {
			t.Errorf("%s has a zero digit at an end, which PostgreSQL never sends: %x", want, b)
		}
	}
}

func mustNumeric(t *testing.T, s string) (n pgtype.Numeric) {
	t.Helper()
	if err := n.Scan(s); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestBadPlans(t *testing.T) {
	tests := map[string]func(p *Plan){
		"0 tenants":     func(p *Plan) { p.Tenants = 0 },
		"twice":         func(p *Plan) { p.Tables[1].Name = p.Tables[0].Name },
		"no binary":     func(p *Plan) { p.Tables[0].Columns[0].Type = "polygon" },
		"not planned":   func(p *Plan) { p.Tables[0], p.Tables[2] = p.Tables[2], p.Tables[0] },
		"capped by":     func(p *Plan) { p.Tables[1].Capped = "public.nowhere" },
		"has 1 rows":    func(p *Plan) { p.Tables[0].Rows, p.Tables[0].Min, p.Probed = 5, 0, 0; p.Tables[2].Min = 1 },
		"no range":      func(p *Plan) { p.Tables[2].Columns[1].Hi = -501 },
		"of nothing":    func(p *Plan) { p.Tables[0].Columns[0].Kind = Choice },
		"world of 1024": func(p *Plan) { p.Tables = make([]Table, tenant.MaxTables) },
	}
	for want, spoil := range tests {
		p := plan()
		spoil(&p)
		if _, err := New(p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}
