package ops

import (
	"slices"
	"strings"
	"testing"
)

func TestNumberParams(t *testing.T) {
	tests := map[string]struct {
		want  string
		names []string
	}{
		"SELECT 1": {"SELECT 1", nil},
		"a = :tenant AND b > :since AND c = :tenant":   {"a = $1 AND b > $2 AND c = $1", []string{"tenant", "since"}},
		"':no' \":no\" -- :no\n/* :no */ :yes::text":   {"':no' \":no\" -- :no\n/* :no */ $1::text", []string{"yes"}},
		"'it''s :no' || :a_1":                          {"'it''s :no' || $1", []string{"a_1"}},
		"x[1:2], :1, a::int, ':unclosed":               {"x[1:2], :1, a::int, ':unclosed", nil},
		"-- :no, and no line after it":                 {"-- :no, and no line after it", nil},
		"WHERE created_at >= :from::timestamptz -- :x": {"WHERE created_at >= $1::timestamptz -- :x", []string{"from"}},
	}
	for in, tt := range tests {
		if got, names := NumberParams(in); got != tt.want || !slices.Equal(names, tt.names) {
			t.Errorf("%q becomes %q with %v", in, got, names)
		}
	}
}

func TestNameParams(t *testing.T) {
	given := map[string]string{"tenant": "tenant", "least": "int 5"}
	text, params, err := nameParams("a > :least AND t = :tenant", given)
	if err != nil || text != "a > $1 AND t = $2" || !slices.Equal(params, []string{"int 5", "tenant"}) {
		t.Errorf("%q, %v, %v", text, params, err)
	}
	for sql, want := range map[string]string{"a > :leest AND t = :tenant": ":leest has no value", "t = :tenant": "no :least"} {
		if _, _, err := nameParams(sql, given); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", sql, err)
		}
	}
}

func TestTypedParams(t *testing.T) {
	for text, size := range map[string]int{"int 5": 8, "bool true": 1, "float 1.5": 8, "date 2025-06-01": 4, "timestamptz 2025-06-01 12:00:00+00": 8,
		"uuid 0c4b9c2e-8a55-4d9e-9a4f-2f9d1f3b7c11": 16, "numeric 12.50": 12} {
		p, err := parseParam(text)
		if err != nil || len(p.value) != size {
			t.Errorf("%s: %d bytes, %v", text, len(p.value), err)
		}
	}
	for text, want := range map[string]string{"int five": "is no int", "uuid 7": "is no uuid", "date": "is no date", "money 5": "unknown parameter"} {
		if _, err := parseParam(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
