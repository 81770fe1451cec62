package oracle

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

const (
	own   = 0
	other = 1
)

func newOracle(t *testing.T) *Oracle {
	t.Helper()
	w, err := world.New(world.Plan{Seed: 1, Tenants: 3, Largest: 1, Tables: []world.Table{
		{Name: "public.campaigns", Rows: 30, Columns: []world.Column{
			{Name: "id", Type: "uuid", Kind: world.ID},
			{Name: "name", Type: "text", Kind: world.Text, Template: "spring {token}"},
			{Name: "note", Type: "text", Kind: world.Null},
		}},
		{Name: "public.brands", Rows: 30, Columns: []world.Column{{Name: "id", Type: "uuid", Kind: world.ID}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return &Oracle{World: w, Ledger: NewLedger(1), TenantColumn: "tenant_id"}
}

// judge runs one result through a reading. Each row is given as the values of id, tenant_id, name, note.
func judge(o *Oracle, want Want, rows ...[][]byte) *Reading {
	var r Reading
	want.Table = &o.World.Tables[0]
	r.Begin(o, want)
	r.SetLayout(o.Layout(want.Table, []string{"id", "tenant_id", "name", "note"}))
	for _, row := range rows {
		r.Row(row)
	}
	r.End()
	return &r
}

func row(o *Oracle, tenantNo int, n tenant.Row) [][]byte {
	table := &o.World.Tables[0]
	id, _ := o.World.AppendValue(nil, table, &table.Columns[0], tenantNo, n)
	name, _ := o.World.AppendValue(nil, table, &table.Columns[1], tenantNo, n)
	whose := o.World.Codec.TenantID(tenantNo)
	return [][]byte{id, whose[:], name, nil}
}

func seeded(o *Oracle, tenantNo int, rows ...tenant.Row) (out [][][]byte) {
	for _, n := range rows {
		out = append(out, row(o, tenantNo, n))
	}
	return out
}

func with(values [][]byte, column int, value []byte) [][]byte {
	values[column] = value
	return values
}

func TestRows(t *testing.T) {
	o := newOracle(t)
	one := Want{Tenant: own, Shape: One, Row: 2}
	page := Want{Tenant: own, Shape: Newest, Limit: 3}
	nothing := Want{Tenant: own, Shape: Nothing}
	last := tenant.Row(o.World.Rows(&o.World.Tables[0], own) - 1)
	brand := o.World.Codec.ID(tenant.Ref{Tenant: own, Table: 2, Row: 1})
	foreignID := o.World.Codec.TenantID(other)
	token := []byte(o.World.Codec.Token(tenant.Ref{Tenant: other, Table: 2, Row: 1}))
	tests := map[string]struct {
		want Want
		rows [][][]byte
		bad  Counts // foreign, damaged, missing
	}{
		"the row asked for":             {one, seeded(o, own, 2), Counts{}},
		"another own row":               {one, seeded(o, own, 3), Counts{Missing: 1}},
		"no row":                        {one, nil, Counts{Missing: 1}},
		"twice":                         {one, seeded(o, own, 2, 2), Counts{Damaged: 1}},
		"another tenant's":              {one, seeded(o, other, 2), Counts{Foreign: 1}},
		"own and another's":             {one, append(seeded(o, own, 2), row(o, other, 2)), Counts{Foreign: 1}},
		"nothing, as it must be":        {nothing, nil, Counts{}},
		"another's where none must be":  {nothing, seeded(o, other, 1, 2), Counts{Foreign: 2}},
		"own where another's was asked": {nothing, seeded(o, own, 1), Counts{Damaged: 1}},
		"a full page":                   {page, seeded(o, own, last, last-1, last-2), Counts{}},
		"a page with a gap":             {page, seeded(o, own, last, last-2, last-3), Counts{Missing: 1}},
		"a page without its top":        {page, seeded(o, own, last-1, last-2, last-3), Counts{Missing: 1}},
		"a short page":                  {page, seeded(o, own, last, last-1), Counts{Missing: 1}},
		"a page out of order":           {page, seeded(o, own, last-1, last, last-2), Counts{Damaged: 1}},
		"an empty page":                 {page, nil, Counts{Missing: 1}},
		"a page with another's":         {page, append(seeded(o, own, last), row(o, other, 5)), Counts{Foreign: 1}},
		"a row beyond the seeded":       {one, append(seeded(o, own, 2), row(o, own, last+1)), Counts{Damaged: 1}},
		"a row of another table":        {one, append(seeded(o, own, 2), with(row(o, own, 1), 0, brand[:])), Counts{Damaged: 1}},
		"an unknown id":                 {one, append(seeded(o, own, 2), with(row(o, own, 1), 0, make([]byte, 16))), Counts{Damaged: 1}},
		"an unknown id, another's name": {one, append(seeded(o, own, 2), with(row(o, other, 1), 0, make([]byte, 16))), Counts{Foreign: 1}},
		"no id, another's tenant_id":    {one, append(seeded(o, own, 2), with(row(o, other, 1), 0, nil)), Counts{Foreign: 1}},
		"own row, another's tenant_id":  {one, [][][]byte{with(row(o, own, 2), 1, foreignID[:])}, Counts{Foreign: 1}},
		"own row, another's canary":     {one, [][][]byte{with(row(o, own, 2), 2, token)}, Counts{Foreign: 1}},
		"own row, lower-case canary":    {one, [][][]byte{with(row(o, own, 2), 2, bytes.ToLower(token))}, Counts{Foreign: 1}},
		"own row, cut-off canary":       {one, [][][]byte{with(row(o, own, 2), 2, token[:20])}, Counts{Damaged: 1}},
		"own row, altered":              {one, [][][]byte{with(row(o, own, 2), 2, []byte("summer"))}, Counts{Damaged: 1}},
		"own row, NULL for a value":     {one, [][][]byte{with(row(o, own, 2), 2, nil)}, Counts{Damaged: 1}},
		"own row, a value for NULL":     {one, [][][]byte{with(row(o, own, 2), 3, []byte{})}, Counts{Damaged: 1}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := judge(o, tt.want, tt.rows...)
			if diff := cmp.Diff(tt.bad, r.Counts); diff != "" {
				t.Errorf("foreign, damaged, missing (-want +got):\n%s%+v", diff, r.Faults)
			}
			if r.Rows != len(tt.rows) {
				t.Errorf("%d rows counted of %d", r.Rows, len(tt.rows))
			}
			sum := r.Counts.Foreign + r.Counts.Damaged + r.Counts.Missing
			if min(sum, maxFaults) != len(r.Faults) {
				t.Errorf("%d faults told for %d counted", len(r.Faults), sum)
			}
		})
	}
}

func TestFaultNamesTheOwner(t *testing.T) {
	o := newOracle(t)
	r := judge(o, Want{Tenant: own, Shape: Nothing}, row(o, other, 4))
	want := []Fault{{Verdict: Foreign, Ref: tenant.Ref{Tenant: other, Table: 1, Row: 4}, Table: "public.campaigns"}}
	if diff := cmp.Diff(want, r.Faults); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownColumnsAreReadForMarks(t *testing.T) {
	o := newOracle(t)
	var r Reading
	want := Want{Table: &o.World.Tables[0], Tenant: own, Shape: One, Row: 2}
	for value, bad := range map[string]Counts{
		"total: 7": {},
		o.World.Codec.Token(tenant.Ref{Tenant: own, Table: 1, Row: 9}):   {},
		o.World.Codec.Token(tenant.Ref{Tenant: other, Table: 1, Row: 9}): {Foreign: 1},
	} {
		r.Begin(o, want)
		r.SetLayout(o.Layout(want.Table, []string{"id", "summary"}))
		r.Row([][]byte{row(o, own, 2)[0], []byte(value)})
		r.End()
		if diff := cmp.Diff(bad, r.Counts); diff != "" {
			t.Errorf("%q: %s", value, diff)
		}
	}
}

// Reads beside writes: each case writes through the ledger, before and during the reading.
func TestLedger(t *testing.T) {
	table := 1
	last := func(o *Oracle) tenant.Row { return tenant.Row(o.World.Rows(&o.World.Tables[0], own) - 1) }
	tests := map[string]struct {
		before func(l *Ledger) tenant.Ref
		during func(l *Ledger, ref tenant.Ref)
		shown  bool
		bad    Counts
	}{
		"acknowledged and there":               {acknowledged, nil, true, Counts{}},
		"acknowledged and gone":                {acknowledged, nil, false, Counts{Missing: 1}},
		"asked for and there":                  {asked, nil, true, Counts{}},
		"asked for and not there":              {asked, nil, false, Counts{}},
		"acknowledged while read, not there":   {asked, (*Ledger).Acknowledge, false, Counts{}},
		"acknowledged while read, there":       {asked, (*Ledger).Acknowledge, true, Counts{}},
		"refused and there":                    {refused, nil, true, Counts{Damaged: 1}},
		"refused and not there":                {refused, nil, false, Counts{}},
		"never asked for and there":            {never, nil, true, Counts{Damaged: 1}},
		"of an earlier run and there":          {earlier, nil, true, Counts{}},
		"of an earlier run and not there":      {earlier, nil, false, Counts{Missing: 1}},
		"of an earlier run, not there before":  {unheard, nil, true, Counts{Damaged: 1}},
		"refused while it is read, and hidden": {asked, (*Ledger).Void, false, Counts{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := newOracle(t)
			ref := tt.before(o.Ledger)
			var r Reading
			want := Want{Table: &o.World.Tables[table-1], Tenant: own, Shape: Newest, Limit: 3}
			r.Begin(o, want)
			r.SetLayout(o.Layout(want.Table, []string{"id", "tenant_id", "name", "note"}))
			if tt.during != nil {
				tt.during(o.Ledger, ref)
			}
			rows := seeded(o, own, last(o), last(o)-1, last(o)-2)
			if tt.shown {
				rows = append(seeded(o, own, ref.Row), rows[:2]...)
			}
			for _, values := range rows {
				r.Row(values)
			}
			r.End()
			if diff := cmp.Diff(tt.bad, r.Counts); diff != "" {
				t.Errorf("foreign, damaged, missing (-want +got):\n%s%+v", diff, r.Faults)
			}
		})
	}
}

func asked(l *Ledger) tenant.Ref { return l.Ask(1, own) }

func acknowledged(l *Ledger) tenant.Ref {
	ref := l.Ask(1, own)
	l.Acknowledge(ref)
	return ref
}

func refused(l *Ledger) tenant.Ref {
	ref := l.Ask(1, own)
	l.Void(ref)
	return ref
}

func never(*Ledger) tenant.Ref { return tenant.Ref{Tenant: own, Table: 1, Row: tenant.Written(1, 77)} }
func unheard(*Ledger) tenant.Ref {
	return tenant.Ref{Tenant: own, Table: 1, Row: tenant.Written(0, 77)}
}

func earlier(l *Ledger) tenant.Ref {
	ref := unheard(l)
	l.Adopt(ref)
	return ref
}

// A transaction reads its own write, which the ledger doesn't know to be committed, beside a newer row of another's.
func TestOwnWriteMustBeOnThePage(t *testing.T) {
	o := newOracle(t)
	mine := o.Ledger.Ask(1, own)
	newer := acknowledged(o.Ledger)
	want := Want{Tenant: own, Shape: Newest, Limit: 2, Row: mine.Row}
	if r := judge(o, want, row(o, own, newer.Row), row(o, own, mine.Row)); (r.Counts != Counts{}) {
		t.Errorf("faults on a whole page: %+v", r.Faults)
	}
	if r := judge(o, want, row(o, own, newer.Row), row(o, own, 9)); (r.Counts != Counts{Missing: 1}) || r.Faults[0].Ref != mine {
		t.Errorf("own write missing, got %+v", r.Faults)
	}
	if r := judge(o, want, row(o, own, mine.Row), row(o, own, 9)); (r.Counts != Counts{Missing: 1}) || r.Faults[0].Ref != newer {
		t.Errorf("newer row missing, got %+v", r.Faults)
	}
}

func TestLedgerConcurrently(t *testing.T) {
	l := NewLedger(3)
	const n, workers = 500, 4
	done := make(chan map[tenant.Row]bool)
	for range workers {
		go func() {
			rows := map[tenant.Row]bool{}
			for range n {
				ref := acknowledged(l)
				rows[ref.Row] = true
			}
			done <- rows
		}()
	}
	all := map[tenant.Row]bool{}
	for range workers {
		for r := range <-done {
			all[r] = true
		}
	}
	if len(all) != n*workers {
		t.Errorf("%d distinct rows of %d asked for", len(all), n*workers)
	}
	previous := tenant.Written(4, 0)
	l.newest(tenant.Ref{Tenant: own, Table: 1}, l.Mark(), func(r tenant.Row) bool {
		if r >= previous {
			t.Errorf("row %d comes after %d", r, previous)
		}
		delete(all, r)
		previous = r
		return true
	})
	if len(all) > 0 {
		t.Errorf("%d acknowledged rows are not told", len(all))
	}
}
