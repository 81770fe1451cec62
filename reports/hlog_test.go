package reports

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// intervalLogOf writes an interval log of so many answers of an operation in each second.
func intervalLogOf(t *testing.T, op string, startMs int64, perSecond ...int64) []byte {
	t.Helper()
	var out bytes.Buffer
	w := hdrhistogram.NewHistogramLogWriter(&out)
	w.SetBaseTime(startMs)
	if err := errors.Join(w.OutputLogFormatVersion(), w.OutputStartTime(startMs), w.OutputLegend()); err != nil {
		t.Fatal(err)
	}
	for second, n := range perSecond {
		h := hdrhistogram.New(1, 60_000_000_000, 3)
		h.SetTag(op)
		h.SetStartTimeMs(startMs + int64(second)*1000)
		h.SetEndTimeMs(startMs + int64(second+1)*1000)
		if n == 0 {
			continue
		}
		if err := errors.Join(h.RecordValues(4_000_000, n), w.OutputIntervalHistogram(h)); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

func TestIntervalLogsBecomeOne(t *testing.T) {
	d := documents()["healthy"]
	d.Beside = fstest.MapFS{"latency.hlog": {Data: intervalLogOf(t, "campaign_load", 1_795_888_221_000, 1500, 0, 1550)},
		"latency-http.hlog": {Data: intervalLogOf(t, "langflow_list", 1_795_888_290_000, 2)}}
	var out, again bytes.Buffer
	if err := errors.Join(IntervalLog(&out, d), IntervalLog(&again, d)); err != nil {
		t.Fatal(err)
	}
	if out.String() != again.String() {
		t.Error("it is another the second time")
	}
	var got []string
	for r := hdrhistogram.NewHistogramLogReader(&out); ; {
		h, err := r.NextIntervalHistogram()
		if err != nil {
			t.Fatal(err)
		}
		if h == nil {
			break
		}
		got = append(got, h.Tag(), secondOf(h.StartTimeMs()), whole(h.TotalCount()), ms(float64(h.ValueAtQuantile(50))/1e6))
	}
	want := "campaign_load 1795888221 1,500 4.0 campaign_load 1795888223 1,550 4.0 langflow_list 1795888290 2 4.0"
	if strings.Join(got, " ") != want {
		t.Errorf("%s", strings.Join(got, " "))
	}
	if err := IntervalLog(&brokenPipe{30}, d); !errors.Is(err, errBroken) {
		t.Errorf("into a broken pipe: %v", err)
	}
}

func secondOf(ms int64) string { return decimal(math.Round(float64(ms) / 1000)) }

func TestIntervalLogsOfAnother(t *testing.T) {
	web := &fstest.MapFile{Data: intervalLogOf(t, "langflow_list", 1_795_888_290_000, 2)}
	for says, beside := range map[string]fstest.MapFS{
		"latency.hlog: it is not beside the document":                               {"latency-http.hlog": web},
		"it has 1500 answers of campaign_load and the document 3050: it is another": {"latency.hlog": {Data: intervalLogOf(t, "campaign_load", 1000, 1500)}, "latency-http.hlog": web},
		"latency-http.hlog: it has 0 answers of langflow_list":                      {"latency.hlog": {Data: intervalLogOf(t, "campaign_load", 1000, 3050)}, "latency-http.hlog": {Data: intervalLogOf(t, "x", 1000, 2)}},
		"not an interval log": {"latency.hlog": {Data: []byte("Tag=a,0.0,1.0,2.0,nonsense\n")}, "latency-http.hlog": web},
	} {
		d := documents()["healthy"]
		d.Beside = beside
		if err := IntervalLog(io.Discard, d); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("want %q: %v", says, err)
		}
	}
	if err := IntervalLog(io.Discard, documents()["unknown"]); err == nil || !strings.Contains(err.Error(), "no interval log") {
		t.Errorf("%v", err)
	}
	if err := IntervalLog(io.Discard, documents()["healthy"]); err == nil || !strings.Contains(err.Error(), "lies in no folder") {
		t.Errorf("%v", err)
	}
}
