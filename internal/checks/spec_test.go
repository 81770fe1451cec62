package checks

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/engardehq/bulkhead/internal/result"
)

// TestShippedChecks holds each shipped check to what all must have: a known channel, a name that begins with it, a doc.
func TestShippedChecks(t *testing.T) {
	specs, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	if len(specs) < 20 {
		t.Errorf("only %d checks are shipped", len(specs))
	}
	seen := map[string]bool{}
	for _, s := range specs {
		if _, known := result.ChannelNamed(s.Channel); !known || !strings.HasPrefix(s.Name, strings.ToLower(s.Channel)+"_") {
			t.Errorf("%s is of channel %s", s.Name, s.Channel)
		}
		seen[s.Channel] = true
	}
	for _, l := range looks {
		if l.doc == "" || l.run == nil {
			t.Errorf("%s is incomplete", l.name)
		}
		for _, c := range l.channels {
			seen[c] = true
		}
	}
	for _, c := range result.Channels {
		if strings.HasPrefix(c.ID, "S") && !seen[c.ID] {
			t.Errorf("no check is of channel %s", c.ID)
		}
	}
}

// TestOwnChecks reads a team's own files, and tells all their mistakes at once.
func TestOwnChecks(t *testing.T) {
	good := "-- channel: X01\n-- doc: no Friday tables\n-- units: relations\nSELECT 'a', '', 'b', 'c', 'd' WHERE :setting = '' -- :no\n"
	specs, err := Load(fstest.MapFS{"checks/own.sql": {Data: []byte(good)}, "checks/helper.sql": {Data: []byte("-- Only a helper.\nSELECT 1")}}, "checks")
	if err != nil || len(specs) != 1 || specs[0].Name != "own" || specs[0].Severity != result.Weakness || !strings.Contains(specs[0].text, "$1") {
		t.Errorf("%+v, %v", specs, err)
	}
	_, err = Load(fstest.MapFS{
		"checks/a.sql": {Data: []byte("-- channel: X01\n-- severity: leak\n-- colour: red\n-- doc: d\nSELECT 1")},
		"checks/b.sql": {Data: []byte("-- channel: X02\n-- doc: d\n-- units: apples\n-- since: new\nSELECT :appels")},
		"checks/c.sql": {Data: []byte("-- channel: X03\nSELECT 1")},
	}, "checks")
	if err == nil {
		t.Fatal("mistakes pass")
	}
	for _, want := range []string{"checks/a.sql:2: severity", "checks/a.sql:3: colour", "checks/b.sql:3: units", "checks/b.sql:4: since", ":appels", "checks/c.sql:2: channel and doc"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v doesn't say %q", err, want)
		}
	}
	if specs, err := Load(fstest.MapFS{}, "checks"); len(specs) != 0 || err != nil {
		t.Errorf("of no folder: %v, %v", specs, err)
	}
}

func TestEither(t *testing.T) {
	for in, want := range map[string]string{
		"(a = 1)": "a = 1",
		"((a = 1) OR (b = ' OR '::text) OR ((c = 2) AND (d OR e)))": "a = 1|b = ' OR '::text|(c = 2) AND (d OR e)",
		"((a OR b) OR c)": "a|b|c",
		"(a = 'it''s (')": "a = 'it''s ('",
		"true":            "true",
	} {
		if got := strings.Join(either(in), "|"); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
