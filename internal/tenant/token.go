package tenant

import "encoding/base32"

// Prefix starts every canary token. It is no word of any language and long enough not to occur by chance.
const Prefix = "BHCANARY"

// TokenLen is the number of characters of a whole token: the prefix and 26 of base32.
const TokenLen = len(Prefix) + bodyLen

const bodyLen = 26

var tokenText = base32.StdEncoding.WithPadding(base32.NoPadding)

// Token is the canary of a row: upper-case letters and digits only, so that it survives JSON, URLs, CSV, logs and case folding.
func (c Codec) Token(r Ref) string { return string(c.AppendToken(nil, r)) }

// AppendToken appends the row's canary to dst.
func (c Codec) AppendToken(dst []byte, r Ref) []byte {
	dst = append(dst, Prefix...)
	mark := c.token.seal(r)
	return tokenText.AppendEncode(dst, mark[:])
}

// Sighting is one place in a stream where a token's prefix stands.
type Sighting struct {
	Ref Ref
	// Whole is false where the prefix is there and no valid token of this codec follows: cut off, altered, or of another seed.
	Whole bool
	// Offset is the place of the prefix in the scanned bytes.
	Offset int
}

// Scan calls found for each token in b, whatever its case, in order, until found returns false. It allocates nothing.
func (c Codec) Scan(b []byte, found func(Sighting) bool) {
	for i := 0; i+len(Prefix) <= len(b); i++ {
		if b[i]|0x20 != 'b' || !isPrefix(b[i:]) {
			continue
		}
		s := Sighting{Offset: i}
		var mark UUID
		if decodeBody(b[i+len(Prefix):], &mark) {
			s.Ref, s.Whole = c.token.open(mark)
		}
		if !found(s) {
			return
		}
		i += len(Prefix) - 1
	}
}

func isPrefix(b []byte) bool {
	for i := range len(Prefix) {
		if b[i]|0x20 != Prefix[i]|0x20 {
			return false
		}
	}
	return true
}

// decodeBody reads 26 characters of base32 in either case. The two bits that 26 characters have too many must be zero.
func decodeBody(b []byte, mark *UUID) bool {
	if len(b) < bodyLen {
		return false
	}
	var upper [bodyLen]byte
	for i := range upper {
		upper[i] = b[i]
		if 'a' <= b[i] && b[i] <= 'z' {
			upper[i] -= 'a' - 'A'
		}
	}
	// A canonical last character: of its five bits only three belong to the mark.
	if last := upper[bodyLen-1]; last != 'A' && last != 'E' && last != 'I' && last != 'M' && last != 'Q' && last != 'U' && last != 'Y' && last != '4' {
		return false
	}
	n, err := tokenText.Decode(mark[:], upper[:])
	return err == nil && n == len(mark)
}
