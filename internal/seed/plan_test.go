package seed

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/engardehq/bulkhead/internal/target"
	"github.com/engardehq/bulkhead/internal/world"
)

func TestReadChecks(t *testing.T) {
	tests := map[string]struct {
		condition, column string
		choices           []string
		lo, hi            int64 // of 0 to 1000 at scale 2
	}{
		"words":            {"(status = ANY (ARRAY['a'::text, 'it''s'::text]))", "status", []string{"a", "it's"}, 0, 1000},
		"words of varchar": {"((mode)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]))", "mode", []string{"x", "y"}, 0, 1000},
		"one word":         {"(kind = 'only'::text)", "kind", []string{"only"}, 0, 1000},
		"one of varchar":   {"((kind)::text = 'only'::text)", "kind", []string{"only"}, 0, 1000},
		"or":               {"((kind = 'a'::text) OR (size > 3))", "kind", nil, 0, 1000},
		"or NULL":          {"((size IS NULL) OR (size >= 2))", "size", nil, 200, 1200},
		"from":             {"(size >= 0)", "size", nil, 0, 1000},
		"above":            {"(size > (0)::numeric)", "size", nil, 1, 1001},
		"between":          {"((size >= 1) AND (size <= 5))", "size", nil, 100, 500},
		"below a fraction": {"(size < 0.5)", "size", nil, 0, 49},
		"negative":         {"(size <= '-1'::integer)", "size", nil, -1100, -100},
		"quoted":           {`("order" >= 3)`, "order", nil, 300, 1300},
		"another column":   {"(finished >= started)", "finished", nil, 0, 1000},
		"a function":       {"(length(code) >= 64)", "code", nil, 0, 1000},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := readChecks([]string{tt.condition})[tt.column]
			if diff := cmp.Diff(tt.choices, l.choices); diff != "" {
				t.Error(diff)
			}
			if lo, hi := l.bounds(0, 1000, 2); lo != tt.lo || hi != tt.hi {
				t.Errorf("from %d to %d, want %d to %d", lo, hi, tt.lo, tt.hi)
			}
		})
	}
}

func TestTwoChecksNarrow(t *testing.T) {
	l := readChecks([]string{"(k = ANY (ARRAY['a'::text, 'b'::text]))", "(k = ANY (ARRAY['b'::text, 'c'::text]))"})["k"]
	if diff := cmp.Diff([]string{"b"}, l.choices); diff != "" {
		t.Error(diff)
	}
}

