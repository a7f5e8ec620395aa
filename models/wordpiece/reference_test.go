package wordpiece

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/internal/shared"
)

// The files that reference.py writes; it describes them.
var (
	//go:embed testdata/project.tsv
	projectSums string
	//go:embed testdata/shared.tsv
	sharedSums string
	//go:embed testdata/codepoints.tsv
	codePointSums string
)

// A summer sums pieces up as reference.py does.
type summer struct {
	v     *Vocabulary
	dst   []Piece
	count int
	all   []byte
}

// add adds the pieces of a text, with code points for offsets.
func (s *summer) add(text string) {
	s.dst = s.v.Append(s.dst[:0], text)
	s.count += len(s.dst)
	s.all = binary.LittleEndian.AppendUint32(s.all, uint32(len(s.dst)))
	at, points := 0, 0 // a byte offset and the code points before it
	point := func(offset int32) uint32 {
		if int(offset) < at {
			at, points = 0, 0
		}
		points += utf8.RuneCountInString(text[at:offset])
		at = int(offset)
		return uint32(points)
	}
	for _, p := range s.dst {
		start := point(p.Start)
		s.all = binary.LittleEndian.AppendUint32(s.all, uint32(p.ID))
		s.all = binary.LittleEndian.AppendUint32(s.all, start)
		s.all = binary.LittleEndian.AppendUint32(s.all, point(p.End))
	}
}

// take returns the count and the sum of the pieces since the last.
func (s *summer) take() string {
	out := fmt.Sprintf("%d\t%s", s.count, sum(s.all))
	s.count, s.all = 0, s.all[:0]
	return out
}

func sum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// texts returns the texts of a file by line, as reference.py does.
func texts(t *testing.T, path string) map[int]string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var record struct{ Text, Body string }
	out := make(map[int]string)
	switch filepath.Ext(path) {
	case ".jsonl":
		line := 0
		for b := range bytes.Lines(content) {
			line++
			record.Text, record.Body = "", ""
			if err := json.Unmarshal(b, &record); err != nil {
				t.Fatalf("%s, line %d: %v", path, line, err)
			}
			out[line] = record.Text
			if record.Text == "" {
				out[line] = record.Body
			}
		}
	case ".json":
		if err := json.Unmarshal(content, &record); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		out[0] = record.Text
	default:
		out[0] = string(content)
	}
	return out
}

// compare compares the pieces of texts to the sums of a file; find returns the
// path of a file of texts.
func compare(t *testing.T, sums string, find func(file string) string) {
	s := &summer{v: vocabulary(t)}
	var file string
	var of map[int]string
	n := 0
	for line := range strings.Lines(sums) {
		cells := strings.SplitN(strings.TrimSpace(line), "\t", 4)
		if len(cells) != 4 {
			t.Fatalf("sums: %q", line)
		}
		if cells[0] != file {
			file = cells[0]
			of = texts(t, find(file))
		}
		number, err := strconv.Atoi(cells[1])
		if err != nil {
			t.Fatal(err)
		}
		text, ok := of[number]
		if !ok || sum([]byte(text)) != cells[2] {
			t.Errorf("%s, line %d: the text has changed; write the sums anew with reference.py", file, number)
			continue
		}
		s.add(text)
		n += s.count
		if got := s.take(); got != cells[3] {
			t.Errorf("%s, line %d: pieces and their sum are %s, the reference's %s", file, number, got, cells[3])
		}
	}
	t.Logf("%d pieces of %d texts", n, strings.Count(sums, "\n"))
}

func TestReferenceOnProject(t *testing.T) {
	compare(t, projectSums, func(file string) string {
		return filepath.Join("..", "..", filepath.FromSlash(file))
	})
}

func TestReferenceOnShared(t *testing.T) {
	compare(t, sharedSums, func(file string) string { return shared.Path(t, file) })
}

// Every code point alone and between letters.
func TestReferenceOnCodePoints(t *testing.T) {
	s := &summer{v: vocabulary(t)}
	n := 0
	for line := range strings.Lines(codePointSums) {
		block, want, _ := strings.Cut(strings.TrimSpace(line), "\t")
		first, err := strconv.ParseInt(block, 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		for r := rune(first); r < rune(first)+0x1000; r++ {
			if !utf8.ValidRune(r) { // a surrogate
				continue
			}
			s.add(string(r))
			s.add("a" + string(r) + "b")
			n++
		}
		if got := s.take(); got != want {
			t.Errorf("from U+%04X: pieces and their sum are %s, the reference's %s", first, got, want)
		}
	}
	if n != utf8.MaxRune+1-0x800 {
		t.Errorf("%d code points compared", n)
	}
}
