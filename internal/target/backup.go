package target

import (
	"fmt"
	"io/fs"
)

// Backup is what a restore of the target's database takes beside the dump.
type Backup struct {
	// Again are scripts in sql/ that run as superuser in the restored database: a dump of one database doesn't bring the rights on the
	// database itself, nor what is set for it.
	Again []string `yaml:"again"`
}

// Scripts are those of Again; a target that declares nothing has none.
func (b *Backup) Scripts() []string {
	if b == nil {
		return nil
	}
	return b.Again
}

func (b *Backup) check(t Target) error {
	for _, file := range b.Scripts() {
		if !fs.ValidPath(file) {
			return fmt.Errorf("target %q: backup: %q is no path of a script in sql/", t.Name, file)
		}
	}
	return nil
}
