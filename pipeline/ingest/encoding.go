package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// errNoEncoding says that bytes are neither UTF-8 nor, plausibly, Windows-1252.
var errNoEncoding = errors.New("no encoding explains the bytes")

// damage counts the bytes of a text that could not be decoded and became
// U+FFFD. The zero damage is none.
type damage struct {
	count int
	first int // offset of the first in the bytes decoded, or -1 where it is unknown
}

func (d damage) String() string {
	if d.count == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", d.count)
}

// namedEncoding returns the encoding of a label of the WHATWG encoding
// standard ("windows-1251", "shift_jis"), or nil for "" and for UTF-8.
func namedEncoding(label string) (encoding.Encoding, error) {
	if label == "" {
		return nil, nil
	}
	e, name := charset.Lookup(label)
	if e == nil {
		return nil, fmt.Errorf("ingest: no encoding is called %q: use a label such as utf-8, windows-1252, windows-1251, iso-8859-2, shift_jis or gb18030", label)
	}
	if name == "utf-8" {
		return nil, nil
	}
	return e, nil
}

// wideEncoding knows UTF-16 and UTF-32 by a byte-order mark or by the zero
// bytes that text in them has in every other place. It returns nil for anything
// else.
func wideEncoding(head []byte) encoding.Encoding {
	switch {
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE, 0, 0}), bytes.HasPrefix(head, []byte{0, 0, 0xFE, 0xFF}):
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}), bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	}
	head = head[:min(len(head), 4096)&^3]
	if len(head) == 0 {
		return nil
	}
	var zeros [4]int
	for i, c := range head {
		if c == 0 {
			zeros[i%4]++
		}
	}
	quarter := len(head) / 4
	many := func(i int) bool { return zeros[i]*10 >= quarter*4 }
	few := func(i int) bool { return zeros[i]*50 <= quarter }
	switch {
	case few(0) && many(1) && zeros[2] == quarter && zeros[3] == quarter:
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	case zeros[0] == quarter && zeros[1] == quarter && many(2) && few(3):
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	case few(0) && many(1) && few(2) && many(3):
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case many(0) && few(1) && many(2) && few(3):
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	return nil
}

// decode makes UTF-8 of a whole text. forced, where not nil, is the encoding
// that the user named. Where the text cannot be told to be in any encoding the
// error is errNoEncoding and damage.first the first offending byte.
func decode(data []byte, forced encoding.Encoding) (string, damage, error) {
	if forced == nil {
		forced = wideEncoding(data)
	}
	if forced != nil {
		return decodeAs(data, forced)
	}
	return decodeNarrow(data)
}

// decodeNarrow is decode for bytes that are known to be none of UTF-16 and
// UTF-32.
func decodeNarrow(data []byte) (string, damage, error) {
	if utf8.Valid(data) {
		return string(data), damage{}, nil
	}
	c := takeCensus(data)
	switch {
	case !bytes.HasPrefix(data, []byte(byteOrderMark)) && c.sequences*4 <= c.bad && c.windows1252(len(data)):
		text, _, err := decodeAs(data, charmap.Windows1252)
		return text, damage{}, err
	case c.bad*20 <= len(data):
		return replaceBad(data), damage{c.bad, c.first}, nil
	}
	return "", damage{c.bad, c.first}, errNoEncoding
}

// decodeHTML is decode for a page, which may declare its encoding.
func decodeHTML(data []byte, forced encoding.Encoding) (string, damage, error) {
	return decodeDeclared(data, forced, declaredCharset(data))
}

// decodeFetched is decodeHTML for a page that came over the network with the
// label of an encoding, or with "". That goes before what the page says itself,
// as the HTML standard has it, unless the bytes speak against it.
func decodeFetched(data []byte, forced encoding.Encoding, label string) (string, damage, error) {
	if e, _ := charset.Lookup(label); e == nil {
		return decodeHTML(data, forced)
	}
	text, dmg, err := decodeDeclared(data, forced, label)
	if err != nil && declaredCharset(data) != "" {
		return decodeHTML(data, forced)
	}
	return text, dmg, err
}

