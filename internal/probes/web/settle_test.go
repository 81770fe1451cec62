package web

import (
	"testing"
	"time"
)

// TestLateRows: a service that writes down what it was asked after it has answered leaves nothing for whoever looks next.
func TestLateRows(t *testing.T) {
	s := newShop(t)
	s.restock()
	before := s.digest()
	r, err := openRows(t.Context(), s.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	if _, err := r.tidy(t.Context(), s.world, []string{"shop"}); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(2*settleEvery, func() {
		if _, err := s.query("INSERT INTO shop.things VALUES (gen_random_uuid(), $1, 'asked for') RETURNING id::text, tenant_id::text, name", s.id(1)); err != nil {
			t.Error(err)
		}
	})
	defer late.Stop()
	if err := r.settle(t.Context(), s.world, []string{"shop"}); err != nil {
		t.Fatal(err)
	}
	if after := s.digest(); after != before {
		t.Errorf("left behind:\n%s\nwas\n%s", after, before)
	}
}
