package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/engardehq/bulkhead/internal/stack/containers"
)

const (
	everywhere    = "0.0.0.0" // inside of a container; it is published on 127.0.0.1 alone
	imagePostgres = "/usr/lib/postgresql/" + pgMajor + "/bin/"
)

// InitPostgres makes an empty cluster, as Native.InitPostgres, with the initdb of the image.
func (c *Containers) InitPostgres(ctx context.Context) error {
	return c.initPostgres(func(_ string, args []string) error {
		return c.run(ctx, "initdb", Postgres, append([]string{imagePostgres + "initdb"}, args...))
	})
}

// StartPostgres starts the cluster in DataDir, as Native.StartPostgres.
func (c *Containers) StartPostgres(ctx context.Context) error {
	conf, err := c.folder(postgresDir+"/conf", 0o700, true)
	if err != nil {
		return err
	}
	folder := filepath.Join(c.scratch, postgresDir)
	if err := c.giveAll(folder, conf); err != nil {
		return err
	}
	return c.startOnPort(Postgres, func(port int) error {
		// Clients come from Docker's network: its proxy, which publishes the port, and the pooler's container.
		if err := c.writePostgresConf(conf, postgresPlace{listen: everywhere, port: port, clients: "samenet", statements: true}); err != nil {
			return err
		}
		dsn := postgresURL(superuser, c.Secrets.Superuser, loopback, port, "postgres")
		u, err := c.start(ctx, Postgres, containers.Spec{Folder: folder, Port: port, StopSignal: "SIGINT",
			Argv: []string{imagePostgres + "postgres", "-D", dataDir, "--config-file=" + filepath.Join(conf, "postgresql.conf")},
		}, postgresStartLimit, func(ctx context.Context) error { return c.readSettings(ctx, dsn) })
		if err != nil {
			return err
		}
		c.mu.Lock()
		u.version, _, _ = strings.Cut(c.settings["server_version"], " ")
		c.tools.pgVersion = u.version
		c.mu.Unlock()
		c.set(Postgres, u)
		return nil
	})
}

// StopPostgres stops the server cleanly, so that DataDir can be saved.
func (c *Containers) StopPostgres(ctx context.Context) error {
	return c.stop(ctx, Postgres, postgresStopLimit)
}

func (c *Containers) readControlData(ctx context.Context) (string, error) {
	const name = "pg_controldata"
	if err := os.Remove(c.LogFile(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	if err := c.run(ctx, name, Postgres, []string{imagePostgres + name, "-D", c.DataDir()}); err != nil {
		return "", err
	}
	said, err := os.ReadFile(c.LogFile(name))
	return string(said), err
}

// StartRedis starts Redis as a cache, as Native.StartRedis.
func (c *Containers) StartRedis(ctx context.Context) error {
	dir, err := c.folder(Redis, 0o700, true)
	if err != nil {
		return err
	}
	return c.startOnPort(Redis, func(port int) error {
		conf, err := c.writeRedisConf(dir, everywhere, port)
		if err != nil {
			return err
		}
		u, err := c.start(ctx, Redis, containers.Spec{Folder: dir, Port: port, StopSignal: "SIGTERM", Argv: []string{"/usr/bin/redis-server", conf}},
			redisStartLimit, func(ctx context.Context) error { return c.pingRedis(ctx, port) })
		if err != nil {
			return err
		}
		if u.version, err = c.redisVersion(ctx, port); err != nil {
			return err
		}
		c.set(Redis, u)
		return nil
	})
}

// StopRedis ends Redis, and with it what it held.
func (c *Containers) StopRedis(ctx context.Context) error { return c.stop(ctx, Redis, 5*time.Second) }

func (c *Containers) redisVersion(ctx context.Context, port int) (string, error) {
	client := redis.NewClient(&redis.Options{Addr: fmt.Sprintf("%s:%d", loopback, port), Password: c.Secrets.Redis.Reveal()})
	defer client.Close()
	info, err := client.Info(ctx, "server").Result()
	if err != nil {
		return "", fmt.Errorf("version of redis: %w", err)
	}
	_, rest, _ := strings.Cut(info, "redis_version:")
	version, _, _ := strings.Cut(rest, "\r\n")
	return version, nil
}

// StartPgBouncer starts the pooler before a database, for these roles; PostgreSQL must be up.
func (c *Containers) StartPgBouncer(ctx context.Context, database string, roles []string) error {
	pg := c.get(Postgres)
	c.mu.Lock()
	server := c.held[Postgres]
	c.dbs, c.poolers = []string{database}, slices.Clone(roles)
	c.mu.Unlock()
	if pg == nil || server == nil {
		return errors.New("start pgbouncer: postgres isn't up")
	}
	dir, err := c.folder(PgBouncer, 0o700, true)
	if err != nil {
		return err
	}
	return c.startOnPort(PgBouncer, func(port int) error {
		at := poolerPlace{listen: everywhere, port: port, postgres: server.Address, postgresPort: pg.port}
		if err := c.writePoolerConf(dir, at); err != nil {
			return err
		}
		u, err := c.start(ctx, PgBouncer, containers.Spec{Folder: dir, Port: port, StopSignal: "SIGTERM",
			Argv: []string{"/usr/sbin/pgbouncer", filepath.Join(dir, "pgbouncer.ini")},
		}, poolerStartLimit, func(ctx context.Context) error { return c.readPooler(ctx, port) })
		if err != nil {
			return err
		}
		said, err := c.poolerShow(ctx, port, "SHOW VERSION")
		if err != nil {
			return fmt.Errorf("version of pgbouncer: %w", err)
		}
		if len(said) > 0 {
			u.version = versionWords.FindString(said[0]["version"])
		}
		c.set(PgBouncer, u)
		return nil
	})
}

// StopPgBouncer ends the pooler; clients lose their connections.
func (c *Containers) StopPgBouncer(ctx context.Context) error {
	return c.stop(ctx, PgBouncer, 5*time.Second)
}