// decodeDeclared is decode for a text that is said to be in the encoding of a
// label.
func decodeDeclared(data []byte, forced encoding.Encoding, label string) (string, damage, error) {
	if forced == nil {
		forced = wideEncoding(data)
	}
	if forced != nil {
		return decodeAs(data, forced)
	}
	if bytes.HasPrefix(data, []byte(byteOrderMark)) {
		return decodeNarrow(data)
	}
	declared, name := charset.Lookup(label)
	if declared == nil || name == "utf-8" || strings.HasPrefix(name, "utf-16") || name == "replacement" {
		return decodeNarrow(data)
	}
	if utf8.Valid(data) {
		// Seven-bit encodings look like ASCII; everything else that is valid UTF-8
		// is UTF-8.
		if name != "iso-2022-jp" {
			return string(data), damage{}, nil
		}
	} else if c := takeCensus(data); c.sequences > 4*c.bad {
		return decodeNarrow(data)
	}
	return decodeAs(data, declared)
}

// decodeAs decodes data in the encoding e, whatever it looks like.
func decodeAs(data []byte, e encoding.Encoding) (string, damage, error) {
	out, err := e.NewDecoder().Bytes(data)
	if err != nil {
		return "", damage{1, -1}, errNoEncoding
	}
	text := strings.ToValidUTF8(string(out), "\uFFFD")
	if n := strings.Count(text, "\uFFFD"); n > 0 {
		if n*20 > len(text) {
			return "", damage{n, -1}, errNoEncoding
		}
		return text, damage{n, -1}, nil
	}
	return text, damage{}, nil
}

// census counts what in a text is and is not UTF-8.
type census struct {
	sequences int // valid sequences of two bytes or more
	high      int // bytes of those
	bad       int // bytes that belong to no valid sequence
	undefined int // of those, bytes that Windows-1252 does not define
	first     int // offset of the first bad byte
}

func takeCensus(data []byte) census {
	c := census{first: -1}
	for i := 0; i < len(data); {
		if data[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(data[i:])
		if r != utf8.RuneError || n > 1 {
			c.sequences++
			c.high += n
			i += n
			continue
		}
		c.bad++
		if c.first < 0 {
			c.first = i
		}
		switch data[i] {
		case 0x81, 0x8D, 0x8F, 0x90, 0x9D:
			c.undefined++
		}
		i++
	}
	return c
}

// windows1252 reports whether the text can be Windows-1252: no byte is
// undefined in it, and letters beyond ASCII are as few as in the languages that
// are written in it.
func (c census) windows1252(size int) bool {
	return c.undefined == 0 && (c.bad+c.high)*4 <= size
}

// replaceBad puts one U+FFFD in place of each byte that is not UTF-8.
func replaceBad(data []byte) string {
	var b strings.Builder
	b.Grow(len(data) + 16)
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			b.WriteString("\uFFFD")
		} else {
			b.Write(data[i : i+n])
		}
		i += n
	}
	return b.String()
}

// declaredCharset returns the label after "charset=" or, in an XML
// declaration, "encoding=" at the head of a page, or "".
func declaredCharset(data []byte) string {
	head := bytes.ToLower(data[:min(len(data), 8192)])
	if bytes.HasPrefix(head, []byte("<?xml")) {
		if end := bytes.IndexByte(head, '>'); end > 0 {
			if label := labelAfter(head[:end], "encoding"); label != "" {
				return label
			}
		}
	}
	for at := head; ; {
		i := bytes.Index(at, []byte("<meta"))
		if i < 0 {
			return ""
		}
		at = at[i:]
		end := bytes.IndexByte(at, '>')
		if end < 0 {
			return ""
		}
		if label := labelAfter(at[:end], "charset"); label != "" {
			return label
		}
		at = at[end:]
	}
}

// labelAfter returns the value of key=value or key="value" in s, or "".
func labelAfter(s []byte, key string) string {
	_, rest, ok := bytes.Cut(s, []byte(key))
	if !ok {
		return ""
	}
	rest = bytes.TrimLeft(rest, " \t\n\r")
	if len(rest) == 0 || rest[0] != '=' {
		return ""
	}
	rest = bytes.TrimLeft(rest[1:], " \t\n\r\"'")
	if end := bytes.IndexAny(rest, " \t\n\r\"';/>"); end >= 0 {
		rest = rest[:end]
	}
	return string(rest)
}
