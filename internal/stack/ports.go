package stack

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

const loopback = "127.0.0.1"

var services = []string{Postgres, PgBouncer, Redis, Langflow, Backend}

// checkPort says in one line why a port that was asked for can't be had.
func checkPort(service string, port int) error {
	if !slices.Contains(services, service) {
		return &Error{What: fmt.Sprintf("there is no service %q to give a port", service), Mend: "one of " + strings.Join(services, ", ")}
	}
	if port < 1 || port > 65535 {
		return &Error{What: fmt.Sprintf("port %d for %s isn't a port", port, service), Mend: "choose one from 1024 to 65535"}
	}
	l, err := net.Listen("tcp4", net.JoinHostPort(loopback, strconv.Itoa(port)))
	if err == nil {
		return l.Close()
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return portTaken(service, port)
	}
	return &Error{What: fmt.Sprintf("port %d for %s can't be had", port, service), Mend: "choose another", Err: err}
}

func portTaken(service string, port int) error {
	who := ""
	if pid := portHolder(port); pid != 0 {
		who = fmt.Sprintf(" by pid %d", pid)
		if s, ok := readStat(pid); ok {
			who += " (" + s.comm + ")"
		}
	}
	return &Error{What: fmt.Sprintf("port %d for %s is in use%s", port, service, who), Mend: "end that, or leave the port out to get a free one"}
}

// port gives the one asked for, the one that the service had before, or a free one.
// Another process can take it before the server binds it; startOnPort tries again then.
func (n *Native) port(service string) (int, error) {
	if p, ok := n.opts.Ports[service]; ok {
		return p, checkPort(service, p)
	}
	n.portMu.Lock()
	defer n.portMu.Unlock()
	if p := n.again[service]; p != 0 {
		delete(n.again, service) // should it be lost meanwhile, the next try gets another
		return p, nil
	}
	// Below the range that the kernel gives to outgoing connections: Langflow binds
	// seconds after it was started, and meanwhile seeding opens connections by the hundred.
	for range 200 {
		p := lowestPort + rand.IntN(max(outgoingFrom()-lowestPort, 1))
		if n.given[p] {
			continue
		}
		l, err := net.Listen("tcp4", net.JoinHostPort(loopback, strconv.Itoa(p)))
		if err != nil {
			continue
		}
		l.Close()
		n.given[p] = true
		return p, nil
	}
	return 0, &Error{What: fmt.Sprintf("no free port for %s between %d and %d", service, lowestPort, outgoingFrom()), Mend: "ask for one with --port " + service + "=NUMBER"}
}

const lowestPort = 10000

// outgoingFrom is the first port that the kernel picks for outgoing connections.
func outgoingFrom() int {
	data, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if f := strings.Fields(string(data)); err == nil && len(f) == 2 {
		if low, err := strconv.Atoi(f[0]); err == nil && low > lowestPort+100 {
			return low
		}
	}
	return 32768
}

// startOnPort runs start with a port, and with another if that one was lost in a race.
func (n *Native) startOnPort(service string, start func(port int) error) error {
	for try := 1; ; try++ {
		port, err := n.port(service)
		if err != nil {
			return err
		}
		err = start(port)
		if err == nil {
			return nil
		}
		if !strings.Contains(strings.ToLower(err.Error()), "address already in use") {
			return err
		}
		if n.opts.Ports[service] != 0 {
			return portTaken(service, port)
		}
		if try == 3 {
			return err
		}
	}
}

// portHolder finds the process that listens on a loopback port, 0 when it can't tell.
func portHolder(port int) int {
	inode := ""
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		data, err := os.ReadFile(table)
		if err != nil {
			continue
		}
		for _, line := range strings.Split(string(data), "\n") {
			f := strings.Fields(line)
			const listening = "0A"
			if len(f) > 9 && f[3] == listening && strings.HasSuffix(f[1], fmt.Sprintf(":%04X", port)) {
				inode = f[9]
			}
		}
	}
	if inode == "" {
		return 0
	}
	for _, pid := range pids() {
		links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
		for _, link := range links {
			if to, err := os.Readlink(link); err == nil && to == "socket:["+inode+"]" {
				return pid
			}
		}
	}
	return 0
}
