// Package wordpiece cuts text into the pieces that BERT's uncased models read:
// WordPiece (Wu et al. 2016) after BERT's basic tokenizer (Devlin et al. 2019).
//
// It reads a text and a vocabulary, and gives each piece's number in the
// vocabulary and its place in the text. Numbers and places equal those of the
// reference, Hugging Face's tokenizers with the tokenizer.json of
// all-MiniLM-L6-v2, where that is told to take the names of special pieces
// ("[SEP]") in a text for text, as this package always does. One difference is
// left, in places only: the reference puts combining marks in Unicode's canonical
// order, so that its place of an unknown word may include accents at the word's
// edge where a mark that stays, such as U+302E, is next to one that is dropped.
//
// The embedded vocabulary, vocab.txt, is the uncased English one of BERT
// (Google, Apache-2.0) as all-MiniLM-L6-v2 has it.
package wordpiece

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"sync"
	"unicode/utf8"
)

//go:generate sh -c "python3 table.py tokenizer.json | gofmt > table.go"

//go:embed vocab.txt
var uncased []byte

var readUncased = sync.OnceValues(func() (*Vocabulary, error) { return ReadVocabulary(uncased) })

// Uncased returns the embedded vocabulary of 30,522 pieces. The first call
// reads it; any goroutine may call.
func Uncased() (*Vocabulary, error) { return readUncased() }

// A Piece is a part of a text that the vocabulary has.
type Piece struct {
	ID         int32 // the number of the piece: its line in the vocabulary, from 0
	Start, End int32 // byte offsets into the text
}

const (
	unknown   = "[UNK]" // stands for a word that the pieces do not spell
	continued = "##"    // begins the pieces that do not begin a word

	// maxRunes is the most runes, normalized, of a word that is cut into
	// pieces; a longer one is unknown.
	maxRunes = 100

	// maxVocabulary is the most bytes of a vocabulary, so that a key of an
	// edge has room for a node and a byte.
	maxVocabulary = 1 << 22
)

// A Vocabulary is a set of numbered pieces. It does not change, and many
// goroutines may use it at once.
type Vocabulary struct {
	// edges is a trie over the pieces' bytes, as a hash table with open
	// addressing. A node is the place of the edge that leads to it.
	edges []edge
	shift int // of a hash, to a place
	size  int // how many pieces

	inside  uint32 // the node of "##"
	unknown int32  // the number of "[UNK]"

	runes runeTable
}

// An edge leads from one node of the trie by one byte to another.
type edge struct {
	key uint32 // see key; 0: no edge
	id  int32  // the number of the piece that ends here, or none
}

// root is the trie's first node. It is no edge's place: there are at most as
// many places as this.
const root = 2 * maxVocabulary

// key is what tells an edge from others; it is never 0.
func key(node uint32, b byte) uint32 { return node<<8 | uint32(b) + 1 }

// none says that no piece ends at a node.
const none = -1

// ReadVocabulary reads a vocabulary in the form of a vocab.txt: a piece a line,
// in the order of their numbers. The pieces inside words begin with "##", and
// "[UNK]" must be among them. An error names the line, from 1.
func ReadVocabulary(vocab []byte) (*Vocabulary, error) {
	if len(vocab) > maxVocabulary {
		return nil, fmt.Errorf("wordpiece: a vocabulary of %d bytes; %d is the most", len(vocab), maxVocabulary)
	}
	v := &Vocabulary{shift: 32, runes: newRuneTable()}
	size := 1
	for size <= len(vocab)+len(continued) { // edges are no more than bytes, and one place stays free
		size *= 2
		v.shift--
	}
	v.edges = make([]edge, size)
	var id int32
	for line := range bytes.Lines(vocab) {
		piece := bytes.TrimRight(line, "\r\n")
		if len(piece) == 0 {
			return nil, fmt.Errorf("wordpiece: line %d of the vocabulary is empty; each must have a piece", id+1)
		}
		if !utf8.Valid(piece) {
			return nil, fmt.Errorf("wordpiece: line %d of the vocabulary is not UTF-8", id+1)
		}
		node := uint32(root)
		for _, b := range piece {
			node = v.add(node, b)
		}
		if v.edges[node].id >= 0 {
			return nil, fmt.Errorf("wordpiece: line %d of the vocabulary has %q, as line %d has", id+1, piece, v.edges[node].id+1)
		}
		v.edges[node].id = id
		id++
	}
	v.size = int(id)
	var ok bool
	if v.unknown, ok = v.ID(unknown); !ok {
		return nil, errors.New("wordpiece: the vocabulary has no piece " + unknown)
	}
	v.inside = root
	for _, b := range []byte(continued) {
		v.inside = v.add(v.inside, b)
	}
	return v, nil
}

