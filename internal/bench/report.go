package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

const schemaVersion = 1

// Document is what a bench found. A ratio is ours to theirs, the median of the ratios pair by pair.
type Document struct {
	SchemaVersion int       `json:"schema_version"`
	Version       string    `json:"version"`
	Started       time.Time `json:"started"`
	Cores         int       `json:"cores"`
	Seconds       int       `json:"seconds"` // of each measurement of transactions
	Rounds        int       `json:"rounds"`
	Operation     string    `json:"operation"` // whose read both sides send
	Connections   int       `json:"connections"`
	Tenants       []string  `json:"tenants"`

	TPSRatioPlain     float64 `json:"tps_ratio_plain"`
	TPSRatioPipelined float64 `json:"tps_ratio_pipelined"`
	CPURatioPlain     float64 `json:"cpu_ratio_plain"`
	CPURatioPipelined float64 `json:"cpu_ratio_pipelined"`
	SeedRatio         float64 `json:"seed_ratio"`
	// SeedRatioUnchecked is against a psql that checks no foreign key.
	SeedRatioUnchecked float64  `json:"seed_ratio_unchecked"`
	LagP99Millis       float64  `json:"lag_p99_ms"`
	RSSMaxMiB          *float64 `json:"rss_max_mib"` // null where it was left out

	Plain     []Pair `json:"plain"`
	Pipelined []Pair `json:"pipelined"`
	// Where our processor time goes, most first.
	ProfilePlain     []Cost `json:"profile_plain"`
	ProfilePipelined []Cost `json:"profile_pipelined"`

	Seed   []SeedPair `json:"seed"`
	Lag    Lag        `json:"lag"`
	Memory *Memory    `json:"memory,omitempty"`
}

// Pair is one round of transactions.
type Pair struct {
	Ours Side `json:"ours"`
	Peer Side `json:"pgbench"`
}

// Side is what one of the two did. Transactions and processor time are of all that it ran for, transactions a second of the time after
// its start.
type Side struct {
	TPS          float64 `json:"tps"`
	CPUMicros    float64 `json:"cpu_us_per_transaction"`
	RestMicros   float64 `json:"rest_us_per_transaction"` // of the processors, what was not the client's: mostly the server's
	Transactions int64   `json:"transactions"`
	RowsVerified int64   `json:"rows_verified,omitempty"`
}

// SeedPair is one round of seeding, in rows a second.
type SeedPair struct {
	Ours          float64 `json:"ours_rows_per_s"`
	Peer          float64 `json:"psql_rows_per_s"`
	PeerUnchecked float64 `json:"psql_unchecked_rows_per_s"`
	Format        string  `json:"psql_format"`
	Rows          int64   `json:"rows"`
}

// Lag is the load under which the lateness was measured.
type Lag struct {
	OfferedPerSecond  float64 `json:"offered_per_s"`
	AchievedPerSecond float64 `json:"achieved_per_s"`
	P50Millis         float64 `json:"p50_ms"`
	MaxMillis         float64 `json:"max_ms"`
}

// Memory is the run whose memory was measured.
type Memory struct {
	Minutes      int    `json:"minutes"`
	Executions   int64  `json:"executions"`
	RowsVerified int64  `json:"rows_verified"`
	Verdict      string `json:"verdict"`
}

// What is wanted. Falling short of it is shown and changes nothing else.
const (
	wantTPS   = 1.0 // at least
	wantCPU   = 2.0 // at most
	wantSeed  = 1.0 // at least
	wantLagMs = 2.0 // at most
	wantMiB   = 150 // at most
)

// ratios are those of transactions a second and of processor time.
func ratios(rounds []Pair) (tps, cpu float64) {
	return median(rounds, func(p Pair) float64 { return p.Ours.TPS / p.Peer.TPS }),
		median(rounds, func(p Pair) float64 { return p.Ours.CPUMicros / p.Peer.CPUMicros })
}

// median is the middle one, or the mean of the two in the middle; 0 of nothing.
func median[T any](of []T, value func(T) float64) float64 {
	if len(of) == 0 {
		return 0
	}
	values := make([]float64, len(of))
	for i, x := range of {
		values[i] = value(x)
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

func (d *Document) save(path string) error {
	data, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return fmt.Errorf("bench document: %w", err)
	}
	if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("bench document: %w", err)
	}
	return nil
}

