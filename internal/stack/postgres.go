package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	postgresDir = "postgres"
	dataDir     = "data"

	postgresStartLimit = 60 * time.Second
	postgresStopLimit  = 120 * time.Second // a fast stop writes a checkpoint first
	maxConnections     = 200
)

// InitPostgres makes an empty cluster in DataDir with n.Secrets' superuser password.
func (n *Native) InitPostgres(ctx context.Context) error {
	return n.initPostgres(func(dir string, args []string) error {
		argv := append([]string{filepath.Join(n.tools.pgBin, "initdb")}, args...)
		return n.Run(ctx, Command{Name: "initdb", AsService: true, Dir: dir, Argv: argv})
	})
}

// initPostgres has initdb run in PostgreSQL's folder.
func (n *Native) initPostgres(initdb func(dir string, args []string) error) error {
	dir, err := n.folder(postgresDir, 0o700, true)
	if err != nil {
		return err
	}
	pwfile := filepath.Join(dir, "pwfile")
	if err := os.WriteFile(pwfile, []byte(n.Secrets.Superuser.Reveal()+"\n"), 0o600); err != nil {
		return fmt.Errorf("write password file: %w", err)
	}
	defer os.Remove(pwfile)
	if err := n.give(pwfile); err != nil {
		return err
	}
	return initdb(dir, []string{
		"--pgdata=" + dataDir, "--username=" + superuser, "--pwfile=" + pwfile,
		"--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256",
	})
}

// StartPostgres starts the cluster in DataDir and waits until it answers. A second
// start keeps the port of the first, so that connection strings stay true.
func (n *Native) StartPostgres(ctx context.Context) error {
	conf, err := n.folder(postgresDir+"/conf", 0o700, true)
	if err != nil {
		return err
	}
	if err := n.giveAll(filepath.Join(n.scratch, postgresDir), conf); err != nil {
		return err
	}
	return n.startOnPort(Postgres, func(port int) error {
		here := postgresPlace{listen: loopback, port: port, clients: loopback + "/32", statements: n.hasLibrary("pg_stat_statements")}
		if err := n.writePostgresConf(conf, here); err != nil {
			return err
		}
		// Settings live beside the data folder, not in it: a saved state must not
		// carry one machine's memory sizes and ports to the next run.
		spec := n.spec(Postgres, []string{
			filepath.Join(n.tools.pgBin, "postgres"), "-D", dataDir, "--config-file=" + filepath.Join(conf, "postgresql.conf"),
		}, nil, filepath.Join(n.scratch, postgresDir), true)
		spec.StopSignal, spec.Grace = int(syscall.SIGINT), 5*time.Second
		spec.HardSignal, spec.HardGrace = int(syscall.SIGQUIT), 4*time.Second
		spec.DeathSignal = int(syscall.SIGQUIT)
		spec.DataDir = n.DataDir()
		dsn := postgresURL(superuser, n.Secrets.Superuser, loopback, port, "postgres")
		p, err := n.launch(ctx, spec, postgresStartLimit, func(ctx context.Context) error { return n.readSettings(ctx, dsn) })
		if err != nil {
			return err
		}
		n.keepPort(Postgres, port)
		n.set(Postgres, &up{proc: p, version: n.tools.pgVersion, port: port})
		return nil
	})
}

// StopPostgres stops the server cleanly, with a checkpoint, so that DataDir can be saved.
func (n *Native) StopPostgres(ctx context.Context) error {
	return n.stopService(ctx, Postgres, syscall.SIGINT, postgresStopLimit)
}

func (n *Native) stopService(ctx context.Context, service string, sig syscall.Signal, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit+15*time.Second)
	defer cancel()
	if err := n.keeper.stop(ctx, service, sig, limit); err != nil {
		return fmt.Errorf("stop %s: %w", service, err)
	}
	n.set(service, nil)
	return nil
}

// keepPort makes a later start of a service take the same port again.
func (n *Native) keepPort(service string, port int) {
	n.portMu.Lock()
	defer n.portMu.Unlock()
	if n.again == nil {
		n.again = map[string]int{}
	}
	n.again[service] = port
}

