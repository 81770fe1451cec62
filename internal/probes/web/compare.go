package web

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// repeats is how often a difference must show again before it is believed.
const repeats = 2

// reply is an answer with the request that it is for, and the ids of others that this named.
type reply struct {
	*answer
	request
	sent []string
}

// same tells whether two replies say the same, and else how they differ.
func same(x, y reply) (how string, is bool) {
	if x.answer == nil || y.answer == nil {
		return "one got no answer", x.answer == y.answer
	}
	if x.status != y.status {
		return fmt.Sprintf("%d for the one, %d for the other", x.status, y.status), false
	}
	if normal(x.answer.body, x.sent...) != normal(y.answer.body, y.sent...) {
		return fmt.Sprintf("both %d, with different bodies", x.status), false
	}
	return "", true
}

// tells looks whether a service answers otherwise for an object that is there than for one that isn't. A difference counts if it shows again and
// again, while two ids that name nothing get the same answer.
func tells(there, nowhere func() (reply, error)) (how string, err error) {
	for range repeats + 1 {
		x, err := there()
		if err != nil {
			return "", err
		}
		y, err := nowhere()
		if err != nil {
			return "", err
		}
		var alike bool
		if how, alike = same(x, y); alike {
			return "", nil
		}
		z, err := nowhere()
		if err != nil {
			return "", err
		}
		if _, alike = same(y, z); !alike {
			return "", nil
		}
	}
	return how, nil
}

// What counts as a difference in time: large, and in every comparison.
const (
	slowerBy    = 25 * time.Millisecond
	slowerTimes = 3
	fewTries    = 3
	manyTries   = 9
)

// slower compares times, the two kinds of request in turn. It is true only where the medians lie far apart, once with few and again with many
// tries, and where even the quickest of the slow ones is slower than most of the others.
func slower(ctx context.Context, there, nowhere func() (reply, error)) (by time.Duration, err error) {
	for _, tries := range []int{fewTries, manyTries} {
		var x, y []time.Duration
		for range tries {
			if ctx.Err() != nil {
				return 0, ctx.Err()
			}
			a, err := there()
			if err != nil {
				return 0, err
			}
			b, err := nowhere()
			if err != nil {
				return 0, err
			}
			x, y = append(x, a.took), append(y, b.took)
		}
		if by = apart(x, y); by == 0 {
			return 0, nil
		}
	}
	return by, nil
}

// apart is how far the medians of two lists lie apart, 0 where that may be chance.
func apart(x, y []time.Duration) time.Duration {
	slices.Sort(x)
	slices.Sort(y)
	slow, quick := x, y
	if x[len(x)/2] < y[len(y)/2] {
		slow, quick = y, x
	}
	by := slow[len(slow)/2] - quick[len(quick)/2]
	if by < slowerBy || slow[len(slow)/2] < slowerTimes*quick[len(quick)/2] || slow[0] < quick[len(quick)*3/4] {
		return 0
	}
	return by
}
