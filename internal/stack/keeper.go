package stack

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// The keeper is this same program, executed again in a session of its own, that
// holds every server of a stack as its child. bulkhead may be killed in any way:
// its end of the pipe closes with it, and the keeper stops the servers, ends
// whatever they left behind and removes the scratch folder.

// keeperName is the keeper's argv[0] and its name in process lists: not the
// program's own, so that `pkill -9 bulkhead` leaves alive what has to clear up.
const keeperName = "stack-keeper"

const (
	keeperRequestsFD = 3
	keeperRepliesFD  = 4
)

// IsKeeper says whether this process was started to be a keeper. main (and
// TestMain of any test that opens a stack) asks before anything else.
func IsKeeper() bool { return len(os.Args) == 1 && os.Args[0] == keeperName }

type keeper struct {
	mu      sync.Mutex // held while forking and while reaping: a pid is known before its end is news
	procs   []*keptProc
	closing bool

	scratch    string
	lock       *os.File
	containers bool
	spawn      chan spawnOrder
	replies    chan reply
	flushed    chan struct{}
}

// Keep is the keeper's main; its result is the exit code.
func Keep() int {
	// For this thread group's name any thread may write to comm; prctl would name one thread.
	_ = os.WriteFile("/proc/self/comm", []byte(keeperName), 0)
	_ = os.Chdir("/")
	syscall.Umask(0o022)
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		fmt.Fprintln(os.Stderr, "become subreaper:", err)
		return 1
	}
	// Caught rather than ignored: an ignored signal would stay ignored in the servers.
	deaf := make(chan os.Signal, 1)
	signal.Notify(deaf, syscall.SIGINT, syscall.SIGHUP, syscall.SIGPIPE, syscall.SIGQUIT, syscall.SIGTSTP)
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	chld := make(chan os.Signal, 1)
	signal.Notify(chld, syscall.SIGCHLD)

	k := &keeper{spawn: make(chan spawnOrder), replies: make(chan reply, 256), flushed: make(chan struct{})}
	go k.spawner()
	go k.writeReplies(os.NewFile(keeperRepliesFD, "replies"))
	go func() {
		for range chld {
			k.reap()
		}
	}()
	code := k.serve(term)
	close(k.replies)
	<-k.flushed
	return code
}

// serve answers requests until it is time to clear up, and then clears up.
func (k *keeper) serve(term <-chan os.Signal) int {
	requests := make(chan request)
	go func() {
		defer close(requests)
		lines := bufio.NewReader(os.NewFile(keeperRequestsFD, "requests"))
		dec := json.NewDecoder(lines)
		for {
			var r request
			if dec.Decode(&r) != nil {
				return
			}
			requests <- r
		}
	}()
	stay := false
	for {
		select {
		case <-term:
			return k.clear(nil)
		case r, open := <-requests:
			switch {
			case !open && stay:
				requests = nil // detached: only SIGTERM ends it now
			case !open:
				return k.clear(nil)
			case r.Op == "close":
				return k.clear(&r)
			case r.Op == "stay":
				stay = true
				k.answer(r.ID, nil)
			default:
				k.handle(r)
			}
		}
	}
}

func (k *keeper) handle(r request) {
	switch {
	case r.Op == "open" && r.Open != nil:
		var err error
		k.containers = r.Open.Containers
		k.scratch, k.lock, err = makeScratch(r.Open.TempDir, r.Open.Owner)
		k.say(reply{ID: r.ID, Error: text(err), Scratch: k.scratch, Pid: os.Getpid()})
	case r.Op == "start" && r.Start != nil:
		pid, err := k.start(*r.Start)
		k.say(reply{ID: r.ID, Error: text(err), Pid: pid})
	case r.Op == "stop" && r.Stop != nil:
		go func() { k.answer(r.ID, k.stop(*r.Stop)) }() // may take its grace; others go on meanwhile
	default:
		k.answer(r.ID, fmt.Errorf("unknown request %q", r.Op))
	}
}

func (k *keeper) answer(id int, err error) { k.say(reply{ID: id, Error: text(err)}) }

// say never blocks: a bulkhead that stopped reading must not hold up the clearing.
func (k *keeper) say(r reply) {
	defer func() { _ = recover() }() // the channel is closed at the very end, a late stop may still speak
	select {
	case k.replies <- r:
	default:
	}
}

func (k *keeper) writeReplies(pipe *os.File) {
	defer close(k.flushed)
	enc := json.NewEncoder(pipe)
	broken := false
	for r := range k.replies {
		if !broken && enc.Encode(r) != nil {
			broken = true
		}
	}
	pipe.Close()
}

// clear ends everything and answers the request that asked for it, if one did.
func (k *keeper) clear(asked *request) int {
	k.mu.Lock()
	k.closing = true
	procs := append([]*keptProc(nil), k.procs...)
	k.mu.Unlock()
	for i := len(procs) - 1; i >= 0; i-- {
		k.end(procs[i])
	}
	err := k.killDescendants()
	for _, p := range procs {
		if p.spec.DataDir != "" {
			removeSharedMemory(p.spec.DataDir)
		}
	}
	if k.containers {
		settle := settleAfterClose
		if asked == nil {
			settle = settleAfterKill
		}
		err = errors.Join(err, removeContainers(k.scratch, settle))
	}
	err = errors.Join(err, removeScratch(k.scratch, k.lock))
	if err != nil {
		fmt.Fprintln(os.Stderr, "clear up:", err)
	}
	if asked != nil {
		k.answer(asked.ID, err)
	}
	if err != nil {
		return 1
	}
	return 0
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
