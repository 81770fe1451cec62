package stack

import "time"

// What bulkhead and its keeper say to each other: one JSON object a line, over
// two pipes. Secrets travel this way because argv and file names can be read by others.

type request struct {
	ID    int       `json:"id"`
	Op    string    `json:"op"` // open, start, stop, stay, close
	Open  *openArgs `json:"open,omitempty"`
	Start *procSpec `json:"start,omitempty"`
	Stop  *stopArgs `json:"stop,omitempty"`
}

type openArgs struct {
	TempDir string `json:"temp_dir"`
	Owner   int    `json:"owner"` // user id that services run as; the scratch folder lets it pass

	// Containers says that servers run in containers: at the end those of this scratch folder go too.
	Containers bool `json:"containers,omitempty"`
}

type stopArgs struct {
	Name   string        `json:"name"`
	Signal int           `json:"signal"`
	Grace  time.Duration `json:"grace_ns"`
}

// procSpec is a process for the keeper to start.
type procSpec struct {
	Name string   `json:"name"`
	Argv []string `json:"argv"` // argv[0] is an absolute path
	Env  []string `json:"env"`
	Dir  string   `json:"dir"`
	Log  string   `json:"log"` // opened by the keeper, appended to
	UID  int      `json:"uid"` // -1: the keeper's own user
	GID  int      `json:"gid"`

	// How it ends when the keeper clears up: StopSignal, after Grace HardSignal,
	// after HardGrace SIGKILL. DeathSignal comes from the kernel if the keeper dies.
	StopSignal  int           `json:"stop_signal"`
	Grace       time.Duration `json:"grace_ns"`
	HardSignal  int           `json:"hard_signal"`
	HardGrace   time.Duration `json:"hard_grace_ns"`
	DeathSignal int           `json:"death_signal"`

	// DataDir is set for PostgreSQL: when the postmaster was killed outright, the
	// keeper removes the shared memory that its postmaster.pid names.
	DataDir string `json:"data_dir,omitempty"`
}

// reply answers the request of the same ID; ID 0 is news: a process has ended.
type reply struct {
	ID      int       `json:"id"`
	Error   string    `json:"error,omitempty"`
	Scratch string    `json:"scratch,omitempty"`
	Pid     int       `json:"pid,omitempty"`
	Exit    *exitNews `json:"exit,omitempty"`
}

type exitNews struct {
	Name   string `json:"name"`
	Pid    int    `json:"pid"`
	Code   int    `json:"code"`   // -1 when a signal ended it
	Signal int    `json:"signal"` // 0 when it ended by itself
}