// find returns the place of the edge that leads from a node by a byte, or the
// free place where it would be.
func (v *Vocabulary) find(node uint32, b byte) uint32 {
	k := key(node, b)
	i := k * 0x9E3779B1 >> v.shift
	for v.edges[i].key != k && v.edges[i].key != 0 {
		i = (i + 1) & uint32(len(v.edges)-1)
	}
	return i
}

// add returns the node that a byte leads to, making it where it is not there.
func (v *Vocabulary) add(node uint32, b byte) uint32 {
	i := v.find(node, b)
	if v.edges[i].key == 0 {
		v.edges[i] = edge{key: key(node, b), id: none}
	}
	return i
}

// Len returns how many pieces there are; their numbers are those from 0 on.
func (v *Vocabulary) Len() int { return v.size }

// ID returns the number of a piece, written as in the vocabulary ("##ing"), and
// whether there is such a piece.
func (v *Vocabulary) ID(piece string) (int32, bool) {
	node := uint32(root)
	for i := range len(piece) {
		node = v.find(node, piece[i])
		if v.edges[node].key == 0 {
			return 0, false
		}
	}
	if node == root || v.edges[node].id < 0 {
		return 0, false
	}
	return v.edges[node].id, true
}

// Append appends the pieces of a text, without special ones such as "[CLS]".
//
// A text is cut into words at white space and around each mark of punctuation
// and each Chinese character. Letters are lowered, accents and control
// characters dropped. Each word is the fewest pieces that greed finds: the
// longest that begins it, the longest that begins the rest, and so on; a word
// that they do not spell, or one of over 100 letters, is one piece "[UNK]".
//
// A piece's offsets go from the beginning of the first character that it
// spells to the end of the last; dropped characters belong to it only between
// these, as a soft hyphen may, so that an accent apart from its letter at a
// word's end does not. They lie between characters. Pieces come in the order of
// the text and do not overlap, but pieces of one character that stands for
// several (as a Hangul syllable does) have the same offsets.
//
// A byte that is not UTF-8 is dropped, as the replacement character U+FFFD is.
// A text must have fewer than 2 GiB. Time is linear in it, and nothing is
// allocated where dst has room.
func (v *Vocabulary) Append(dst []Piece, text string) []Piece {
	var w word
	for i := 0; i < len(text); {
		var r rune
		size := 1
		if text[i] < utf8.RuneSelf {
			r = rune(text[i])
		} else {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		start, end := int32(i), int32(i+size)
		i += size
		switch kind, to := v.runes.look(r); kind {
		case letter:
			w.add(to, start, end)
		case space:
			dst = v.flush(dst, &w)
		case apart:
			dst = v.flush(dst, &w)
			w.add(to, start, end)
			dst = v.flush(dst, &w)
		case several:
			if r >= hangulFirst && r <= hangulLast {
				s := r - hangulFirst
				w.add(0x1100+s/588, start, end)
				w.add(0x1161+s%588/28, start, end)
				if s%28 > 0 {
					w.add(0x11A7+s%28, start, end)
				}
				break
			}
			for _, to := range expanded[r] {
				w.add(to, start, end)
			}
		}
	}
	return v.flush(dst, &w)
}

// A word is a word as it is read: its normalized bytes, and for each the
// offsets of the character that it comes from.
type word struct {
	runes      int // may be more than are kept
	n          int // bytes kept
	start, end int32
	bytes      [utf8.UTFMax * maxRunes]byte
	starts     [utf8.UTFMax * maxRunes]int32
	ends       [utf8.UTFMax * maxRunes]int32
}

// add adds a normalized rune that comes from the character at an offset.
func (w *word) add(r rune, start, end int32) {
	if w.runes == 0 {
		w.start = start
	}
	w.end = end
	w.runes++
	if w.runes > maxRunes {
		return
	}
	if r < utf8.RuneSelf {
		w.bytes[w.n], w.starts[w.n], w.ends[w.n] = byte(r), start, end
		w.n++
		return
	}
	for range utf8.EncodeRune(w.bytes[w.n:w.n+utf8.UTFMax], r) {
		w.starts[w.n], w.ends[w.n] = start, end
		w.n++
	}
}

// flush appends the pieces of a word and empties it.
func (v *Vocabulary) flush(dst []Piece, w *word) []Piece {
	if w.runes == 0 {
		return dst
	}
	n, before := w.n, len(dst)
	long := w.runes > maxRunes
	w.runes, w.n = 0, 0
	if long {
		return append(dst, Piece{v.unknown, w.start, w.end})
	}
	first := uint32(root)
	for i := 0; i < n; {
		id, end, node := int32(none), i, first
		for j := i; j < n; j++ {
			node = v.find(node, w.bytes[j])
			e := v.edges[node]
			if e.key == 0 {
				break
			}
			if e.id >= 0 {
				id, end = e.id, j+1
			}
		}
		if id < 0 {
			return append(dst[:before], Piece{v.unknown, w.start, w.end})
		}
		dst = append(dst, Piece{id, w.starts[i], w.ends[end-1]})
		i, first = end, v.inside
	}
	return dst
}
