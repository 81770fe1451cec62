package cost

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/engardehq/bulkhead/fixtures"
	"github.com/engardehq/bulkhead/internal/result"
)

func shipped(t *testing.T) (Model, string) {
	t.Helper()
	data, err := fs.ReadFile(fixtures.FS, "engarde/cost.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := Parse("cost.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	return m, string(data)
}

// The design's components add up to what it prints, and its 30 % is 29.85 %.
func TestDesign(t *testing.T) {
	m, _ := shipped(t)
	c := Compute(m, "v1", result.CostCapacity{})
	if c.Plans[0].Total != 613 || c.Plans[1].Total != 430 || c.Saved != 183 || c.SavedPct != 29.85 || c.Verdict != result.Pass || c.ExitCode != 0 {
		t.Errorf("computed %+v", c)
	}
	if len(c.Claims) != 4 || c.Claims[3].Why != "29.85 %, which is 30 % in whole per cent" {
		t.Errorf("claims %+v", c.Claims)
	}
	var amounts []float64
	for _, p := range c.Plans {
		for _, i := range p.Items {
			amounts = append(amounts, i.Amount)
		}
	}
	if diff := cmp.Diff([]float64{290, 145, 92, 46, 40, 290, 115, 25}, amounts); diff != "" {
		t.Error(diff)
	}
}

func TestSensitivity(t *testing.T) {
	m, _ := shipped(t)
	c := Compute(m, "v1", result.CostCapacity{})
	at := func(v float64) *float64 { return &v }
	for _, want := range []result.CostChange{
		{What: "db.r6g.xlarge", Amount: 290, IfLess: 183, IfMore: 183}, // paid once in either plan
		{What: "db.r6g.large", Amount: 145, IfLess: 154, IfMore: 212},  // the second server is 145 of the saving; without it 38 are left
		{What: "storage", Amount: 0.23, IfLess: 178.4, IfMore: 187.6},
		{What: "PostgreSQL (both applications)", Plan: "schema isolation", Amount: 290, IfLess: 241, IfMore: 125, Vanishes: at(473)},
		{What: "PostgreSQL #1 (EnGarde)", Plan: "separate databases", Amount: 290, IfLess: 125, IfMore: 241, Vanishes: at(107)},
		{What: "Storage", Plan: "schema isolation", Amount: 115, IfLess: 206, IfMore: 160, Vanishes: at(298)},
	} {
		found := false
		for _, got := range c.Sensitivity {
			if got.What == want.What && got.Plan == want.Plan {
				found = true
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: %s", want.What, diff)
				}
			}
		}
		if !found {
			t.Errorf("nothing is said of %s", want.What)
		}
	}
	// The price at which it vanishes is put in, and it does.
	m.Prices[1].Amount, m.Plans[1].Items = 473, []Item{{Name: "x", Price: m.Prices[1].Name, Count: 1}, m.Plans[1].Items[1], m.Plans[1].Items[2]}
	m.Plans[0].Items[1] = Item{Name: "y", Price: "db.r6g.2xlarge", Count: 0.25}
	if c := Compute(m, "v1", result.CostCapacity{}); c.Saved != 0 || c.Verdict != result.Fail || c.ExitCode != exitMissed {
		t.Errorf("saved %.2f, %s", c.Saved, c.Verdict)
	}
}

func TestCases(t *testing.T) {
	m, _ := shipped(t)
	c := Compute(m, "v1", result.CostCapacity{})
	got := map[string]float64{}
	for _, x := range append(c.WhatIfs, c.Phases...) {
		got[x.Name] = x.Saved
		if len(x.Assumes) == 0 || len(x.Plans) != 2 {
			t.Errorf("%s assumes nothing, or compares %d plans", x.Name, len(x.Plans))
		}
	}
	for part, saved := range map[string]float64{"a size larger": -107, "as much is stored": 155, "a size smaller": 38, "phase 1": 183, "phase 2": 351} {
		found := false
		for name, v := range got {
			if strings.Contains(name, part) {
				found = true
				if v != saved {
					t.Errorf("%s: saves %.2f, by hand %.2f", name, v, saved)
				}
			}
		}
		if !found {
			t.Errorf("there is no case %q", part)
		}
	}
	if m.Plans[1].Items[0].Price != "db.r6g.xlarge" {
		t.Error("a what-if changed the plan itself")
	}
}

