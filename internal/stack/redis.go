package stack

import (
	"context"
	"fmt"
	"path/filepath"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

// quiet keeps the client from writing to the terminal by itself: what goes wrong comes back as an error.
type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

func init() { redis.SetLogger(quiet{}) }

const redisStartLimit = 20 * time.Second

// StartRedis starts Redis as the cache that it is in the system under test: nothing
// is written to disk, and the least recently used keys go first.
func (n *Native) StartRedis(ctx context.Context) error {
	dir, err := n.folder(Redis, 0o700, true)
	if err != nil {
		return err
	}
	return n.startOnPort(Redis, func(port int) error {
		conf, err := n.writeRedisConf(dir, loopback, port)
		if err != nil {
			return err
		}
		spec := n.spec(Redis, []string{n.tools.redis, conf}, nil, dir, true)
		p, err := n.launch(ctx, spec, redisStartLimit, func(ctx context.Context) error { return n.pingRedis(ctx, port) })
		if err != nil {
			return err
		}
		n.keepPort(Redis, port)
		n.set(Redis, &up{proc: p, version: n.tools.redisVersion, port: port})
		return nil
	})
}

func (n *Native) writeRedisConf(dir, listen string, port int) (conf string, err error) {
	conf = filepath.Join(dir, "redis.conf")
	text := fmt.Sprintf("bind %s\nport %d\nprotected-mode yes\nrequirepass %s\ndaemonize no\ndir %s\nsave \"\"\nappendonly no\n"+
		"maxmemory 256mb\nmaxmemory-policy allkeys-lru\n", listen, port, n.Secrets.Redis.Reveal(), dir)
	for _, user := range CacheUsers {
		text += fmt.Sprintf("user %s on >%s resetchannels %s\n", user, n.Secrets.CacheUser(user).Reveal(), cacheRights[user])
	}
	return conf, n.writeFor(conf, text)
}

// The users of the cache. The default one has the administrator's password and every right; no application uses it.
const (
	ApplicationCache = "application"
	LangflowCache    = "langflow"
)

// CacheUsers are those that applications have, each kept to keys of its own prefix: an index keeps nothing apart, as SELECT is open to all.
var CacheUsers = []string{ApplicationCache, LangflowCache}

var cacheRights = map[string]string{
	// Nothing that lists keys, runs programs or changes the server: an application knows the names of its keys.
	ApplicationCache: "~app:* -@all +get +set +setex +del +unlink +exists +expire +ttl +pttl " + cacheConnection,
	// Langflow empties its cache by SCAN.
	LangflowCache: "~langflow:* -@all +get +set +setex +del +unlink +exists +expire +ttl +pttl +scan " + cacheConnection,
}

const cacheConnection = "+ping +select +hello +auth +quit +reset +client|setname"

// StopRedis ends Redis, and with it what it held.
func (n *Native) StopRedis(ctx context.Context) error {
	return n.stopService(ctx, Redis, syscall.SIGTERM, 5*time.Second)
}

func (n *Native) pingRedis(ctx context.Context, port int) error {
	c := redis.NewClient(&redis.Options{
		Addr: fmt.Sprintf("%s:%d", loopback, port), Password: n.Secrets.Redis.Reveal(), MaxRetries: -1, DialTimeout: 2 * time.Second,
	})
	defer c.Close()
	return c.Ping(ctx).Err()
}
