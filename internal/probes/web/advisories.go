package web

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/engardehq/bulkhead/internal/result"
)

// Advisory is a weakness of a product that somebody has published.
type Advisory struct {
	ID       string `yaml:"id"`
	Affected string `yaml:"affected"` // bounds that all hold: ">=1.0.0, <1.9.0"
	Fixed    string `yaml:"fixed"`    // "" where no version is known
	What     string `yaml:"what"`
}

// ReadAdvisories reads a list of them.
func ReadAdvisories(data []byte) (all []Advisory, err error) {
	if err := yaml.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("advisories: %w", err)
	}
	for _, one := range all {
		if one.ID == "" || one.Affected == "" {
			return nil, fmt.Errorf("advisories: %q has no id or says not what is affected", cmp.Or(one.ID, one.What))
		}
		if _, err := one.covers("0"); err != nil {
			return nil, fmt.Errorf("advisories: %s: %w", one.ID, err)
		}
	}
	return all, nil
}

var advisoriesSpec = Spec{Name: "advisories", Doc: "holds the version against what is published about it",
	Channels: func(p *Profile) []string {
		if p.Code == nil {
			return nil
		}
		return []string{"L05"}
	}, Glance: true, Run: published}

// published notes each advisory that covers the version.
func published(_ context.Context, a *attack) error {
	o := a.at("L05")
	if a.Version == "" || len(a.Advisories) == 0 {
		o.Unsure("the version, or what is published about the product, isn't known")
		return nil
	}
	for _, one := range a.Advisories {
		covered, err := one.covers(a.Version)
		if err != nil {
			return fmt.Errorf("%s: %w", one.ID, err)
		}
		o.Units++
		if covered {
			mend := "-- no version without it is known"
			if one.Fixed != "" {
				mend = "-- update to " + one.Fixed
			}
			o.Add(result.Finding{Channel: "L05", Severity: result.Note, Count: 1, Where: a.Name + " " + a.Version, What: one.ID + ": " + one.What, Fix: mend,
				Evidence: []result.Evidence{{Detail: "affected: " + one.Affected}}})
		}
	}
	return nil
}

// covers tells whether a version is one of those affected.
func (d Advisory) covers(version string) (bool, error) {
	for bound := range strings.SplitSeq(d.Affected, ",") {
		bound = strings.TrimSpace(bound)
		at := strings.IndexFunc(bound, func(r rune) bool { return r >= '0' && r <= '9' })
		if at < 1 {
			return false, fmt.Errorf("%q is no bound such as <1.2.3", bound)
		}
		order := compareVersions(version, bound[at:])
		var holds bool
		switch op := strings.TrimSpace(bound[:at]); op {
		case "<":
			holds = order < 0
		case "<=":
			holds = order <= 0
		case ">":
			holds = order > 0
		case ">=":
			holds = order >= 0
		case "=", "==":
			holds = order == 0
		default:
			return false, fmt.Errorf("%q is no bound such as <1.2.3", bound)
		}
		if !holds {
			return false, nil
		}
	}
	return true, nil
}

// compareVersions orders versions by their numbers; what isn't there counts as 0, and what follows a number within a part doesn't count.
func compareVersions(x, y string) int {
	xs, ys := strings.Split(x, "."), strings.Split(y, ".")
	for i := range max(len(xs), len(ys)) {
		if order := cmp.Compare(part(xs, i), part(ys, i)); order != 0 {
			return order
		}
	}
	return 0
}

func part(parts []string, i int) int {
	if i >= len(parts) {
		return 0
	}
	digits := strings.TrimRightFunc(parts[i], func(r rune) bool { return r < '0' || r > '9' })
	n, _ := strconv.Atoi(digits)
	return n
}
