package stack

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
)

// keptProc is one child of the keeper's own making.
type keptProc struct {
	spec procSpec
	pid  int
	done chan struct{} // closed by reap, after exit is set
	exit exitNews
}

type spawnOrder struct {
	spec procSpec
	done chan spawnResult
}

type spawnResult struct {
	pid int
	err error
}

// spawner forks every child from one thread that lives as long as the keeper: the
// kernel sends the parent-death signal when the forking *thread* ends, not the process.
func (k *keeper) spawner() {
	runtime.LockOSThread()
	for order := range k.spawn {
		pid, err := k.fork(order.spec)
		order.done <- spawnResult{pid, err}
	}
}

func (k *keeper) start(spec procSpec) (int, error) {
	order := spawnOrder{spec, make(chan spawnResult, 1)}
	k.spawn <- order
	r := <-order.done
	return r.pid, r.err
}

func (k *keeper) fork(spec procSpec) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closing {
		return 0, errors.New("the stack is being stopped")
	}
	for _, p := range k.procs {
		if p.spec.Name == spec.Name && !p.ended() {
			return 0, fmt.Errorf("%s runs already (pid %d)", spec.Name, p.pid)
		}
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	log, err := os.OpenFile(spec.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return 0, fmt.Errorf("open log: %w", err)
	}
	defer log.Close()
	attr := &syscall.ProcAttr{
		Dir: spec.Dir, Env: append(spec.Env, scratchEnv+"="+k.scratch),
		Files: []uintptr{null.Fd(), log.Fd(), log.Fd()},
		Sys:   &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.Signal(spec.DeathSignal)},
	}
	if spec.UID >= 0 && spec.UID != os.Getuid() {
		attr.Sys.Credential = &syscall.Credential{Uid: uint32(spec.UID), Gid: uint32(spec.GID), Groups: []uint32{uint32(spec.GID)}}
	}
	// Not os.StartProcess: its Wait would compete with reap for the exit status.
	pid, err := syscall.ForkExec(spec.Argv[0], spec.Argv, attr)
	if err != nil {
		return 0, fmt.Errorf("start %s: %w", spec.Argv[0], err)
	}
	k.procs = append(k.procs, &keptProc{spec: spec, pid: pid, done: make(chan struct{})})
	return pid, nil
}

// reap collects every child that has ended, adopted orphans among them.
func (k *keeper) reap() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for {
		var ws syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &ws, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		for _, p := range k.procs {
			if p.pid != pid || p.ended() {
				continue
			}
			p.exit = exitNews{Name: p.spec.Name, Pid: pid, Code: ws.ExitStatus()}
			if ws.Signaled() {
				p.exit.Signal = int(ws.Signal())
			}
			close(p.done)
			k.say(reply{Exit: &p.exit})
		}
	}
}

// stop ends one process by name as the request says, and its process group after it.
func (k *keeper) stop(a stopArgs) error {
	k.mu.Lock()
	var found *keptProc
	for _, p := range k.procs {
		if p.spec.Name == a.Name && !p.ended() {
			found = p
		}
	}
	k.mu.Unlock()
	if found == nil {
		return nil
	}
	found.signal(a.Signal)
	if found.wait(a.Grace) {
		found.killGroup()
		return nil
	}
	k.end(found)
	return fmt.Errorf("%s didn't stop within %s of signal %d", a.Name, a.Grace, a.Signal)
}

// end stops a process in steps, from asking to SIGKILL.
func (k *keeper) end(p *keptProc) {
	if !p.ended() {
		p.signal(p.spec.StopSignal)
		if !p.wait(p.spec.Grace) && p.spec.HardSignal != 0 {
			p.signal(p.spec.HardSignal)
			p.wait(p.spec.HardGrace)
		}
	}
	if !p.ended() {
		p.signal(int(syscall.SIGKILL))
		p.wait(5 * time.Second)
	}
	p.killGroup()
}

// killDescendants ends what the servers forked and left; as a subreaper the keeper
// is the ancestor of all of it. It looks again until nothing is found, because a
// process can fork between being seen and being killed.
func (k *keeper) killDescendants() error {
	deadline := time.Now().Add(10 * time.Second)
	for {
		left := descendants(os.Getpid())
		if len(left) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d processes can't be killed, the first is pid %d", len(left), left[0])
		}
		for _, pid := range left {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		time.Sleep(20 * time.Millisecond)
		k.reap()
	}
}

func (p *keptProc) signal(sig int) {
	if !p.ended() {
		_ = syscall.Kill(p.pid, syscall.Signal(sig))
	}
}

// killGroup ends the rest of the process group; once the leader is reaped, the
// group id stays taken as long as a member lives, so it can't be someone else's.
func (p *keptProc) killGroup() { _ = syscall.Kill(-p.pid, syscall.SIGKILL) }

func (p *keptProc) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

func (p *keptProc) wait(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-p.done:
		return true
	case <-t.C:
		return p.ended()
	}
}