// A claim that the components don't bear out fails, and figures that claim nothing prove nothing.
func TestClaims(t *testing.T) {
	m, _ := shipped(t)
	m.Prices[0].Amount, m.Prices[4].Amount = 300, 30
	c := Compute(m, "v1", result.CostCapacity{})
	if c.Verdict != result.Fail || c.ExitCode != exitMissed || len(c.Reasons) == 0 {
		t.Errorf("%s with %v", c.Verdict, c.Reasons)
	}
	m.Claimed, m.Plans[0].Claimed, m.Plans[1].Claimed = Claim{}, nil, nil
	if c := Compute(m, "v1", result.CostCapacity{}); c.Verdict != result.NotChecked || c.ExitCode != 0 {
		t.Errorf("without a claim %s", c.Verdict)
	}
	// A claim with digits behind the point isn't rounded away.
	pct := 29.9
	m, _ = shipped(t)
	m.Claimed.SavedPct = &pct
	if c := Compute(m, "v1", result.CostCapacity{}); c.Verdict != result.Fail {
		t.Errorf("29.9 %% of 29.85 %% is a %s", c.Verdict)
	}
}

func TestMistakes(t *testing.T) {
	_, good := shipped(t)
	for _, c := range []struct{ old, new, want string }{
		{"currency: USD", "currenzy: USD", `cost.yaml:5: currenzy: there is no such field; one of change_pct, claimed, currency`},
		{"currency: USD\n", "", "cost.yaml:5: currency: is missing"},
		{"period: month", "period: month\nperiod: year", "cost.yaml:7: period: given twice"},
		{"{amount: 290, unit: server}", "{amount: $290, unit: server}", "cost.yaml:10: prices.db.r6g.xlarge.amount: a number is wanted"},
		{"{amount: 290, unit: server}", "{amount: -1, unit: server}", "cost.yaml:10: prices.db.r6g.xlarge.amount: -1 is outside 0"},
		{"{amount: 290, unit: server}", "{amount: .nan, unit: server}", "a number is wanted"},
		{"{amount: 40, per: 600,", "{amount: 40, per: 0,", "prices.backup, both databases.per: 0 is outside"},
		{"price: db.r6g.large, count: 1}\n      - {name: \"Storage #1\"", "price: db.r6g.lrge, count: 1}\n      - {name: \"Storage #1\"",
			`plans[0].items[1].price: there is no price "db.r6g.lrge"; one of "db.r6g.xlarge"`},
		{"  - name: schema isolation\n    claimed: 430", "  - name: separate databases\n    claimed: 430", `plans[1].name: there are two plans "separate databases"`},
		{"{plan: schema isolation, name: \"Storage\", price: storage, count: 600}", "{plan: schema isolation, name: \"Storrage\", price: storage, count: 600}",
			`what_ifs[1].items[0].name: there is no line "Storrage" of plan "schema isolation"; one of "PostgreSQL (both applications)"`},
		{"{plan: schema isolation, name: \"Storage\"", "{plan: isolation, name: \"Storage\"", `what_ifs[1].items[0].plan: there is no plan "isolation"`},
		{"assumes: [\"as the design prices it\"]", "assumes: as drawn", "phases[0].assumes: a list is wanted"},
		{"change_pct: 20", "change_pct: [20]", "change_pct: a number is wanted"},
	} {
		if !strings.Contains(good, c.old) {
			t.Errorf("the file that ships has no %q to spoil", c.old)
			continue
		}
		_, err := Parse("cost.yaml", []byte(strings.Replace(good, c.old, c.new, 1)))
		var bad *InvalidError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q in place of %q: %v\nwant %q", c.new, c.old, err, c.want)
		}
	}
	for _, text := range []string{"", "[]", "x", "- ", "plans: {a: 1}", "\x00", "a: *b"} {
		if _, err := Parse("f", []byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	// All at once, in the order of lines.
	_, err := Parse("f", []byte("currency: 3\nsource: x\nprices: {a: {amount: x}}\nplans: []\n"))
	if got := strings.Count(err.Error(), "\n") + 1; got != 4 || !strings.HasPrefix(err.Error(), "f:1: ") {
		t.Errorf("%d mistakes told:\n%v", got, err)
	}
}
