package oracle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

// richOracle has a table with a column of each type that JSON can show.
func richOracle(t *testing.T) *Oracle {
	t.Helper()
	w, err := world.New(world.Plan{Seed: 1, Tenants: 3, Largest: 1, Tables: []world.Table{{Name: "public.campaigns", Rows: 60, Columns: []world.Column{
		{Name: "id", Type: "uuid", Kind: world.ID},
		{Name: "name", Type: "varchar", Kind: world.Text, Template: "spring {token}"},
		{Name: "budget", Type: "numeric", Kind: world.Number, Lo: -500, Hi: 1_000_000, Scale: 2},
		{Name: "seats", Type: "int4", Kind: world.Int, Lo: -5, Hi: 100},
		{Name: "live", Type: "bool", Kind: world.Bool},
		{Name: "part", Type: "float8", Kind: world.Float},
		{Name: "starts_on", Type: "date", Kind: world.Time},
		{Name: "created_at", Type: "timestamptz", Kind: world.Time},
		{Name: "tags", Type: "_text", Kind: world.Text, Template: "{token}"},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	return &Oracle{World: w, Ledger: NewLedger(1), TenantColumn: "tenant_id", Sets: map[string][]string{"public.campaigns": {"id", "name"}}}
}

// object is a row as a service would show it.
func object(o *Oracle, tenantNo int, row tenant.Row) map[string]any {
	table := &o.World.Tables[0]
	cell := func(i int) world.Cell { return o.World.Cell(table, &table.Columns[i]) }
	budget, seats, live, day, at := cell(2), cell(3), cell(4), cell(6), cell(7)
	n := budget.Integer(tenantNo, row)
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	part, _ := o.World.AppendValue(nil, table, &table.Columns[5], tenantNo, row)
	var bits uint64
	for _, b := range part {
		bits = bits<<8 | uint64(b)
	}
	epoch := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	return map[string]any{
		"id": o.World.Codec.ID(o.World.Ref(table, tenantNo, row)).String(), "tenant_id": o.World.Codec.TenantID(tenantNo).String(),
		"name":   "spring " + o.World.Codec.Token(o.World.Ref(table, tenantNo, row)),
		"budget": fmt.Sprintf("%s%d.%02d", sign, n/100, n%100), "seats": seats.Integer(tenantNo, row), "live": live.Integer(tenantNo, row) == 1,
		"part": math.Float64frombits(bits), "starts_on": epoch.Add(time.Duration(day.Integer(tenantNo, row)) * time.Microsecond).Format(time.DateOnly),
		"created_at": epoch.Add(time.Duration(at.Integer(tenantNo, row)) * time.Microsecond).Format(time.RFC3339Nano),
		"tags":       []string{o.World.Codec.Token(o.World.Ref(table, tenantNo, row))}, "href": "/campaigns/" + fmt.Sprint(row),
	}
}

func changed(object map[string]any, field string, value any) map[string]any {
	object[field] = value
	return object
}

func judgeObjects(t *testing.T, o *Oracle, want Want, rows ...map[string]any) *Reading {
	t.Helper()
	text, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		t.Fatal(err)
	}
	var r Reading
	want.Table = &o.World.Tables[0]
	r.Begin(o, want)
	r.Objects(value)
	r.End()
	return &r
}

func TestObjects(t *testing.T) {
	o := richOracle(t)
	last := tenant.Row(o.World.Rows(&o.World.Tables[0], own) - 1)
	page := Want{Tenant: own, Shape: Newest, Limit: 2}
	every := Want{Tenant: own, Shape: Every}
	all := func(skip tenant.Row) (rows []map[string]any) {
		for row := range last + 1 {
			if row != skip {
				rows = append(rows, object(o, own, row))
			}
		}
		return rows
	}
	one := func(field string, value any) []map[string]any {
		return []map[string]any{changed(object(o, own, 3), field, value)}
	}
	row3 := Want{Tenant: own, Shape: One, Row: 3}
	foreign := o.World.Codec.Token(o.World.Ref(&o.World.Tables[0], other, 1))
	for name, c := range map[string]struct {
		want Want
		rows []map[string]any
		bad  Counts
	}{
		"a row with every type":         {row3, []map[string]any{object(o, own, 3)}, Counts{}},
		"a page":                        {page, []map[string]any{object(o, own, last), object(o, own, last-1)}, Counts{}},
		"a page that starts too late":   {page, []map[string]any{object(o, own, last-1), object(o, own, last-2)}, Counts{Missing: 1}},
		"all, in any order":             {every, all(-1), Counts{}},
		"all but one":                   {every, all(5), Counts{Missing: 1}},
		"one twice":                     {every, append(all(-1), object(o, own, 0)), Counts{Damaged: 1}},
		"another tenant's":              {row3, []map[string]any{object(o, other, 3)}, Counts{Foreign: 1}},
		"another's name":                {row3, one("name", foreign), Counts{Foreign: 1}},
		"another's word in a list":      {row3, one("tags", []string{foreign}), Counts{Foreign: 1}},
		"another's word in a new field": {row3, one("motto", "by "+foreign), Counts{Foreign: 1}},
		"a budget one cent off":         {row3, one("budget", "123456.78"), Counts{Damaged: 1}},
		"a time that differs":           {row3, one("created_at", "2025-01-01T00:00:00Z"), Counts{Damaged: 1}},
		"seats that differ":             {row3, one("seats", 1000), Counts{Damaged: 1}},
		"a null":                        {row3, one("starts_on", nil), Counts{Damaged: 1}},
		"no object":                     {Want{Tenant: own, Shape: Nothing}, []map[string]any{nil}, Counts{Damaged: 1}},
	} {
		if diff := cmp.Diff(c.bad, judgeObjects(t, o, c.want, c.rows...).Counts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Of a row that the load wrote, only what the load set is known.
func TestColumnsThatTheServerSet(t *testing.T) {
	o := richOracle(t)
	ref := o.Ledger.Ask(1, own)
	o.Ledger.Acknowledge(ref)
	want := Want{Tenant: own, Shape: One, Row: ref.Row}
	if got := judgeObjects(t, o, want, changed(object(o, own, ref.Row), "seats", nil)); got.Counts != (Counts{}) {
		t.Errorf("a default of the server's: %+v %+v", got.Counts, got.Faults)
	}
	if got := judgeObjects(t, o, want, changed(object(o, own, ref.Row), "name", "autumn")); got.Counts != (Counts{Damaged: 1}) {
		t.Errorf("a name that the load didn't write: %+v", got.Counts)
	}
}

// A cached answer may lack what was written since, but no seeded row.
func TestStaleAnswers(t *testing.T) {
	o := richOracle(t)
	last := tenant.Row(o.World.Rows(&o.World.Tables[0], own) - 1)
	ref := o.Ledger.Ask(1, own)
	o.Ledger.Acknowledge(ref)
	page := Want{Tenant: own, Shape: Newest, Limit: 2}
	old := []map[string]any{object(o, own, last), object(o, own, last-1)}
	if got := judgeObjects(t, o, page, old...); got.Counts != (Counts{Missing: 1}) {
		t.Errorf("of now: %+v", got.Counts)
	}
	page.Stale = true
	if got := judgeObjects(t, o, page, old...); got.Counts != (Counts{}) {
		t.Errorf("out of a cache: %+v", got.Counts)
	}
	if got := judgeObjects(t, o, page, object(o, own, last), object(o, own, last-2)); got.Counts != (Counts{Missing: 1}) {
		t.Errorf("out of a cache, without a seeded row: %+v", got.Counts)
	}
}

// A table that a service adds to may hold rows that nobody knows, of the own tenant.
func TestGrowingTables(t *testing.T) {
	o := richOracle(t)
	last := tenant.Row(o.World.Rows(&o.World.Tables[0], own) - 1)
	page := Want{Tenant: own, Shape: Newest, Limit: 3}
	stranger := map[string]any{"id": "0b9a1b52-6c0e-4b56-9a47-6f3f5c9d2a11", "tenant_id": o.World.Codec.TenantID(own).String(), "name": "a run"}
	rows := []map[string]any{stranger, object(o, own, last), object(o, own, last-1)}
	if got := judgeObjects(t, o, page, rows...); got.Counts.Damaged != 1 {
		t.Errorf("of a table that nobody else writes to: %+v", got.Counts)
	}
	o.Grows = map[string]bool{"public.campaigns": true}
	if got := judgeObjects(t, o, page, rows...); got.Counts != (Counts{}) {
		t.Errorf("of one that grows: %+v", got.Counts)
	}
	stranger["tenant_id"] = o.World.Codec.TenantID(other).String()
	if got := judgeObjects(t, o, page, rows...); got.Counts.Foreign != 1 {
		t.Errorf("another tenant's: %+v", got.Counts)
	}
}

// What the question named may be told again, and nothing else of another tenant's.
func TestNamedIDs(t *testing.T) {
	o := richOracle(t)
	table := &o.World.Tables[0]
	asked, another := o.World.Codec.ID(o.World.Ref(table, other, 1)), o.World.Codec.ID(o.World.Ref(table, other, 2))
	for text, want := range map[string]Counts{
		"no campaign " + asked.String():                                            {},
		"no campaign " + strings.ToUpper(another.String()):                         {Foreign: 1},
		"no campaign " + o.World.Codec.Token(o.World.Ref(table, other, 1)) + " is": {Foreign: 1},
	} {
		var r Reading
		r.Begin(o, Want{Tenant: own, Shape: Text})
		r.Text([]byte(text), asked)
		if diff := cmp.Diff(want, r.Counts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}
