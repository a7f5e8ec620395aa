package exchange

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"unicode/utf16"
)

// codeUnits converts between code points of a text and the UTF-16 code units
// in which JavaScript, and so some tools, count it.
type codeUnits struct {
	wide []int // the code points beyond the 65,536 first that the text holds, which are two units each, by their number
	n    int   // code points in the text
}

func newCodeUnits(text []rune) codeUnits {
	u := codeUnits{n: len(text)}
	for i, r := range text {
		if utf16.RuneLen(r) == 2 {
			u.wide = append(u.wide, i)
		}
	}
	return u
}

// of returns the number of code units before code point i.
func (u *codeUnits) of(i int) int { return i + sort.SearchInts(u.wide, i) }

// point returns the code point that begins at a code unit, and whether one
// does: the end of the text counts.
func (u *codeUnits) point(unit int) (int, bool) {
	// Before wide[k] there are wide[k]+k units.
	k := sort.Search(len(u.wide), func(k int) bool { return u.wide[k]+k >= unit })
	i := unit - k
	return i, unit >= 0 && i <= u.n && u.of(i) == unit
}

// span converts a span of code units to one of code points.
func (u *codeUnits) span(start, end int) (span, bool) {
	s, ok := u.point(start)
	e, ok2 := u.point(end)
	return span{s, e}, ok && ok2 && s < e
}

// within reports whether a span lies in a text of n code points and covers
// something.
func (s span) within(n int) bool { return 0 <= s.start && s.start < s.end && s.end <= n }

// fileNames makes names of files of ids: letters, digits, dots, dashes and
// underscores stay, and no two are the same where case does not count. It holds
// the names given, in lower case, each with the number to try for the next id
// that becomes that name.
type fileNames map[string]int

func (f fileNames) of(id string) string {
	const longest = 100
	clean := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_', r == '.':
			return r
		}
		return '_'
	}, id)
	clean = strings.TrimLeft(clean, ".")
	if len(clean) > longest {
		clean = clean[:longest]
	}
	if clean == "" {
		clean = "article"
	}
	key := strings.ToLower(clean)
	name, n := clean, f[key]
	if n == 0 {
		f[key] = 2
		return name
	}
	for ; f[strings.ToLower(name)] > 0; n++ {
		name = fmt.Sprintf("%s-%d", clean, n)
	}
	f[key], f[strings.ToLower(name)] = n, 2
	return name
}

// firstKeys returns the keys of the first object of a JSON file: alone, first
// in an array, or on the first line.
func firstKeys(r io.Reader) ([]string, error) {
	dec := json.NewDecoder(skipMark(r))
	t, err := dec.Token()
	if t == json.Delim('[') {
		t, err = dec.Token()
	}
	if err != nil {
		return nil, err
	}
	if t != json.Delim('{') {
		return nil, errors.New("no object")
	}
	var keys []string
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return keys, err
		}
		key, _ := t.(string)
		keys = append(keys, key)
		var skip json.RawMessage
		if err := dec.Decode(&skip); err != nil {
			return keys, err
		}
	}
	return keys, nil
}

// skipMark leaves out a byte order mark at the beginning.
func skipMark(r io.Reader) io.Reader {
	var first [3]byte
	n, err := io.ReadFull(r, first[:])
	if err == nil && string(first[:]) == "\ufeff" {
		return r
	}
	return io.MultiReader(strings.NewReader(string(first[:n])), r)
}

// records reads the objects of a JSON file: one, an array of them, or one a
// line. each gets the record's number, from 1, and reports whether to go on.
// A record of another shape than T is an error of its own; broken JSON ends
// the reading.
func records[T any](r io.Reader, file string, each func(n int, rec T, err error) bool) bool {
	dec := json.NewDecoder(skipMark(r))
	array := false
	var zero T
	for n := 1; ; n++ {
		if n == 1 {
			first, err := firstByte(dec)
			if err == io.EOF {
				return true
			}
			if array = first == '['; array {
				if _, err := dec.Token(); err != nil {
					return each(n, zero, fmt.Errorf("%s: %w", file, err))
				}
			}
		}
		if array && !dec.More() {
			if _, err := dec.Token(); err != nil {
				return each(n, zero, fmt.Errorf("%s: record %d: the array is not closed: %w", file, n, err))
			}
			return true
		}
		var rec T
		err := decode(dec, &rec)
		if !array && errors.Is(err, io.EOF) {
			return true
		}
		if err == nil {
			if !each(n, rec, nil) {
				return false
			}
			continue
		}
		err = fmt.Errorf("%s: record %d (before byte %d): %w", file, n, dec.InputOffset(), err)
		if !each(n, zero, err) {
			return false
		}
		var wrongType *json.UnmarshalTypeError
		if !errors.As(err, &wrongType) {
			return true
		}
	}
}

// streamed is a record that takes what it reads from a decoder a part at a
// time, for the decoder holds each value that it decodes as a whole. At the end
// of the input it fails with [io.EOF], and within a record with
// [io.ErrUnexpectedEOF]. Behind an UnmarshalTypeError it stands after the
// record.
type streamed interface {
	decode(dec *json.Decoder) error
}

func decode(dec *json.Decoder, rec any) error {
	if s, ok := rec.(streamed); ok {
		return s.decode(dec)
	}
	return dec.Decode(rec)
}

// firstByte peeks at the first byte that is no white space.
func firstByte(dec *json.Decoder) (byte, error) {
	// More reads into the buffer without taking anything.
	if !dec.More() {
		return 0, io.EOF
	}
	var first [1]byte
	buffered := dec.Buffered()
	for {
		if _, err := buffered.Read(first[:]); err != nil {
			return 0, err
		}
		if !strings.ContainsRune(" \t\r\n", rune(first[0])) {
			return first[0], nil
		}
	}
}