// postgresPlace is where a PostgreSQL listens, and for whom.
type postgresPlace struct {
	listen     string
	port       int
	clients    string // address of pg_hba.conf
	statements bool   // pg_stat_statements can be loaded
}

func (n *Native) writePostgresConf(dir string, at postgresPlace) error {
	data := n.DataDir()
	settings := [][2]string{
		{"data_directory", data},
		{"hba_file", filepath.Join(dir, "pg_hba.conf")},
		{"ident_file", filepath.Join(data, "pg_ident.conf")},
		{"listen_addresses", at.listen},
		{"port", strconv.Itoa(at.port)},
		{"unix_socket_directories", socketFolder(dir)},
		{"max_connections", strconv.Itoa(maxConnections)},
		{"shared_buffers", sharedBuffers()},
		{"password_encryption", "scram-sha-256"},
		{"timezone", "UTC"},
		{"log_timezone", "UTC"},
		// Said aloud, though they are the defaults: a figure without them means nothing.
		{"fsync", "on"},
		{"synchronous_commit", "on"},
		{"full_page_writes", "on"},
		{"logging_collector", "off"},
		{"log_destination", "stderr"},
		{"log_line_prefix", "%m [%p] %q%u@%d %a "},
	}
	if at.statements {
		settings = append(settings, [2]string{"shared_preload_libraries", "pg_stat_statements"})
	}
	var b strings.Builder
	for _, s := range settings {
		fmt.Fprintf(&b, "%s = '%s'\n", s[0], strings.ReplaceAll(s[1], "'", "''"))
	}
	const method = " scram-sha-256\n"
	hba := "local all all" + method + "host all all " + at.clients + method + "local replication all" + method + "host replication all " + at.clients + method
	return errors.Join(
		n.writeFor(filepath.Join(dir, "postgresql.conf"), b.String()),
		n.writeFor(filepath.Join(dir, "pg_hba.conf"), hba))
}

// writeFor writes a file that only the service user may read.
func (n *Native) writeFor(path, content string) error {
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return n.give(path)
}

func (n *Native) giveAll(paths ...string) error {
	for _, p := range paths {
		if err := n.give(p); err != nil {
			return fmt.Errorf("give %s to %s: %w", p, n.user.name, err)
		}
	}
	return nil
}

// socketFolder is "" (no socket) where the path would be longer than the kernel allows.
func socketFolder(dir string) string {
	if len(dir)+len("/.s.PGSQL.65535.lock") > 100 {
		return ""
	}
	return dir
}

// sharedBuffers: 512 MB from 8 GiB of memory on, as production has, else PostgreSQL's default.
func sharedBuffers() string {
	if memoryTotal() >= 8<<30-256<<20 { // the kernel keeps a part of the 8 for itself
		return "512MB"
	}
	return "128MB"
}

func (n *Native) hasLibrary(name string) bool {
	dirs := []string{filepath.Join(n.tools.pgBin, "../lib"), filepath.Join(n.tools.pgBin, "../lib/postgresql")}
	if out, err := output(context.Background(), filepath.Join(n.tools.pgBin, "pg_config"), "--pkglibdir"); err == nil {
		dirs = append(dirs, strings.TrimSpace(out))
	}
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, name+".so")); err == nil {
			return true
		}
	}
	return false
}

var reportedSettings = []string{
	"server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers",
	"max_connections", "shared_preload_libraries",
}

// readSettings is the health check too: it logs in and asks what the server runs with.
func (n *Native) readSettings(ctx context.Context, dsn DSN) error {
	conn, err := pgx.Connect(ctx, dsn.Reveal())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	rows, err := conn.Query(ctx, "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY ($1)", reportedSettings)
	if err != nil {
		return err
	}
	got := map[string]string{}
	var name, value string
	if _, err := pgx.ForEachRow(rows, []any{&name, &value}, func() error { got[name] = value; return nil }); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for k, v := range got {
		n.settings[k] = v
	}
	return nil
}
