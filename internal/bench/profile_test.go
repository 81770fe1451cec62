package bench

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/pprof/profile"
)

// sampled is a profile of stacks, each with its innermost call first and its time.
func sampled(stacks map[string]int64) *profile.Profile {
	p := &profile.Profile{SampleType: []*profile.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}}}
	for stack, nanos := range stacks {
		s := &profile.Sample{Value: []int64{1, nanos}}
		for _, name := range strings.Fields(stack) {
			s.Location = append(s.Location, &profile.Location{Line: []profile.Line{{Function: &profile.Function{Name: name}}}})
		}
		p.Sample = append(p.Sample, s)
	}
	return p
}

// A sample belongs to the innermost call that is somebody's: memory that pgx asks for to memory, a map that it looks into to pgx.
func TestCosts(t *testing.T) {
	const base = module + "session.(*Session).Do " + module + "bench.(*bench).drive.func2"
	got := costs(sampled(map[string]int64{
		"runtime.mapaccess1 " + module + "oracle.(*Reading).Row " + base:                                 500,
		"syscall.RawSyscall " + module + "session.(*transfer).call github.com/jackc/pgx/v5/x.Y " + base:  200,
		"runtime.nextFreeFast runtime.mallocgc github.com/jackc/pgx/v5/pgconn.(*Pipeline).Sync " + base:  100,
		"runtime.mapaccess1 github.com/jackc/pgx/v5/pgconn.(*Pipeline).Sync " + base:                     80,
		"runtime.mapdelete context.removeChild github.com/jackc/pgx/v5/pgconn.(*Pipeline).Close " + base: 60,
		"internal/runtime/syscall/linux.EpollWait runtime.netpoll runtime.schedule":                      30,
		"runtime.memmove " + base: 20,
		"runtime.sysmon":          10,
	}), 50)
	for i := range got {
		if got[i].Lower == "" != (got[i].Part == otherPart || got[i].Part == "requests and records") {
			t.Errorf("%s: what would lower it: %q", got[i].Part, got[i].Lower)
		}
		got[i].Lower = ""
	}
	want := []Cost{{Part: "judging the rows", Micros: 25, Share: 0.5}, {Part: "system calls of the sockets", Micros: 10, Share: 0.2},
		{Part: "memory", Micros: 5, Share: 0.1}, {Part: "protocol and pool", Micros: 4, Share: 0.08},
		{Part: "contexts and timers", Micros: 3, Share: 0.06}, {Part: "poller and scheduler", Micros: 1.5, Share: 0.03},
		{Part: "requests and records", Micros: 1, Share: 0.02}, {Part: "others", Micros: 0.5, Share: 0.01}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := costs(sampled(nil), 50); len(got) != 0 {
		t.Errorf("of no samples: %+v", got)
	}
}

func TestWriteCosts(t *testing.T) {
	d := &Document{ProfilePlain: []Cost{{Part: "a", Micros: 40, Share: 0.8, Lower: "less"}, {Part: "b", Micros: 10, Share: 0.2}},
		ProfilePipelined: []Cost{{Part: "a", Micros: 20, Share: 1, Lower: "less"}}}
	var text bytes.Buffer
	if err := d.writeCosts(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| a ", "40.0 (80 %) | 20.0 (100 %) | less", "| b ", "10.0 (20 %) |"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q isn't in\n%s", want, text.String())
		}
	}
}
