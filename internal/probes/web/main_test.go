package web

import (
	"testing"

	"github.com/engardehq/bulkhead/internal/stack/stacktest"
)

func TestMain(m *testing.M) { stacktest.Main(m) }
