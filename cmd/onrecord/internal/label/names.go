package label

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the longest file name made of an id, in bytes, less the hash behind
// it and the suffix: file systems take 255, and syncing programs add to it.
const maxName = 120

// FileName is the name, without suffix, of the files of the article with that
// id. An id of small letters, digits and "-_." is its own name. Of every other
// one the remaining bytes are percent-encoded, and a hash of the id is put
// behind it, so that no two ids share a name even where case does not tell
// files apart; long ones are cut. No name is a path, hidden, or one that a
// system reserves.
func FileName(id string) string {
	var b strings.Builder
	plain := id != "" && id[0] != '.'
	for i := range len(id) {
		c := id[i]
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_', c == '.' && i > 0:
			b.WriteByte(c)
		case 'A' <= c && c <= 'Z':
			plain = false
			b.WriteByte(c)
		default:
			plain = false
			fmt.Fprintf(&b, "%%%02X", c)
		}
		if b.Len() > maxName {
			plain = false
			break
		}
	}
	name := b.String()
	stem, _, _ := strings.Cut(name, ".")
	if plain && !reserved(stem) {
		return name
	}
	if len(name) > maxName {
		name = name[:maxName]
		if i := strings.LastIndexByte(name, '%'); i > len(name)-3 {
			name = name[:i] // half of a code
		}
	}
	sum := sha256.Sum256([]byte(id))
	return name + "~" + hex.EncodeToString(sum[:8])
}

// reserved reports whether Windows takes the name for a device.
func reserved(stem string) bool {
	if slices.Contains([]string{"con", "prn", "aux", "nul"}, stem) {
		return true
	}
	return len(stem) == 4 && (strings.HasPrefix(stem, "com") || strings.HasPrefix(stem, "lpt")) && '0' <= stem[3] && stem[3] <= '9'
}

// CheckAnnotator says what is wrong with an annotator's name. It is the name of
// a folder, which people type.
func CheckAnnotator(name string) error {
	ok := name != "" && len(name) <= 64 && utf8.ValidString(name) && name[0] != '.' && name[0] != '-' && !strings.HasSuffix(name, ".") &&
		!reserved(strings.ToLower(name))
	for _, r := range name {
		ok = ok && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || strings.ContainsRune("-_.@+", r))
	}
	if !ok {
		return fmt.Errorf("%.80q is no name for an annotator: letters, digits and -_.@+ are, up to 64 bytes, with a letter or digit first", name)
	}
	return nil
}