// Write shows the figures as a table.
func (d *Document) Write(w io.Writer) error {
	var rows [][]string
	pair := func(name string, ours, peer, ratio float64, wanted string, ok bool) {
		rows = append(rows, []string{name, digits(ours), digits(peer), fmt.Sprintf("%.2f", ratio), wanted + short(ok)})
	}
	transactions := func(pattern string, p []Pair, tps, cpu float64) {
		pair("transactions/s, "+pattern, median(p, func(p Pair) float64 { return p.Ours.TPS }), median(p, func(p Pair) float64 { return p.Peer.TPS }),
			tps, fmt.Sprintf(">= %.1f", wantTPS), tps >= wantTPS)
		pair("client CPU, us/transaction, "+pattern, median(p, func(p Pair) float64 { return p.Ours.CPUMicros }),
			median(p, func(p Pair) float64 { return p.Peer.CPUMicros }), cpu, fmt.Sprintf("<= %.1f", wantCPU), cpu <= wantCPU)
		rows = append(rows, []string{"  the rest's, server and others", digits(median(p, func(p Pair) float64 { return p.Ours.RestMicros })),
			digits(median(p, func(p Pair) float64 { return p.Peer.RestMicros })),
			fmt.Sprintf("%.2f", median(p, func(p Pair) float64 { return p.Ours.RestMicros / p.Peer.RestMicros })), ""})
	}
	transactions("one by one", d.Plain, d.TPSRatioPlain, d.CPURatioPlain)
	transactions("pipelined", d.Pipelined, d.TPSRatioPipelined, d.CPURatioPipelined)
	pair("seeding, rows/s", median(d.Seed, func(p SeedPair) float64 { return p.Ours }), median(d.Seed, func(p SeedPair) float64 { return p.Peer }),
		d.SeedRatio, fmt.Sprintf(">= %.1f", wantSeed), d.SeedRatio >= wantSeed)
	rows = append(rows, []string{"  the same, psql without foreign keys", "", digits(median(d.Seed, func(p SeedPair) float64 { return p.PeerUnchecked })),
		fmt.Sprintf("%.2f", d.SeedRatioUnchecked), ""})
	rows = append(rows, []string{fmt.Sprintf("schedule lag p99 at %d/s, ms", lagRate), fmt.Sprintf("%.2f", d.LagP99Millis), "", "",
		fmt.Sprintf("<= %.1f", wantLagMs) + short(d.LagP99Millis <= wantLagMs)})
	if d.RSSMaxMiB != nil {
		rows = append(rows, []string{fmt.Sprintf("memory in a run of %d min, MiB", d.Memory.Minutes), digits(*d.RSSMaxMiB), "", "",
			fmt.Sprintf("<= %d", wantMiB) + short(*d.RSSMaxMiB <= wantMiB)})
	} else {
		rows = append(rows, []string{"memory", "not measured", "", "", fmt.Sprintf("<= %d", wantMiB)})
	}
	if err := table(w, []string{"figure", "ours", "peer", "ratio", "wanted"}, rows); err != nil {
		return fmt.Errorf("printing the figures: %w", err)
	}
	if err := d.writeCosts(w); err != nil {
		return fmt.Errorf("printing the profiles: %w", err)
	}
	_, err := fmt.Fprintf(w, "Transactions: %s's read for %d tenants, %d connections, statements prepared; medians of %d rounds of %d s, each side first by turns, on %d cores. "+
		"Peers: pgbench and psql's \\copy.\n", d.Operation, len(d.Tenants), d.Connections, d.Rounds, d.Seconds, d.Cores)
	return err
}

// writeCosts shows where our processor time goes and what would lower it.
func (d *Document) writeCosts(w io.Writer) error {
	var rows [][]string
	at := func(list []Cost, part string) string {
		if i := slices.IndexFunc(list, func(c Cost) bool { return c.Part == part }); i >= 0 {
			return fmt.Sprintf("%s (%.0f %%)", digits(list[i].Micros), 100*list[i].Share)
		}
		return ""
	}
	shown := map[string]bool{}
	for _, c := range slices.Concat(d.ProfilePipelined, d.ProfilePlain) {
		if !shown[c.Part] {
			shown[c.Part] = true
			rows = append(rows, []string{c.Part, at(d.ProfilePlain, c.Part), at(d.ProfilePipelined, c.Part), c.Lower})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return table(w, []string{"client CPU, us/transaction, by its profile", "one by one", "pipelined", "what would lower it"}, rows)
}

func short(ok bool) string {
	if ok {
		return ""
	}
	return " (missed)"
}

// digits shows a figure with three digits or more.
func digits(f float64) string {
	switch {
	case f >= 100:
		return fmt.Sprintf("%.0f", f)
	case f >= 10:
		return fmt.Sprintf("%.1f", f)
	default:
		return fmt.Sprintf("%.2f", f)
	}
}

func table(w io.Writer, header []string, rows [][]string) error {
	align := slices.Repeat([]tw.Align{tw.AlignRight}, len(header))
	align[0], align[len(align)-1] = tw.AlignLeft, tw.AlignLeft
	t := tablewriter.NewTable(w,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{Symbols: tw.NewSymbols(tw.StyleASCII)})),
		tablewriter.WithHeaderAutoFormat(tw.Off), tablewriter.WithRowAutoWrap(tw.WrapNone), tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithHeaderAlignment(tw.AlignLeft), tablewriter.WithRowAlignmentConfig(tw.CellAlignment{PerColumn: align}))
	t.Header(header)
	if err := t.Bulk(rows); err != nil {
		return err
	}
	return t.Render()
}
