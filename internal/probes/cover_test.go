package probes

import (
	"math/rand/v2"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestArrayCoversEveryPair(t *testing.T) {
	c := choices{{"door", make([]string, 4)}, {"session", make([]string, 2)}, {"mode", make([]string, 5)}, {"tenant", make([]string, 5)}, {"set", make([]string, 3)}}
	allowed := func(one combination) bool { return one[0] < 2 || one[2] < pooledModes }
	all, pairs := c.array(rand.New(rand.NewPCG(1, 2)), allowed)
	if got := covered(all); got != pairs {
		t.Errorf("%d of %d pairs covered", got, pairs)
	}
	for _, one := range all {
		if !allowed(one) {
			t.Errorf("%v can't be had", one)
		}
	}
	if product := len(c.product(allowed)); len(all) >= product/5 {
		t.Errorf("%d combinations of %d: hardly fewer", len(all), product)
	}
	again, _ := c.array(rand.New(rand.NewPCG(1, 2)), allowed)
	if diff := cmp.Diff(all, again); diff != "" {
		t.Errorf("the same seed gives another array: %s", diff)
	}
	if got := covered(all[:len(all)/2]); got == pairs {
		t.Error("half of the array covers every pair: the count counts nothing")
	}
}

func TestLoadOwn(t *testing.T) {
	folder := fstest.MapFS{
		"probes/good.sql":  {Data: []byte("-- channel: S05\n-- role: app\n-- expect: no foreign rows\nSELECT * FROM orders\n")},
		"probes/wrong.sql": {Data: []byte("-- channel: S05\n-- expect: luck\nSELECT 1\n")},
		"probes/bare.sql":  {Data: []byte("SELECT 1\n")},
	}
	_, err := LoadOwn(folder, "probes")
	want := "probes/bare.sql:1: header: want the lines -- channel: and -- expect:\n" +
		"probes/wrong.sql:2: expect: \"luck\"; want no foreign rows, refused 42501, same answer"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	delete(folder, "probes/wrong.sql")
	delete(folder, "probes/bare.sql")
	all, err := LoadOwn(folder, "probes")
	if err != nil || len(all) != 1 || all[0].Role != "app" || all[0].Channel != "S05" {
		t.Errorf("got %+v, %v", all, err)
	}
	if all, err := LoadOwn(folder, "nowhere"); err != nil || len(all) != 0 {
		t.Errorf("a folder that isn't there: %v, %v", all, err)
	}
}
