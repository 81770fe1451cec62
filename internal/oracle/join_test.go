package oracle

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

// newJoined has links, each of a flow, and campaigns with an amount: what joins and totals are made of.
func newJoined(t *testing.T) *Oracle {
	t.Helper()
	id := world.Column{Name: "id", Type: "uuid", Kind: world.ID}
	w, err := world.New(world.Plan{Seed: 3, Tenants: 2, Largest: 1, Tables: []world.Table{
		{Name: "langflow.flow", Rows: 8, Columns: []world.Column{id, {Name: "name", Type: "text", Kind: world.Text, Template: "{token}"}}},
		{Name: "public.links", Rows: 40, Columns: []world.Column{id, {Name: "flow_id", Type: "uuid", Kind: world.Parent, Table: "langflow.flow"}}},
		{Name: "public.campaigns", Rows: 20, Columns: []world.Column{id, {Name: "budget", Type: "numeric", Kind: world.Number, Lo: 100, Hi: 900, Scale: 2}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return &Oracle{World: w, Ledger: NewLedger(0)}
}

func value(o *Oracle, table, column string, tenantNo int, row tenant.Row) []byte {
	t, _ := o.World.Table(table)
	c, _ := t.Column(column)
	v, _ := o.World.AppendValue(nil, t, c, tenantNo, row)
	return v
}

func TestJoins(t *testing.T) {
	o := newJoined(t)
	links, _ := o.World.Table("public.links")
	via, _ := links.Column("flow_id")
	const link = 2
	names := o.World.Cell(links, via)
	right := names.ParentRow(own, link)
	wrong := (right + 1) % 4
	joined := func(flowOf int, flow tenant.Row, nameOf int, nameRow tenant.Row) [][]byte {
		return [][]byte{value(o, "public.links", "id", own, link), value(o, "langflow.flow", "id", flowOf, flow), value(o, "langflow.flow", "name", nameOf, nameRow)}
	}
	tests := map[string]struct {
		row [][]byte
		bad Counts
	}{
		"as seeded":                   {joined(own, right, own, right), Counts{}},
		"no partner (an outer join)":  {[][]byte{value(o, "public.links", "id", own, link), nil, nil}, Counts{}},
		"another tenant's partner":    {joined(other, right, other, right), Counts{Foreign: 1}},
		"own id, another's name":      {joined(own, right, other, right), Counts{Foreign: 1}},
		"own id, another row's name":  {joined(own, right, own, wrong), Counts{Damaged: 1}},
		"joined to another own row":   {joined(own, wrong, own, wrong), Counts{Damaged: 1}},
		"joined to a row not seeded":  {joined(own, 77, own, 77), Counts{Damaged: 1}},
		"joined to another table's":   {[][]byte{value(o, "public.links", "id", own, link), value(o, "public.campaigns", "id", own, 0), nil}, Counts{Damaged: 1}},
		"joined to an id not a uuid":  {[][]byte{value(o, "public.links", "id", own, link), []byte("x"), nil}, Counts{Damaged: 1}},
		"no id, another's name":       {[][]byte{value(o, "public.links", "id", own, link), nil, value(o, "langflow.flow", "name", other, right)}, Counts{Foreign: 1}},
		"another tenant's base table": {[][]byte{value(o, "public.links", "id", other, link), nil, nil}, Counts{Foreign: 1}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var r Reading
			r.Begin(o, Want{Table: links, Tenant: own, Shape: One, Row: link})
			r.SetLayout(o.Layout(links, []string{"id", "langflow.flow.id", "langflow.flow.name"}))
			r.Row(tt.row)
			r.End()
			if diff := cmp.Diff(tt.bad, r.Counts); diff != "" {
				t.Errorf("(-want +got):\n%s%+v", diff, r.Faults)
			}
		})
	}
}

func bigint(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

func TestTotals(t *testing.T) {
	o := newJoined(t)
	campaigns, _ := o.World.Table("public.campaigns")
	budget, _ := campaigns.Column("budget")
	number := o.World.Number(campaigns)
	amount := o.World.Cell(campaigns, budget)
	var seededSum int64
	n := o.World.Rows(campaigns, own)
	for row := range n {
		seededSum += amount.Integer(own, tenant.Row(row))
	}
	acked := o.Ledger.Ask(number, own)
	o.Ledger.Acknowledge(acked)
	maybe := o.Ledger.Ask(number, own)
	void := o.Ledger.Ask(number, own)
	o.Ledger.Void(void)
	someoneElses := o.Ledger.Ask(number, other)
	o.Ledger.Acknowledge(someoneElses)
	size := func(ref tenant.Ref) int64 { return amount.Integer(ref.Tenant, ref.Row) }
	low, high := seededSum+size(acked), seededSum+size(acked)+size(maybe)
	tests := map[string]struct {
		count, sum []byte
		bad        Counts
	}{
		"without the unanswered write": {bigint(n + 1), bigint(low), Counts{}},
		"with it":                      {bigint(n + 2), bigint(high), Counts{}},
		"an acknowledged one missing":  {bigint(n), bigint(low), Counts{Missing: 1}},
		"one too many":                 {bigint(n + 3), bigint(high), Counts{Foreign: 1}},
		"a cent too much":              {bigint(n + 2), bigint(high + 1), Counts{Foreign: 1}},
		"a cent too little":            {bigint(n + 1), bigint(low - 1), Counts{Missing: 1}},
		"the sum of nothing":           {bigint(n + 1), nil, Counts{Missing: 1}},
		"not a bigint":                 {bigint(n + 1), []byte{1, 2}, Counts{Damaged: 1}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var r Reading
			r.Begin(o, Want{Table: campaigns, Tenant: own, Shape: Totals})
			r.SetLayout(o.Layout(campaigns, []string{"count public.campaigns", "sum public.campaigns.budget"}))
			r.Row([][]byte{tt.count, tt.sum})
			r.End()
			if diff := cmp.Diff(tt.bad, r.Counts); diff != "" {
				t.Errorf("(-want +got):\n%s%+v", diff, r.Faults)
			}
			for _, f := range r.Faults {
				if f.Table != "public.campaigns" {
					t.Errorf("fault of %q", f.Table)
				}
			}
		})
	}
	t.Run("no line at all", func(t *testing.T) {
		var r Reading
		r.Begin(o, Want{Table: campaigns, Tenant: own, Shape: Totals})
		r.SetLayout(o.Layout(campaigns, []string{"count public.campaigns"}))
		r.End()
		if r.Counts.Missing != 1 {
			t.Errorf("%+v", r.Counts)
		}
	})
}

func TestCountsByRow(t *testing.T) {
	o := newJoined(t)
	flows, _ := o.World.Table("langflow.flow")
	links, _ := o.World.Table("public.links")
	via, _ := links.Column("flow_id")
	names := o.World.Cell(links, via)
	children := make([]int64, o.World.Rows(flows, own))
	for row := range o.World.Rows(links, own) {
		children[names.ParentRow(own, tenant.Row(row))]++
	}
	ref := o.Ledger.Ask(o.World.Number(links), own) // unanswered, so its flow's count may be one more
	its := names.ParentRow(own, ref.Row)
	for flow, n := range children {
		for _, tt := range []struct {
			count int64
			bad   Counts
		}{{n, Counts{}}, {n - 1, Counts{Missing: 1}}, {n + 1, Counts{Foreign: 1}}} {
			if tenant.Row(flow) == its && tt.count == n+1 {
				tt.bad = Counts{}
			}
			var r Reading
			r.Begin(o, Want{Table: flows, Tenant: own, Shape: One, Row: tenant.Row(flow)})
			r.SetLayout(o.Layout(flows, []string{"id", "count public.links by flow_id"}))
			r.Row([][]byte{value(o, "langflow.flow", "id", own, tenant.Row(flow)), bigint(tt.count)})
			r.End()
			if diff := cmp.Diff(tt.bad, r.Counts); diff != "" {
				t.Errorf("flow %d with %d of %d (-want +got):\n%s%+v", flow, tt.count, n, diff, r.Faults)
			}
		}
	}
}
