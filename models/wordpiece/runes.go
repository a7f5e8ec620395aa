package wordpiece

import "unicode"

// A kind is what becomes of a code point.
type kind uint32

const (
	letter  kind = iota // part of a word, as another letter or itself
	space               // ends a word
	drop                // as if it were not there
	apart               // a word of its own: punctuation, Chinese characters
	several             // part of a word, as several letters
)

// A span is a run of code points that the same becomes of: lo, lo+step and so
// on to hi. delta leads from each to what stands for it.
type span struct {
	lo, hi, step rune
	kind         kind
	delta        rune
}

// Hangul syllables stand for two or three letters by a rule (Unicode, 3.12).
const hangulFirst, hangulLast = 0xAC00, 0xD7A3

const (
	pageBits = 8
	pageSize = 1 << pageBits
	kindBits = 3
)

// A runeTable tells what becomes of each code point, by pages of which many are
// the same.
type runeTable struct {
	place [(unicode.MaxRune + 1) / pageSize]uint16
	pages []page
}

// A page holds for each of its code points the difference to what stands for
// it, shifted left by kindBits, and the kind.
type page [pageSize]int32

func newRuneTable() runeTable {
	t := runeTable{pages: make([]page, 1, 128)} // the first: letters, themselves
	whole := make(map[int32]uint16)             // pages of one entry throughout
	set := func(s span) {
		entry := s.delta<<kindBits | int32(s.kind)
		for r := s.lo; r <= s.hi; {
			n := r / pageSize
			if r%pageSize == 0 && s.step == 1 && s.hi-r >= pageSize-1 {
				if whole[entry] == 0 {
					var p page
					for i := range p {
						p[i] = entry
					}
					whole[entry] = uint16(len(t.pages))
					t.pages = append(t.pages, p)
				}
				t.place[n] = whole[entry]
				r += pageSize
				continue
			}
			if t.place[n] == 0 {
				t.place[n] = uint16(len(t.pages))
				t.pages = append(t.pages, page{})
			}
			t.pages[t.place[n]][r%pageSize] = entry
			r += s.step
		}
	}
	for _, s := range changed {
		set(s)
	}
	set(span{hangulFirst, hangulLast, 1, several, 0})
	for r := range expanded {
		set(span{r, r, 1, several, 0})
	}
	return t
}

// look returns what becomes of a code point, and for letters and those apart,
// what stands for it.
func (t *runeTable) look(r rune) (kind, rune) {
	entry := t.pages[t.place[r>>pageBits]][r%pageSize]
	return kind(entry & (1<<kindBits - 1)), r + entry>>kindBits
}
