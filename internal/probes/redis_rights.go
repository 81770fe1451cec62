package probes

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/engardehq/bulkhead/internal/probes/book"
	"github.com/engardehq/bulkhead/internal/result"
)

// forbidden are commands that an application with a cache doesn't need, and what they would give away.
var forbidden = []struct {
	command []any
	gives   string
	harmful bool // not tried: the server is asked whether it would be allowed
}{
	{[]any{"KEYS", "*"}, "the names of all tenants' keys", false},
	{[]any{"SCAN", "0"}, "the names of all tenants' keys", false},
	{[]any{"RANDOMKEY"}, "the names of all tenants' keys", false},
	{[]any{"DBSIZE"}, "how many keys there are", false},
	{[]any{"EVAL", "return 1", "0"}, "programs in the server", false},
	{[]any{"SUBSCRIBE", "bulkhead"}, "what others publish", true},
	{[]any{"PUBLISH", "bulkhead", ""}, "messages to others", true},
	{[]any{"PSUBSCRIBE", "*"}, "what others publish", true},
	{[]any{"COPY", "a", "b", "DB", "0"}, "keys of other databases", true},
	{[]any{"MOVE", "a", "0"}, "keys of other databases", true},
	{[]any{"SWAPDB", "0", "1"}, "keys of other databases", true},
	{[]any{"CONFIG", "GET", "maxmemory"}, "the server's configuration", false},
	{[]any{"CONFIG", "SET", "dir", "/"}, "the server's configuration", true},
	{[]any{"CLIENT", "LIST"}, "who else is connected", false},
	{[]any{"ACL", "LIST"}, "the users and their rights", false},
	{[]any{"ACL", "SETUSER", "bulkhead"}, "the users and their rights", true},
	{[]any{"MONITOR"}, "every command of every client", true},
	{[]any{"DEBUG", "SLEEP", "0"}, "the server's insides", true},
	{[]any{"SLOWLOG", "GET", "1"}, "commands of other clients", false},
	{[]any{"FLUSHALL"}, "everybody's keys, to be deleted", true},
	{[]any{"FLUSHDB"}, "everybody's keys, to be deleted", true},
	{[]any{"MODULE", "LIST"}, "the server's insides", true},
	{[]any{"REPLICAOF", "NO", "ONE"}, "a copy of everything", true},
	{[]any{"SHUTDOWN"}, "the server's end", true},
	{[]any{"SAVE"}, "the server's disk", true},
	{[]any{"GET", "langflow:cache:bulkhead"}, "keys that aren't the application's", false},
	{[]any{"GET", "bulkhead-no-such-prefix"}, "keys that aren't the application's", false},
}

// cacheRights asks what the cache lets nobody do, and its application's user.
func cacheRights(ctx context.Context, c *Config, b book.Book) error {
	o := b.At("R02")
	if err := strangers(ctx, c, o); err != nil {
		return err
	}
	app, admin := c.Redis.application(), c.Redis.Administrator()
	defer app.Close()
	defer admin.Close()
	user, err := app.Do(ctx, "ACL", "WHOAMI").Text()
	if err != nil {
		if !denied(err) {
			return fmt.Errorf("reaching the cache as the application: %w", err)
		}
		user = c.Redis.Username
	}
	if user == "" {
		user = "default"
	}
	if err := selects(ctx, c, o, user); err != nil {
		return err
	}
	var open, gives []string
	for _, f := range forbidden {
		allowed, err := may(ctx, app, admin, user, f.command, f.harmful)
		if err != nil {
			o.Unsure(fmt.Sprintf("%v: %v", f.command[0], err))
			continue
		}
		if o.Looked(!allowed) {
			continue
		}
		name := fmt.Sprint(f.command[0])
		if len(f.command) > 1 && strings.Contains(" CONFIG CLIENT ACL DEBUG SLOWLOG MODULE GET ", " "+name+" ") {
			name += " " + fmt.Sprint(f.command[1])
		}
		open, gives = append(open, name), append(gives, f.gives)
	}
	if len(open) > 0 {
		o.Add(result.Finding{Channel: "R02", Severity: result.Weakness, Count: int64(len(open)), Where: "cache user " + user,
			What:     "the application's user of the cache may do more than keep and fetch its own keys: " + strings.Join(distinct(gives), ", "),
			Evidence: []result.Evidence{{Detail: "allowed: " + strings.Join(open, ", ")}},
			Fix:      "ACL SETUSER " + user + " resetkeys resetchannels ~app:* -@all +get +set +setex +del +unlink +exists +expire +ttl +pttl +ping +select +hello +auth +client|setname +reset +quit"})
	}
	o.Residue("one user of the cache serves all tenants: whoever has its password can fetch any tenant's key whose name he knows")
	return nil
}

// strangers tries the cache without a password, and the default user without one.
func strangers(ctx context.Context, c *Config, o *book.Outcome) error {
	nobody := c.Redis.client("", "", 0)
	defer nobody.Close()
	err := nobody.Do(ctx, "GET", "bulkhead-nobody").Err()
	open := err == nil || errors.Is(err, redis.Nil)
	var broken net.Error
	if !open && errors.As(err, &broken) {
		return fmt.Errorf("reaching the cache: %w", err)
	}
	if !o.Looked(!open) {
		o.Add(result.Finding{Channel: "R02", Severity: result.Weakness, Count: 1, Where: "cache user default", Fix: "ACL SETUSER default off resetpass",
			What: "the cache answers without a password: whoever reaches its port reads and writes all tenants' keys", Evidence: []result.Evidence{{Detail: "GET without AUTH was answered"}}})
	}
	return nil
}

// selects notes whether the application's user gets into the other databases: an index keeps nothing apart.
func selects(ctx context.Context, c *Config, o *book.Outcome, user string) error {
	other := 0
	if c.Redis.DB == 0 {
		other = 1
	}
	client := c.Redis.client(c.Redis.Username, c.Redis.Password, other)
	defer client.Close()
	if err := client.Ping(ctx).Err(); err == nil {
		o.Residue(user + " may SELECT every database: it is the prefix of its keys that keeps users apart, not the index")
	}
	return nil
}

// may tells whether a user is allowed a command: by trying where that does no harm, else by asking the server.
func may(ctx context.Context, app, admin *redis.Client, user string, command []any, harmful bool) (bool, error) {
	if !harmful {
		err := app.Do(ctx, command...).Err()
		switch {
		case err == nil || errors.Is(err, redis.Nil):
			return true, nil
		case denied(err):
			return false, nil
		}
		return false, err
	}
	answer, err := admin.Do(ctx, append([]any{"ACL", "DRYRUN", user}, command...)...).Text()
	switch {
	case err == nil:
		return answer == "OK", nil
	case denied(err):
		// The user may not even ask, and no administrator is known. Who may not use ACL isn't one who may do all.
		return false, nil
	}
	return false, err
}

func denied(err error) bool {
	text := err.Error()
	return strings.HasPrefix(text, "NOPERM") || strings.HasPrefix(text, "NOAUTH")
}

func distinct(all []string) (out []string) {
	seen := map[string]bool{}
	for _, s := range all {
		if !seen[s] {
			out = append(out, s)
		}
		seen[s] = true
	}
	return out
}
