package oracle

import (
	"slices"
	"testing"

	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

// shownColumns are a result of three joined tables, each found through the one before, with columns of every type.
var shownColumns = []string{"id", "tenant_id", "campaign_id", "public.campaigns.id", "public.campaigns.tenant_id", "public.campaigns.name",
	"public.campaigns.budget", "public.campaigns.created_at", "public.campaigns.day", "public.campaigns.status", "public.campaigns.active",
	"public.campaigns.clicks", "public.campaigns.views", "public.campaigns.rank", "public.campaigns.share", "public.campaigns.tags",
	"public.campaigns.settings", "public.campaigns.owner", "public.campaigns.note", "public.campaigns.brand_id", "public.brands.id", "public.brands.name"}

func newColumns(t testing.TB) (*Oracle, *Layout) {
	t.Helper()
	id, whose := world.Column{Name: "id", Type: "uuid", Kind: world.ID}, world.Column{Name: "tenant_id", Type: "uuid", Kind: world.Tenant}
	name := world.Column{Name: "name", Type: "varchar", Kind: world.Text, Template: "n{n} {token}"}
	w, err := world.New(world.Plan{Seed: 5, Tenants: 2, Largest: 1, Tables: []world.Table{
		{Name: "public.brands", Rows: 10, Columns: []world.Column{id, name}},
		{Name: "public.campaigns", Rows: 40, Columns: []world.Column{id, whose, name,
			{Name: "brand_id", Type: "uuid", Kind: world.Parent, Table: "public.brands"},
			{Name: "budget", Type: "numeric", Kind: world.Number, Lo: 100, Hi: 90000, Scale: 2},
			{Name: "created_at", Type: "timestamptz", Kind: world.Time}, {Name: "day", Type: "date", Kind: world.Time},
			{Name: "status", Type: "enum", Kind: world.Choice, Choices: []string{"draft", "active", "ended"}},
			{Name: "active", Type: "bool", Kind: world.Bool}, {Name: "clicks", Type: "int4", Kind: world.Int, Lo: -9, Hi: 9},
			{Name: "views", Type: "int8", Kind: world.Serial}, {Name: "rank", Type: "int2", Kind: world.Int, Lo: 1, Hi: 5},
			{Name: "share", Type: "float8", Kind: world.Float}, {Name: "tags", Type: "_text", Kind: world.Text, Template: "{token}"},
			{Name: "settings", Type: "jsonb", Kind: world.Text, Template: `{"a": {n}}`}, {Name: "owner", Type: "varchar", Kind: world.Tenant},
			{Name: "note", Type: "text", Kind: world.Null}}},
		{Name: "public.links", Rows: 60, Columns: []world.Column{id, {Name: "campaign_id", Type: "uuid", Kind: world.Parent, Table: "public.campaigns"}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	o := &Oracle{World: w, Ledger: NewLedger(1), TenantColumn: "tenant_id"}
	links, _ := w.Table("public.links")
	return o, o.Layout(links, shownColumns)
}

// shownRow is what a server returns for a link.
func shownRow(t testing.TB, o *Oracle, link tenant.Row) (values [][]byte) {
	t.Helper()
	rows := map[string]tenant.Row{"public.links": link}
	for _, step := range [][3]string{{"public.links", "campaign_id", "public.campaigns"}, {"public.campaigns", "brand_id", "public.brands"}} {
		ref, ok := o.World.Codec.Ref(tenant.UUID(value(o, step[0], step[1], own, rows[step[0]])))
		if !ok {
			t.Fatalf("%s names no row", step[1])
		}
		rows[step[2]] = ref.Row
	}
	for _, name := range shownColumns {
		table, column := "public.links", name
		for of := range rows {
			if rest, ok := cutTable(name, of); ok {
				table, column = of, rest
			}
		}
		if name == "tenant_id" {
			id := o.World.Codec.TenantID(own)
			values = append(values, id[:])
			continue
		}
		values = append(values, value(o, table, column, own, rows[table]))
	}
	return values
}

func cutTable(name, table string) (column string, ok bool) {
	if len(name) > len(table)+1 && name[:len(table)+1] == table+"." {
		return name[len(table)+1:], true
	}
	return "", false
}

func judgeShown(o *Oracle, l *Layout, link tenant.Row, values [][]byte) *Reading {
	var r Reading
	r.Begin(o, Want{Table: l.base.table, Tenant: own, Shape: One, Row: link})
	r.SetLayout(l)
	r.Row(values)
	r.End()
	return &r
}

// Whatever is changed in whichever column shows: no column goes unread because another one vouches for it.
func TestEveryColumnCounts(t *testing.T) {
	o, l := newColumns(t)
	for link := range tenant.Row(8) {
		right := shownRow(t, o, link)
		if r := judgeShown(o, l, link, right); (r.Counts != Counts{}) {
			t.Fatalf("faults in a right row: %+v", r.Faults)
		}
		elsewhere := shownRow(t, o, link+8)
		for i, name := range shownColumns {
			spoil := func(what string, v []byte) {
				values := slices.Clone(right)
				values[i] = v
				if r := judgeShown(o, l, link, values); r.Counts.Foreign+r.Counts.Damaged == 0 && !(name == "id" && r.Counts.Missing > 0) {
					t.Errorf("%s: %s, and nothing is said", name, what)
				}
			}
			if right[i] == nil {
				spoil("a value for NULL", []byte{0})
				continue
			}
			for _, at := range []int{0, len(right[i]) / 2, len(right[i]) - 1} {
				for bit := range 8 {
					v := slices.Clone(right[i])
					v[at] ^= 1 << bit
					spoil("a bit changed", v)
				}
			}
			spoil("a byte more", append(slices.Clone(right[i]), 0))
			spoil("a byte less", right[i][:len(right[i])-1])
			spoil("empty", []byte{})
			if name != "id" && name != "public.campaigns.id" && name != "public.brands.id" { // without its id a row is no row: see the joins
				spoil("NULL", nil)
			}
			if !slices.Equal(right[i], elsewhere[i]) {
				spoil("another row's", elsewhere[i])
			}
		}
	}
}

func BenchmarkRow(b *testing.B) {
	o, l := newColumns(b)
	values := shownRow(b, o, 3)
	var r Reading
	b.ReportAllocs()
	for b.Loop() {
		r.Begin(o, Want{Table: l.base.table, Tenant: own, Shape: One, Row: 3})
		r.SetLayout(l)
		r.Row(values)
		r.End()
	}
	if (r.Counts != Counts{}) {
		b.Fatalf("%+v", r.Faults)
	}
}