func TestTextFor(t *testing.T) {
	limit := func(n int) *int { return &n }
	tests := map[string]struct {
		column column
		want   string
	}{
		"no limit":      {column{typ: "text"}, token},
		"just room":     {column{typ: "varchar", length: limit(34)}, token},
		"no room":       {column{typ: "varchar", length: limit(33)}, "{n}"},
		"hardly a word": {column{typ: "varchar", length: limit(3)}, "xxx"},
		"padded":        {column{typ: "bpchar", length: limit(12)}, "xxxxxxxxxxxx"},
	}
	for name, tt := range tests {
		if got := textFor(&tt.column); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// shop is a small catalog: tenants, two tables with the tenant column, and an application's two without it.
func shop(change func(tables map[string]*table, s *target.Seed)) *planner {
	col := func(name, typ string, notNull bool) column { return column{name: name, typ: typ, notNull: notNull} }
	own := foreign{name: "t", referred: "public.tenants", columns: []string{"tenant_id"}, referredColumns: []string{"id"}}
	tables := map[string]*table{
		"public.tenants": {name: "public.tenants", columns: []column{col("id", "uuid", true), col("name", "text", true)},
			keys: []key{{name: "p", primary: true, columns: []string{"id"}}}},
		"public.a_orders": {name: "public.a_orders", columns: []column{col("tenant_id", "uuid", true), col("id", "uuid", true), col("item_id", "uuid", true)},
			keys: []key{{name: "p", primary: true, columns: []string{"tenant_id", "id"}}},
			foreign: []foreign{own, {name: "item", referred: "public.items", columns: []string{"tenant_id", "item_id"},
				referredColumns: []string{"tenant_id", "id"}}}},
		"public.items": {name: "public.items", columns: []column{col("tenant_id", "uuid", true), col("id", "uuid", true)},
			keys: []key{{name: "p", primary: true, columns: []string{"tenant_id", "id"}}}, foreign: []foreign{own}},
		"app.account": {name: "app.account", columns: []column{col("id", "uuid", true)},
			keys: []key{{name: "p", primary: true, columns: []string{"id"}}}},
		"app.note": {name: "app.note", columns: []column{col("id", "uuid", true), col("account_id", "uuid", true)},
			keys: []key{{name: "p", primary: true, columns: []string{"id"}}}},
		"app.setting": {name: "app.setting", columns: []column{col("name", "text", true)}},
	}
	s := target.Seed{Probed: 3, References: map[string]string{"app.account_id": "app.account"},
		Tables: map[string]target.SeedTable{"app.account": {Fixed: 1}}}
	if change != nil {
		change(tables, &s)
	}
	return &planner{target: target.Target{Schemas: []string{"public", "app"}, Tenancy: target.Tenancy{Column: "tenant_id"}, Seed: s},
		sizes: Sizes{Seed: 1, Tenants: 5, Rows: 1000, Largest: 1}, tables: tables, skipped: map[string]string{}, left: map[string]string{}}
}

func names(p *planner) (out []string) {
	for _, t := range p.out.Tables {
		out = append(out, t.Name)
	}
	return out
}

func TestReachAndOrder(t *testing.T) {
	p := shop(nil)
	if err := p.plan(); err != nil {
		t.Fatal(err)
	}
	want := []string{"public.items", "public.a_orders", "public.tenants", "app.account", "app.note"}
	if diff := cmp.Diff(want, names(p)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"app.setting": "nothing in it leads to a tenant"}, p.skipped); diff != "" {
		t.Error(diff)
	}
	item, _ := p.planned("public.a_orders").Column("item_id")
	if item.Kind != world.Parent || item.Table != "public.items" {
		t.Errorf("item_id is planned as %+v", item)
	}
	if got := p.planned("public.items").Min; got != 1 {
		t.Errorf("a table that is referred to has at least %d rows of each tenant, want 1", got)
	}
}

func TestUniqueKeyOverAReferenceAlignsIt(t *testing.T) {
	p := shop(func(tables map[string]*table, _ *target.Seed) {
		orders := tables["public.a_orders"]
		orders.keys = append(orders.keys, key{name: "one", columns: []string{"tenant_id", "item_id"}})
	})
	if err := p.plan(); err != nil {
		t.Fatal(err)
	}
	orders := p.planned("public.a_orders")
	if item, _ := orders.Column("item_id"); item.Kind != world.Aligned || orders.Capped != "public.items" {
		t.Errorf("planned as %+v, capped by %q", item, orders.Capped)
	}
}

func TestWeightsAndExactTotals(t *testing.T) {
	p := shop(func(_ map[string]*table, s *target.Seed) { s.Tables["public.items"] = target.SeedTable{Weight: 3} })
	p.sizes.Tables = map[string]int64{"app.note": 77}
	if err := p.plan(); err != nil {
		t.Fatal(err)
	}
	w, err := world.New(p.out)
	if err != nil {
		t.Fatal(err)
	}
	total := map[string]int64{}
	var sum int64
	for i := range w.Tables {
		total[w.Tables[i].Name] = w.Total(&w.Tables[i])
		sum += w.Total(&w.Tables[i])
	}
	if total["app.note"] != 77 || total["app.account"] != 5 || total["public.tenants"] != 5 {
		t.Errorf("totals are %v", total)
	}
	if ratio := float64(total["public.items"]) / float64(total["public.a_orders"]); ratio < 2.9 || ratio > 3.1 {
		t.Errorf("a weight of 3 made %v times the rows", ratio)
	}
	if sum < 1000 || sum > 1010 {
		t.Errorf("%d rows in all, want 1000 or hardly more", sum)
	}
}

func TestBadPlans(t *testing.T) {
	tests := map[string]struct {
		change func(tables map[string]*table, s *target.Seed)
		want   string
	}{
		"type": {func(tables map[string]*table, _ *target.Seed) {
			tables["public.items"].columns = append(tables["public.items"].columns, column{name: "area", typ: "polygon", notNull: true})
		}, "public.items.area (polygon): no value of this type can be made"},
		"unknown table": {func(_ map[string]*table, s *target.Seed) {
			s.Tables["public.itms"] = target.SeedTable{Weight: 2}
		}, "seed.yaml: there is no table public.itms"},
		"unknown column": {func(_ map[string]*table, s *target.Seed) {
			s.Tables["public.items"] = target.SeedTable{Columns: map[string]target.SeedColumn{"sise": {Kind: "null"}}}
		}, "table public.items has no column sise"},
		"wrong kind": {func(_ map[string]*table, s *target.Seed) {
			s.Tables["public.tenants"] = target.SeedTable{Columns: map[string]target.SeedColumn{"name": {Kind: "bool"}}}
		}, "public.tenants.name (text): its values can't be of kind \"bool\""},
		"NULL where it may not be": {func(_ map[string]*table, s *target.Seed) {
			s.Tables["public.tenants"] = target.SeedTable{Columns: map[string]target.SeedColumn{"name": {Kind: "null"}}}
		}, "public.tenants.name (text): it may not be NULL"},
		"tenants numbered": {func(tables map[string]*table, _ *target.Seed) {
			tables["public.tenants"].columns[0].typ = "int4"
		}, "public.tenants.id (int4): its values can't be of kind \"tenant\""},
		"circle": {func(tables map[string]*table, _ *target.Seed) {
			items := tables["public.items"]
			items.columns = append(items.columns, column{name: "last_order_id", typ: "uuid", notNull: true})
			items.foreign = append(items.foreign, foreign{name: "last", referred: "public.a_orders", columns: []string{"tenant_id", "last_order_id"},
				referredColumns: []string{"tenant_id", "id"}})
		}, "refer to each other in a circle"},
		"no unique value": {func(tables map[string]*table, _ *target.Seed) {
			items := tables["public.items"]
			items.columns = append(items.columns, column{name: "on_sale", typ: "bool", notNull: true})
			items.keys = append(items.keys, key{name: "sale", columns: []string{"tenant_id", "on_sale"}})
		}, "nothing in unique key sale (tenant_id, on_sale) tells its rows apart"},
		"no tenant column": {func(tables map[string]*table, _ *target.Seed) {
			delete(tables, "public.items")
			delete(tables, "public.a_orders")
			delete(tables, "public.tenants")
		}, "no table of schemas public, app has the tenant column"},
		"skipped parent": {func(_ map[string]*table, s *target.Seed) {
			s.Tables["public.items"] = target.SeedTable{Skip: "for the test"}
		}, "has to name a row of public.items, which is not seeded"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if err := shop(tt.change).plan(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("want an error with %q, got %v", tt.want, err)
			}
		})
	}
}

func TestNullableCircleStaysEmpty(t *testing.T) {
	p := shop(func(tables map[string]*table, _ *target.Seed) {
		items := tables["public.items"]
		items.columns = append(items.columns, column{name: "last_order_id", typ: "uuid"}, column{name: "part_of", typ: "uuid"})
		for column, referred := range map[string]string{"last_order_id": "public.a_orders", "part_of": "public.items"} {
			items.foreign = append(items.foreign, foreign{name: column, referred: referred, columns: []string{"tenant_id", column},
				referredColumns: []string{"tenant_id", "id"}})
		}
	})
	if err := p.plan(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"last_order_id", "part_of"} {
		if c, _ := p.planned("public.items").Column(name); c.Kind != world.Null {
			t.Errorf("%s is planned as %+v, want NULL", name, c)
		}
	}
}

func TestTooManyExactRows(t *testing.T) {
	p := shop(nil)
	p.sizes.Tables = map[string]int64{"app.account": 9, "public.a_orders": 2}
	err := p.plan()
	for _, want := range []string{"9 rows are wanted in app.account", "2 rows are wanted in public.a_orders"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}
