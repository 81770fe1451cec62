package probes

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/jackc/pgx/v5"
)

// choices are what may be combined in a try: a name and how many there are of it.
type choices []choice

type choice struct {
	name   string
	values []string
}

// combination has the place of a value for each choice.
type combination []int

// array is a set of combinations that has every allowed pair of values of two choices, found greedily: of some random candidates that
// has the first pair still missing, the one that has most missing pairs is taken. allowed says which combinations can be had at all.
func (c choices) array(random *rand.Rand, allowed func(combination) bool) (all []combination, pairs int) {
	missing := c.pairs(allowed)
	pairs = len(missing)
	for len(missing) > 0 {
		var best combination
		most := -1
		first := least(missing)
		for range 30 {
			one := c.draw(random, first, allowed)
			if one == nil {
				continue
			}
			n := 0
			one.each(func(p [4]int) {
				if missing[p] {
					n++
				}
			})
			if n > most {
				best, most = one, n
			}
		}
		if best == nil {
			delete(missing, first) // counted among the pairs, and not covered
			continue
		}
		best.each(func(p [4]int) { delete(missing, p) })
		all = append(all, best)
	}
	return all, pairs
}

// product is every allowed combination.
func (c choices) product(allowed func(combination) bool) (all []combination) {
	one := make(combination, len(c))
	for {
		if allowed(one) {
			all = append(all, slices.Clone(one))
		}
		i := 0
		for ; i < len(one); i++ {
			if one[i]++; one[i] < len(c[i].values) {
				break
			}
			one[i] = 0
		}
		if i == len(one) {
			return all
		}
	}
}

// pairs are those that occur in some allowed combination.
func (c choices) pairs(allowed func(combination) bool) map[[4]int]bool {
	set := map[[4]int]bool{}
	for _, one := range c.product(allowed) {
		one.each(func(p [4]int) { set[p] = true })
	}
	return set
}

func (one combination) each(f func([4]int)) {
	for i := range one {
		for j := i + 1; j < len(one); j++ {
			f([4]int{i, one[i], j, one[j]})
		}
	}
}

func (c choices) draw(random *rand.Rand, with [4]int, allowed func(combination) bool) combination {
	for range 50 {
		one := make(combination, len(c))
		for i := range one {
			one[i] = random.IntN(len(c[i].values))
		}
		one[with[0]], one[with[2]] = with[1], with[3]
		if allowed(one) {
			return one
		}
	}
	return nil
}

func least(set map[[4]int]bool) (p [4]int) {
	begun := false
	for q := range set {
		if !begun || slices.Compare(q[:], p[:]) < 0 {
			p, begun = q, true
		}
	}
	return p
}

// covered counts the pairs that some combinations have.
func covered(all []combination) int {
	set := map[[4]int]bool{}
	for _, one := range all {
		one.each(func(p [4]int) { set[p] = true })
	}
	return len(set)
}

// manner is one way of asking: who, by which door, in which session, and how.
type manner struct {
	door   door
	fresh  bool
	mode   pgx.QueryExecMode
	tenant string
	set    string // function, set_config or SET LOCAL
}

func (m manner) String() string {
	session := "reused session"
	if m.fresh {
		session = "fresh session"
	}
	return fmt.Sprintf("%s, %s, %s, tenant set by %s", m.door, session, m.mode, m.set)
}

var modes = []pgx.QueryExecMode{pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol, pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec}

// pooledModes are those that a pooler before 1.21 takes in transaction mode.
const pooledModes = 2

// Ways to set the tenant.
var setters = []string{"the application's statement", "set_config", "SET LOCAL"}

// attackersMax is how many tenants attack at depth Pairs in all manners; the others take turns in one manner.
const attackersMax = 5

// manners are the ways of asking that an attack of this depth tries; what they cover is added up.
func (a *Attack) manners() (all []manner) {
	doors := doors(&a.Config)
	attackers := a.Tenants
	if a.Depth != Full && len(attackers) > attackersMax {
		attackers = attackers[:attackersMax]
	}
	names := func(n int) []string { return make([]string, n) }
	c := choices{{"door", names(len(doors))}, {"session", names(2)}, {"mode", names(len(modes))}, {"tenant", names(len(attackers))}, {"set", names(len(setters))}}
	allowed := func(one combination) bool { return !doors[one[0]].pooled || one[2] < pooledModes }
	product := c.product(allowed)
	a.coverage.Combinations = len(product)
	a.coverage.Pairs = len(c.pairs(allowed))
	var chosen []combination
	switch a.Depth {
	case Glance:
		for i, d := range doors {
			if !d.pooled {
				chosen = append(chosen, combination{i, 1, 0, i % len(attackers), 0})
			}
		}
	case Pairs:
		chosen, _ = c.array(rand.New(rand.NewPCG(a.Seed, 0xa77ac)), allowed)
	case Full:
		chosen = product
	}
	a.coverage.PairsCovered, a.coverage.Tried = covered(chosen), len(chosen)
	for _, one := range chosen {
		all = append(all, manner{doors[one[0]], one[1] == 0, modes[one[2]], attackers[one[3]], setters[one[4]]})
	}
	if a.Depth == Pairs { // the tenants that have not been attackers yet
		for _, id := range a.Tenants[len(attackers):] {
			for _, d := range doors {
				if !d.pooled {
					all = append(all, manner{d, false, modes[0], id, setters[0]})
				}
			}
		}
	}
	return all
}
