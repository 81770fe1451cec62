package removal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/engardehq/bulkhead/internal/target"
	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/sql"
)

// Step is what became of one step of the procedure.
type Step struct {
	Name    string
	Seconds float64
	Removed int64 // keys or files; what a script removed it doesn't tell
}

// Remove removes a tenant by the procedure that the target declares, and tells of each step. shut is called once nobody new is let in any
// more. What was done stays done when a step fails; to begin anew does the rest.
func Remove(ctx context.Context, c *Config, id string, shut func()) (steps []Step, err error) {
	names, err := c.names(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("asking what names the tenant: %w", err)
	}
	for _, s := range c.Target.Removal.Steps {
		if s.Needs != "" && !c.Has(s.Needs) {
			continue
		}
		began := time.Now()
		done := Step{Name: s.Name}
		switch {
		case s.SQL != "":
			err = c.Script(ctx, s.Role, s.SQL, map[string]string{setting: id})
		case s.Keys != "":
			done.Removed, err = c.removeKeys(ctx, s, names)
		case s.Files != "":
			done.Removed, err = c.removeFiles(s.Files, names)
		case s.Wait > 0:
			err = pause(ctx, s.Wait)
		}
		done.Seconds = time.Since(began).Seconds()
		if err != nil {
			return steps, fmt.Errorf("step %q: %w", s.Name, err)
		}
		if steps = append(steps, done); s.Shuts {
			shut()
		}
	}
	return steps, nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// setting is where scripts find the tenant.
const setting = "removal.tenant"

// as connects as a role, which then may become another one, and tells the session the tenant.
func (c *Config) as(ctx context.Context, role, become, id string) (*pgx.Conn, error) {
	return c.with(ctx, role, become, map[string]string{setting: id})
}

// with does the same with any settings.
func (c *Config) with(ctx context.Context, role, become string, settings map[string]string) (*pgx.Conn, error) {
	dsn, ok := c.DSN[role]
	if !ok {
		return nil, fmt.Errorf("nobody knows how to log in as %s", role)
	}
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	for name, value := range settings {
		if err == nil {
			_, err = conn.Exec(ctx, "SELECT pg_catalog.set_config($1, $2, false)", name, value)
		}
	}
	if err == nil && become != "" {
		_, err = conn.Exec(ctx, "SET ROLE "+pgx.Identifier{become}.Sanitize())
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
	}
	return conn, nil
}

func (c *Config) text(file string) (string, error) {
	data, err := fs.ReadFile(c.scripts(), file)
	if err != nil {
		return "", fmt.Errorf("the target's scripts: %w", err)
	}
	return string(data), nil
}

func (c *Config) scripts() fs.FS {
	if c.Scripts != nil {
		return c.Scripts
	}
	return sql.FS
}

// Script runs a script of the target's as a role, in a session with these settings.
func (c *Config) Script(ctx context.Context, role, file string, settings map[string]string) error {
	text, err := c.text(file)
	if err != nil {
		return err
	}
	conn, err := c.with(ctx, role, "", settings)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, text); err != nil {
		return fmt.Errorf("sql/%s: %w", file, err)
	}
	return nil
}

// names are the words by which keys and files name the tenant.
func (c *Config) names(ctx context.Context, id string) (map[string]bool, error) {
	all := map[string]bool{id: true}
	for _, n := range c.Target.Removal.Names {
		if n.Needs != "" && !c.Has(n.Needs) {
			continue
		}
		text, err := c.text(n.SQL)
		if err != nil {
			return nil, err
		}
		conn, err := c.as(ctx, n.Role, n.Become, id)
		if err != nil {
			return nil, err
		}
		rows, err := conn.Query(ctx, text)
		if err == nil {
			var found []string
			found, err = pgx.CollectRows(rows, pgx.RowTo[string])
			for _, word := range found {
				all[word] = true
			}
		}
		if err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))); err != nil {
			return nil, fmt.Errorf("sql/%s: %w", n.SQL, err)
		}
	}
	return all, nil
}

