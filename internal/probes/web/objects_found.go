package web

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/engardehq/bulkhead/internal/result"
)

// where names a route in a finding.
func (a *attack) where(c call) string { return a.Name + " " + c.String() }

// noAnswer notes a request that got no answer, which says nothing. Streams that send nothing within their limit are none either, and known.
func (a *attack) noAnswer(c call, err error) {
	if c.care.Limit == 0 {
		a.at(a.Profile.Channel).Unsure(fmt.Sprintf("%s: no answer: %v", c, err))
	}
}

// leak is another tenant's data in an answer.
func (a *attack) leak(m aim, caller int, s sighting, status int) {
	a.at(a.Profile.Channel).Add(result.Finding{Channel: a.Profile.Channel, Severity: result.Leak, Count: 1, Where: a.where(m.call), What: "a route serves another tenant's object to whoever has its id",
		Fix:      fmt.Sprintf("-- %s %s: look objects up by id and by the caller's tenant", a.Name, m.call),
		Evidence: []result.Evidence{a.evidence(caller, s, fmt.Sprintf("%s %s answers %d", m.call, m.aimed(), status))}})
}

// existence is a difference that tells that an object is there.
func (a *attack) existence(m aim, how string) {
	o := a.at(a.Profile.Channel)
	if why, known := a.Profile.known(m.Path, m.verb); known {
		o.Residue(fmt.Sprintf("%s tells by its answer that an id is taken: %s", m.call, why))
		return
	}
	o.Looked(false)
	o.Add(result.Finding{Channel: a.Profile.Channel, Severity: result.Weakness, Count: 1, Where: a.where(m.call), What: "a route answers otherwise for another tenant's id than for one that names nothing: it tells that the object is there",
		Fix:      fmt.Sprintf("-- %s %s: answer 404 for both", a.Name, m.call),
		Evidence: []result.Evidence{{Detail: fmt.Sprintf("%s %s: %s, time and again", m.call, m.aimed(), how)}}})
}

// timing notes where the time of an answer tells whether an object is there. It decides nothing: a busy machine has such times as well.
func (a *attack) timing(ctx context.Context, m aim, t tries) {
	by, err := slower(ctx, func() (reply, error) { return t.there(ctx) }, func() (reply, error) { return t.nowhere(ctx) })
	if err != nil || by == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at(a.Profile.Channel).Add(result.Finding{Channel: a.Profile.Channel, Severity: result.Note, Count: 1, Where: a.where(m.call), What: "the time of an answer tells another tenant's id from one that names nothing",
		Evidence: []result.Evidence{{Detail: fmt.Sprintf("medians of %d answers lie %v apart", manyTries, by.Round(time.Millisecond))}}})
}

// aimed says which places of a request name another's object.
func (m aim) aimed() string {
	text := "with another tenant's"
	for i, s := range m.slots {
		if m.foreign[i] {
			text += " " + s.name
		}
	}
	if m.beside {
		text += " beside own ones"
	} else if slices.Contains(m.foreign, false) {
		text += " and own others"
	}
	return text
}
