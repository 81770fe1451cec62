package probes

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/engardehq/bulkhead/internal/probes/book"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
)

// openCaches are caches in which a door stands open: commands of the administrator's, and what must be found.
var openCaches = []struct {
	name   string
	breaks [][]any
	mends  [][]any
	find   result.Finding
}{
	{"the default user without a password", [][]any{{"ACL", "SETUSER", "default", "nopass"}}, nil, result.Finding{Channel: "R02", Where: "default"}},
	{"a user of every key", [][]any{{"ACL", "SETUSER", "application", "~*"}}, nil, result.Finding{Channel: "R02", What: "keys that aren't the application's"}},
	{"a user that may list keys", [][]any{{"ACL", "SETUSER", "application", "+keys", "+scan"}}, nil, result.Finding{Channel: "R02", What: "the names of all tenants' keys"}},
	{"a user that may run programs", [][]any{{"ACL", "SETUSER", "application", "+eval"}}, nil, result.Finding{Channel: "R02", What: "programs"}},
	{"a user that may do everything", [][]any{{"ACL", "SETUSER", "application", "+@all", "&*", "~*"}}, nil, result.Finding{Channel: "R02", What: "every command of every client"}},
	{"a user that may delete everything", [][]any{{"ACL", "SETUSER", "application", "+flushall"}}, nil, result.Finding{Channel: "R02", What: "deleted"}},
	{"a user that listens to others", [][]any{{"ACL", "SETUSER", "application", "+psubscribe", "&*"}}, nil, result.Finding{Channel: "R02", What: "what others publish"}},
	{"a key without a tenant", [][]any{{"SET", "app:patients", `[{"practice_no":"2","name":"patient 2/1"}]`, "EX", "60"}}, [][]any{{"DEL", "app:patients"}},
		result.Finding{Channel: "R01", Severity: result.Leak, Where: "app:patients"}},
	{"a key of another tenant", [][]any{{"SET", "app:patients:1", `[{"practice_no": 2, "name": "patient 2/1"}]`, "EX", "60"}}, [][]any{{"DEL", "app:patients:1"}},
		result.Finding{Channel: "R01", Severity: result.Leak, Where: "app:patients:1"}},
	{"a hash with two tenants in it", [][]any{{"HSET", "app:hash:1", "a", `{"practice_no":1}`, "b", `{"practice_no":3}`}, {"EXPIRE", "app:hash:1", "60"}}, [][]any{{"DEL", "app:hash:1"}},
		result.Finding{Channel: "R01", Severity: result.Leak, Where: "app:hash:1"}},
	{"a key that never ends", [][]any{{"SET", "app:patients:1", "[]"}}, [][]any{{"DEL", "app:patients:1"}}, result.Finding{Channel: "R03", What: "never ends"}},
	{"a key that stays too long", [][]any{{"SET", "app:patients:1", "[]", "EX", "86400"}}, [][]any{{"DEL", "app:patients:1"}}, result.Finding{Channel: "R03", What: "longer"}},
}

func TestCache(t *testing.T) {
	w := newWard(t)
	access := w.n.Stack("clinic").Redis
	w.c.Redis = &Redis{Addr: access.Addr, Username: stack.ApplicationCache, Password: access.Users[stack.ApplicationCache].Reveal(), DB: 1, AdminPassword: access.Password.Reveal(),
		Keys: []CacheKey{{"patients", "app:patients:{tenant}", 5 * time.Minute}}}
	boss := w.c.Redis.Administrator()
	defer boss.Close()
	do := func(commands [][]any) {
		for _, command := range commands {
			if err := boss.Do(t.Context(), command...).Err(); err != nil {
				t.Fatalf("%v: %v", command, err)
			}
		}
	}
	attack := func() book.Book {
		b := book.Book{}
		for _, f := range []func() error{func() error { return cacheKeys(t.Context(), &w.c, b) }, func() error { return cacheRights(t.Context(), &w.c, b) }} {
			if err := f(); err != nil {
				t.Error(err)
			}
		}
		return b
	}
	healthy := [][]any{{"ACL", "SETUSER", "default", "resetpass", ">" + access.Password.Reveal()},
		{"ACL", "SETUSER", "application", "reset", "on", ">" + w.c.Redis.Password, "resetchannels", "~app:*", "-@all", "+get", "+set", "+ping", "+select", "+hello", "+auth"}}
	w.clean(attack())
	do([][]any{{"SET", "app:patients:1", `[{"practice_no":1}]`, "EX", "60"}, {"SET", "app:patients:2", `[{"practice_no":2}]`, "EX", "60"}})
	w.clean(attack())
	do([][]any{{"DEL", "app:patients:1", "app:patients:2"}})
	for _, b := range openCaches {
		do(b.breaks)
		found := findings(attack())
		if !slices.ContainsFunc(found, func(f result.Finding) bool {
			return f.Channel == b.find.Channel && (b.find.Severity == "" || f.Severity == b.find.Severity) && strings.Contains(f.What, b.find.What) && strings.Contains(f.Where, b.find.Where)
		}) || len(found) != 1 {
			t.Errorf("%s: want %+v alone, found %s", b.name, b.find, show(found))
		}
		do(b.mends)
		do(healthy)
	}
	w.clean(attack())
	w.c.Redis.Keys = []CacheKey{{"patients", "app:patients", time.Minute}}
	if found := findings(attack()); len(found) != 1 || found[0].Channel != "R01" {
		t.Errorf("a key without the tenant in it: found %s", show(found))
	}
}

func TestNotifications(t *testing.T) {
	for body, want := range map[string]bool{
		"BEGIN PERFORM pg_notify('changes', NEW.id::text); RETURN NEW; END":         true,
		"BEGIN PERFORM pg_notify('changes', row_to_json(NEW)::text); END":           true,
		"BEGIN PERFORM pg_notify('t_' || NEW.tenant_id, ''); END":                   true,
		"BEGIN EXECUTE 'NOTIFY changes, ' || quote_literal(NEW.name); END":          true,
		"BEGIN PERFORM pg_catalog.pg_notify('a', 'x' || NEW.name); END":             true,
		"BEGIN PERFORM pg_notify('changes', ''); RETURN NEW; END":                   false,
		"BEGIN PERFORM pg_notify('changes', TG_TABLE_NAME); RETURN NEW; END":        false,
		"BEGIN PERFORM pg_notify('changes', TG_OP || ' ' || TG_TABLE_NAME); END":    false,
		"BEGIN NOTIFY changes; RETURN NEW; END":                                     false,
		"BEGIN /* pg_notify('a', NEW.id) */ PERFORM pg_notify('a', 'now'); END":     false,
		"BEGIN PERFORM pg_notify('changes', 'row ' || NEW.id); RETURN NEW; END -- ": true,
	} {
		if got := tells(body); got != want {
			t.Errorf("%s: %t", body, got)
		}
	}
}