// named tells whether a text has one of the names in it: a uuid anywhere, another word as a part of its own.
func named(text []byte, names map[string]bool) (found bool) {
	tenant.ScanUUIDs(text, func(u tenant.UUID) bool {
		found = names[u.String()]
		return !found
	})
	if found {
		return true
	}
	for part := range strings.FieldsFuncSeq(string(text), func(r rune) bool { return strings.ContainsRune(":/", r) }) {
		if names[part] {
			return true
		}
	}
	return false
}

// removeKeys removes the keys that name the tenant, and those under which something is that does.
func (c *Config) removeKeys(ctx context.Context, s target.RemovalStep, names map[string]bool) (int64, error) {
	client := c.redis(s.Database)
	defer client.Close()
	var doomed []string
	err := eachKey(ctx, client, s.Keys, func(key string, content []byte) {
		if named([]byte(key), names) || named(content, names) {
			doomed = append(doomed, key)
		}
	})
	if err != nil {
		return 0, err
	}
	var removed int64
	for some := range slices.Chunk(doomed, 500) {
		n, err := client.Unlink(ctx, some...).Result()
		if err != nil {
			return removed, fmt.Errorf("removing keys: %w", err)
		}
		removed += n
	}
	return removed, nil
}

// eachKey gives the keys of a database that fit a pattern, with what is under them.
func eachKey(ctx context.Context, client *redis.Client, pattern string, visit func(key string, content []byte)) error {
	keys := client.Scan(ctx, 0, pattern, 1000).Iterator()
	for keys.Next(ctx) {
		content, err := contents(ctx, client, keys.Val())
		if errors.Is(err, redis.Nil) {
			continue // gone meanwhile
		}
		if err != nil {
			return fmt.Errorf("reading a key of the cache: %w", err)
		}
		visit(keys.Val(), content)
	}
	if err := keys.Err(); err != nil {
		return fmt.Errorf("listing the cache's keys: %w", err)
	}
	return nil
}

// contents is all that is under a key, whatever its type.
func contents(ctx context.Context, client *redis.Client, key string) ([]byte, error) {
	kind, err := client.Type(ctx, key).Result()
	if err != nil {
		return nil, err
	}
	var parts []string
	switch kind {
	case "none":
		return nil, redis.Nil
	case "string":
		return client.Get(ctx, key).Bytes()
	case "hash":
		var all map[string]string
		all, err = client.HGetAll(ctx, key).Result()
		for k, v := range all {
			parts = append(parts, k, v)
		}
	case "list":
		parts, err = client.LRange(ctx, key, 0, -1).Result()
	case "set":
		parts, err = client.SMembers(ctx, key).Result()
	case "zset":
		parts, err = client.ZRange(ctx, key, 0, -1).Result()
	case "stream":
		var entries []redis.XMessage
		entries, err = client.XRange(ctx, key, "-", "+").Result()
		for _, e := range entries {
			parts = append(parts, fmt.Sprint(e.Values))
		}
	default:
		return nil, fmt.Errorf("the type %s isn't read", kind)
	}
	return []byte(strings.Join(parts, "\n")), err
}

// removeFiles removes files and folders that are named after something of the tenant's.
func (c *Config) removeFiles(service string, names map[string]bool) (removed int64, err error) {
	folder, ok := c.Folders[service]
	if !ok {
		return 0, fmt.Errorf("nobody knows where the files of %s are", service)
	}
	err = filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone meanwhile
		}
		if err != nil || file == folder || !named([]byte(entry.Name()), names) {
			return err
		}
		removed += count(file)
		if err := os.RemoveAll(file); err != nil {
			return err
		}
		if entry.IsDir() {
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		return removed, fmt.Errorf("removing files of %s: %w", service, err)
	}
	return removed, nil
}

// count is how many files there are under a path, itself counted where it is one.
func count(under string) (n int64) {
	_ = filepath.WalkDir(under, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			n++
		}
		return nil
	})
	return n
}
