package stacktest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	usualSocket = "/var/run/docker.sock"
	dockerdPath = "dockerd-test-" // of a folder in the temporary one; its process id follows
	bridgePath  = "bhtest"        // of a bridge; its process id follows
)

// Docker makes sure that the test and the programs that it starts reach a Docker: the machine's own where it answers, else one that lives
// as long as the test, with folders and a bridge of its own and without a rule in the machine's firewall. Where none can run the test is
// skipped with the reason, but fails for root where CI is set: there it must run.
func Docker(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped by -short: it runs containers")
	}
	if os.Getenv("DOCKER_HOST") != "" {
		return
	}
	if conn, err := net.Dial("unix", usualSocket); err == nil {
		conn.Close()
		return
	}
	removeLeftDockers()
	d := &dockerd{folder: filepath.Join(os.TempDir(), dockerdPath+strconv.Itoa(os.Getpid())), bridge: bridgePath + strconv.Itoa(os.Getpid())}
	t.Cleanup(func() {
		if err := d.end(); err != nil {
			t.Errorf("ending the Docker of this test: %v", err)
		}
	})
	if err := d.start(); err != nil {
		t.Helper()
		if os.Getenv("CI") != "" && os.Getuid() == 0 {
			t.Fatalf("no Docker can run here, and in CI one must: %v", err)
		}
		t.Skipf("no Docker answers at %s, and none can run here: %v", usualSocket, err)
	}
	t.Setenv("DOCKER_HOST", "unix://"+d.socket())
}

// dockerd is a Docker of a test's own.
type dockerd struct {
	folder, bridge string
	cmd            *exec.Cmd
	ended          chan struct{}
}

func (d *dockerd) socket() string { return filepath.Join(d.folder, "docker.sock") }

func (d *dockerd) start() error {
	if os.Getuid() != 0 {
		return errors.New("only root can run dockerd")
	}
	for _, name := range []string{"dockerd", "containerd", "runc", "docker-proxy", "ip"} {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("%s isn't installed (apt-get install docker.io iproute2)", name)
		}
	}
	if err := os.Mkdir(d.folder, 0o711); err != nil {
		return err
	}
	subnet := fmt.Sprintf("10.%d.%d.1/24", 100+rand.IntN(150), rand.IntN(256))
	for _, args := range [][]string{{"link", "add", d.bridge, "type", "bridge"}, {"addr", "add", subnet, "dev", d.bridge}, {"link", "set", d.bridge, "up"}} {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %s", strings.Join(args, " "), strings.TrimSpace(string(out)))
		}
	}
	log, err := os.Create(filepath.Join(d.folder, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	in := func(name string) string { return filepath.Join(d.folder, name) }
	d.cmd = exec.Command("dockerd", "--host", "unix://"+d.socket(), "--data-root", in("data"), "--exec-root", in("exec"), "--pidfile", in("pid"),
		"--bridge", d.bridge, "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false")
	d.cmd.Stdout, d.cmd.Stderr = log, log
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := d.cmd.Start(); err != nil {
		return err
	}
	d.ended = make(chan struct{})
	go func() { _ = d.cmd.Wait(); close(d.ended) }()
	for deadline := time.Now().Add(60 * time.Second); ; {
		if d.answers() {
			return nil
		}
		select {
		case <-d.ended:
			return fmt.Errorf("dockerd %s; it said last: %s", d.cmd.ProcessState, lastLine(log.Name()))
		case <-time.After(100 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("dockerd doesn't answer; it said last: %s", lastLine(log.Name()))
		}
	}
}

// answers tells whether it does more than listen: it listens before it knows that it can run containers at all.
func (d *dockerd) answers() bool {
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", d.socket())
	}}}
	reply, err := client.Get("http://docker/_ping")
	if err != nil {
		return false
	}
	reply.Body.Close()
	return reply.StatusCode == http.StatusOK
}

func lastLine(file string) string {
	text, _ := os.ReadFile(file)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}

// end ends dockerd and removes what it and start have made.
func (d *dockerd) end() (err error) {
	if d.ended != nil {
		_ = d.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-d.ended:
		case <-time.After(30 * time.Second):
			err = errors.New("dockerd didn't stop by itself")
			_ = syscall.Kill(-d.cmd.Process.Pid, syscall.SIGKILL)
			<-d.ended
		}
	}
	return errors.Join(err, removeDocker(d.folder, d.bridge))
}

func removeDocker(folder, bridge string) error {
	mounts, _ := os.ReadFile("/proc/self/mounts")
	lines := strings.Split(strings.TrimSpace(string(mounts)), "\n")
	for i := len(lines) - 1; i >= 0; i-- { // the last mount first
		if f := strings.Fields(lines[i]); len(f) > 1 && strings.HasPrefix(f[1], folder+"/") {
			_ = unix.Unmount(f[1], unix.MNT_DETACH)
		}
	}
	var err error
	if _, serr := os.Stat(filepath.Join("/sys/class/net", bridge)); serr == nil {
		err = exec.Command("ip", "link", "delete", bridge).Run()
	}
	return errors.Join(err, os.RemoveAll(folder))
}

// removeLeftDockers removes what tests that were killed have left; their dockerd ended with them.
func removeLeftDockers() {
	folders, _ := filepath.Glob(filepath.Join(os.TempDir(), dockerdPath+"*"))
	for _, folder := range folders {
		id := strings.TrimPrefix(filepath.Base(folder), dockerdPath)
		pid, err := strconv.Atoi(id)
		if err != nil || syscall.Kill(pid, 0) == nil {
			continue
		}
		if text, err := os.ReadFile(filepath.Join(folder, "pid")); err == nil { // still stopping its containers
			if daemon, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && syscall.Kill(daemon, 0) == nil {
				continue
			}
		}
		_ = removeDocker(folder, bridgePath+id)
	}
}
