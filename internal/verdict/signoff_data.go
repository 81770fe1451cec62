package verdict

import (
	"cmp"

	"github.com/engardehq/bulkhead/internal/result"
)

const dataIntegrity = "Data integrity"

func (p Papers) integrity() []result.Metric {
	return []result.Metric{p.overlap(), p.loss(), p.keys()}
}

func everyStep(place) bool { return true }

// loss adds up what was lost: in migrations, under load, in the cutover and on the way back, and in a backup.
func (p Papers) loss() result.Metric {
	t := p.metric(dataIntegrity, "data_loss", "Data loss", "0 records",
		"rows and their checksums before and after each migration; every acknowledged write looked up after the load; cutover and rollback compared; a backup restored and compared", ExitMissed)
	lost := int64(0)
	for _, s := range t.steps(everyStep) {
		if !s.tried() {
			continue
		}
		t.seeStep(s, len(s.Lost) > 0)
		if len(s.Lost) > 0 {
			lost += int64(len(s.Lost))
			t.fail("%s: %s", s.where(), some(s.Lost))
		}
	}
	lost += t.writes() + t.moved() + t.restored()
	return t.done("%d records", lost)
}

// writes are those of the main job that were acknowledged and are gone.
func (t *trial) writes() int64 {
	r := t.p.Run
	if r == nil {
		t.lacks(PaperRun)
		return 0
	}
	l := r.Isolation.Ledger
	if l == nil || l.NotSettled != "" || l.Acknowledged == 0 {
		why := "nothing was written"
		if l != nil {
			why = cmp.Or(l.NotSettled, why)
		}
		t.doubt("the writes of the load were not looked up: %s", why)
		return 0
	}
	t.see(PaperRun, "isolation.ledger")
	if l.Lost+l.Altered > 0 {
		t.fail("of %d acknowledged writes %d are lost and %d altered", l.Acknowledged, l.Lost, l.Altered)
	}
	return l.Lost + l.Altered
}

// moved are rows that the cutover or the rollback lost, and writes acknowledged meanwhile.
func (t *trial) moved() (lost int64) {
	c := t.p.Cutover
	if c == nil {
		t.lacks(PaperCutover)
		return 0
	}
	for _, m := range t.moves() {
		lost += m.RowsLost
		t.see(PaperCutover, "%s.rows_lost", m.path)
		if m.RowsCompared == 0 {
			t.doubt("no row was compared after the %s", m.name)
		}
		if m.RowsLost > 0 || len(m.Differences) > 0 {
			t.fail("%s: %d rows lost; %s", m.name, m.RowsLost, differences(m.Differences))
		}
	}
	if c.Load == nil || c.Load.Completed == 0 {
		t.doubt("no load went on during the cutover")
		return lost
	}
	t.see(PaperCutover, "load.lost")
	if c.Load.NotSettled != "" || c.Load.Acknowledged == 0 {
		t.doubt("the writes of the cutover's load were not looked up: %s", cmp.Or(c.Load.NotSettled, "nothing was written"))
	}
	if c.Load.Lost > 0 {
		t.fail("%d writes that were acknowledged during the cutover are lost", c.Load.Lost)
	}
	return lost + c.Load.Lost
}

// move is one direction of the cutover, with where it stands in the document.
type move struct {
	*result.Move
	name, path string
}

// moves are both directions; one that is missing is noted.
func (t *trial) moves() (all []move) {
	for _, m := range []move{{t.p.Cutover.Forth, "cutover", "forth"}, {t.p.Cutover.Back, "rollback", "back"}} {
		if m.Move == nil || len(m.Steps) == 0 {
			t.doubt("there was no %s", m.name)
			continue
		}
		all = append(all, m)
	}
	return all
}

// restored is what a restored backup lacks.
func (t *trial) restored() int64 {
	if t.p.Run == nil {
		return 0
	}
	b := t.p.Run.Backup
	switch {
	case b == nil:
		t.doubt("no backup was made and restored")
		return 0
	case b.Unknown != "" || b.Rows == 0:
		t.doubt("the backup could not be judged: %s", b.Unknown)
		return 0
	}
	t.see(PaperRun, "backup")
	if len(b.Differences) > 0 {
		t.fail("a restored backup isn't what was backed up: %s", differences(b.Differences))
	}
	return int64(len(b.Differences))
}

func differences(all []string) string {
	if len(all) == 0 {
		return "no other difference"
	}
	return some(all)
}

// keys looks whether a row leads to nowhere after anything that was done.
func (p Papers) keys() result.Metric {
	t := p.metric(dataIntegrity, "foreign_keys", "Foreign keys", "all valid", "every foreign key's rows looked up after each migration, after cutover and rollback, and in a restored backup", ExitMissed)
	broken, looks := 0, 0
	note := func(where string, keys []string) {
		looks++
		broken += len(keys)
		if len(keys) > 0 {
			t.fail("%s: %s", where, some(keys))
		}
	}
	for _, s := range t.steps(everyStep) {
		if s.tried() {
			t.seeStep(s, len(s.BrokenKeys) > 0)
			note(s.where(), s.BrokenKeys)
		}
	}
	if p.Cutover == nil {
		t.lacks(PaperCutover)
	} else {
		for _, m := range t.moves() {
			t.see(PaperCutover, "%s.broken_keys", m.path)
			note(m.name, m.BrokenKeys)
		}
	}
	switch {
	case p.Run == nil:
		t.lacks(PaperRun)
	case p.Run.Backup == nil || p.Run.Backup.Unknown != "" || p.Run.Backup.Rows == 0:
		t.doubt("no backup was restored to look at")
	default:
		t.see(PaperRun, "backup.broken_keys")
		note("the restored backup", p.Run.Backup.BrokenKeys)
	}
	return t.done("%d broken in %d looks", broken, looks)
}
