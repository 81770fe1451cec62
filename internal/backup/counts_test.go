package backup

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCounts(t *testing.T) {
	long := strings.Repeat("x", 3<<20)
	dump := "SET row_security = off;\n\nCOPY public.campaigns (id, tenant_id, name) FROM stdin;\n1\ta\tone\n2\tb\tCOPY public.x (y) FROM stdin;\n3\ta\t" + long + "\n4\t\\N\t\\\\.\n\\.\n\n" +
		"COPY langflow.\"user\" (\"order\", \"a\"\"b, (c)\", tenant_id) FROM stdin;\n\\.\n" +
		"COPY audit.log (id) FROM stdin;\n1\n2\n\\.\n"
	c := &counts{column: "tenant_id", rows: map[string]int64{}, tenants: map[string]map[string]int64{}}
	if err := c.read(strings.NewReader(dump)); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]int64{"public.campaigns": 4, "langflow.user": 0, "audit.log": 2}, c.rows); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]map[string]int64{"public.campaigns": {"a": 2, "b": 1, "none": 1}, "langflow.user": {}}, c.tenants); d != "" {
		t.Error(d)
	}
	for _, cut := range []string{"COPY public.campaigns (id) FROM stdin;\n1\n", "COPY campaigns\n", "COPY a.b (c", `COPY a."b (c) FROM stdin;` + "\n"} {
		if err := c.read(strings.NewReader(cut)); err == nil {
			t.Errorf("%q is taken", cut)
		}
	}
}

func TestFirstError(t *testing.T) {
	for said, want := range map[string]string{
		"pg_dump: error: query failed: ERROR:  permission denied for table campaigns\npg_dump: detail: Query was: LOCK TABLE":               "permission denied for table campaigns",
		"pg_dump: error: Dumping the contents of table failed\npg_dump: detail: Error message from server: ERROR:  query would be affected": "query would be affected",
		"something else": "something else",
	} {
		if got := firstError(said); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
