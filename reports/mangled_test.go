package reports

import (
	"encoding/json"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/engardehq/bulkhead/internal/result"
)

// mangle drops, nulls or empties some parts of a document, as an older version or a person may have written it.
func mangle(rng *rand.Rand, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range sortedKeys(v) {
			switch rng.IntN(12) {
			case 0:
				delete(v, key)
			case 1:
				v[key] = nil
			default:
				v[key] = mangle(rng, v[key])
			}
		}
	case []any:
		if rng.IntN(8) == 0 {
			return []any{}
		}
		for i := range v {
			v[i] = mangle(rng, v[i])
		}
	case float64:
		if rng.IntN(8) == 0 {
			return -v
		}
	}
	return v
}

// A document with holes is refused, or drawn; it never brings the program down.
func TestMangledDocuments(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	read := 0
	for range 25 {
		for name, d := range documents() {
			text, err := json.Marshal(d.Doc)
			if err != nil {
				t.Fatal(err)
			}
			var doc map[string]any
			if err := json.Unmarshal(text, &doc); err != nil {
				t.Fatal(err)
			}
			mangle(rng, doc)
			doc["schema_version"], doc["verdict"], doc["exit_code"] = result.SchemaVersion, result.Unknown, 4
			if text, err = json.Marshal(doc); err != nil {
				t.Fatal(err)
			}
			m, err := result.Parse(text)
			if err != nil {
				continue
			}
			read++
			for _, f := range Formats {
				if _, err := FormatNamed(f.Name, m.Kind); err != nil {
					continue
				}
				if err := f.Write(io.Discard, m); err != nil && f.Name != "hlog" {
					t.Errorf("%s of %s: %v\n%s", f.Name, name, err, text)
				}
			}
		}
	}
	if read < 100 {
		t.Errorf("only %d could be read", read)
	}
}
