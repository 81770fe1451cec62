package world

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/engardehq/bulkhead/internal/tenant"
)

// ofEveryKind is a plan with columns of every type and kind.
func ofEveryKind() Plan {
	p := plan()
	p.Tables = append(p.Tables, Table{Name: "public.all", Rows: 300, Min: 1, Columns: []Column{
		{Name: "id", Type: "uuid", Kind: ID}, {Name: "owner", Type: "varchar", Kind: Tenant},
		{Name: "campaign", Type: "text", Kind: Parent, Table: "public.campaigns"}, {Name: "note", Type: "text", Kind: Null},
		{Name: "settings", Type: "jsonb", Kind: Text, Template: `{"{n}": "{token}", "x": {}}{`}, {Name: "tags", Type: "_text", Kind: Text, Template: "{token}{n}"},
		{Name: "fixed", Type: "json", Kind: Text, Template: "[]"}, {Name: "empty", Type: "bpchar", Kind: Text},
		{Name: "status", Type: "enum", Kind: Choice, Choices: []string{"draft", "active", "ended"}},
		{Name: "clicks", Type: "int4", Kind: Int, Lo: -9, Hi: 9}, {Name: "rank", Type: "int2", Kind: Serial}, {Name: "views", Type: "int8", Kind: Int, Hi: 1 << 40},
		{Name: "budget", Type: "numeric", Kind: Number, Lo: -1000, Hi: 90_000_000, Scale: 3}, {Name: "share", Type: "float8", Kind: Float},
		{Name: "active", Type: "bool", Kind: Bool}, {Name: "yes", Type: "bool", Kind: True}, {Name: "no", Type: "bool", Kind: False},
		{Name: "day", Type: "date", Kind: Time}, {Name: "made", Type: "timestamp", Kind: Time}}})
	return p
}

// Kept states are filled with the rows of a plan: should it make others, worldVersion in package run must change, and this sum with it.
func TestRowsStayAsTheyAre(t *testing.T) {
	w := newWorld(t, ofEveryKind())
	hash := sha256.New()
	for i := range w.Tables {
		cells := w.Cells(&w.Tables[i])
		for tn := range w.Tenants {
			for _, row := range []tenant.Row{0, 1, 2, tenant.Written(0, 0), tenant.Written(3, 77)} {
				if w.Rows(&w.Tables[i], tn) == 0 {
					continue
				}
				for c := range cells {
					v, null := cells[c].Append(nil, tn, row)
					fmt.Fprintf(hash, "%d %d %d %d %x %t\n", i, c, tn, row, v, null)
				}
			}
		}
	}
	const want = "e7fa008cb7bbe088a8f8ff8f7e2e6fff176ab0eeebf85bd89897c17eeaec2619"
	if got := hex.EncodeToString(hash.Sum(nil)); got != want {
		t.Errorf("the rows come to %s, and came to %s", got, want)
	}
}

func BenchmarkAppend(b *testing.B) {
	w, err := New(plan())
	if err != nil {
		b.Fatal(err)
	}
	table := &w.Tables[0]
	cells := w.Cells(table)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		for i := range cells {
			buf, _ = cells[i].Append(buf[:0], 3, 5)
		}
	}
}
