package ingest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A value is one JSON value where it stands: data[start:end], white space
// excluded. Reading a record means finding the few values that matter among its
// bytes; the others are checked for syntax and skipped without being decoded.
type value struct {
	start, end int
	kind       valueKind
}

type valueKind uint8

const (
	nullValue valueKind = iota
	stringValue
	numberValue // NaN and infinities included, which Python writes
	boolValue
	objectValue
	arrayValue
)

// syntaxError says at which byte JSON is broken, and how.
type syntaxError struct {
	at  int
	msg string
}

func (e *syntaxError) Error() string { return e.msg }

func broken(at int, format string, args ...any) *syntaxError {
	return &syntaxError{at, fmt.Sprintf(format, args...)}
}

// maxDepth bounds the nesting of arrays and objects.
const maxDepth = 512

func skipSpace(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\t' || data[i] == '\n' || data[i] == '\r') {
		i++
	}
	return i
}

// scanValue finds the end of the value that begins at data[i], checking its
// syntax after RFC 8259, with two liberties: control characters may stand in
// strings, and NaN, Infinity and -Infinity are numbers.
func scanValue(data []byte, i, depth int) (value, *syntaxError) {
	if i >= len(data) {
		return value{}, broken(i, "the record ends where a value should begin")
	}
	if depth > maxDepth {
		return value{}, broken(i, "values are nested deeper than %d", maxDepth)
	}
	v := value{start: i}
	var err *syntaxError
	switch c := data[i]; {
	case c == '"':
		v.kind = stringValue
		v.end, err = scanString(data, i)
	case c == '{':
		v.kind = objectValue
		v.end, err = scanObject(data, i, depth, nil)
	case c == '[':
		v.kind = arrayValue
		v.end, err = scanArray(data, i, depth, nil)
	case c == '-' || c >= '0' && c <= '9':
		v.kind = numberValue
		v.end, err = scanNumber(data, i)
	default:
		for _, l := range [...]struct {
			word string
			kind valueKind
		}{{"null", nullValue}, {"true", boolValue}, {"false", boolValue}, {"NaN", numberValue}, {"Infinity", numberValue}} {
			if bytes.HasPrefix(data[i:], []byte(l.word)) {
				v.kind, v.end = l.kind, i+len(l.word)
				return v, nil
			}
		}
		r, _ := utf8.DecodeRune(data[i:])
		return v, broken(i, "no value begins with %q", r)
	}
	return v, err
}

// scanString returns the index after the closing quotation mark of the string
// that begins at data[i].
func scanString(data []byte, i int) (int, *syntaxError) {
	start := i
	i++
	mark := i // where the next quotation mark is; found anew only once passed
	for {
		q := bytes.IndexByte(data[mark:], '"')
		if q < 0 {
			return 0, broken(start, "a string is not closed")
		}
		mark += q
		for {
			e := bytes.IndexByte(data[i:mark], '\\')
			if e < 0 {
				return mark + 1, nil
			}
			i += e + 1
			switch data[i] { // at most the mark
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
				i++
			case 'u':
				for k := 1; k <= 4; k++ {
					if i+k >= mark || !isHex(data[i+k]) {
						return 0, broken(i-1, `\u is not followed by four hexadecimal digits`)
					}
				}
				i += 5
			default:
				r, _ := utf8.DecodeRune(data[i:])
				return 0, broken(i-1, `\%c is no escape`, r)
			}
			if i > mark { // the mark was escaped
				mark = i
				break
			}
		}
	}
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func scanNumber(data []byte, i int) (int, *syntaxError) {
	start := i
	digits := func() bool {
		from := i
		for i < len(data) && data[i] >= '0' && data[i] <= '9' {
			i++
		}
		return i > from
	}
	if data[i] == '-' {
		i++
		if bytes.HasPrefix(data[i:], []byte("Infinity")) {
			return i + len("Infinity"), nil
		}
	}
	if i < len(data) && data[i] == '0' {
		i++
	} else if !digits() {
		return 0, broken(start, "a number has no digits")
	}
	if i < len(data) && data[i] == '.' {
		i++
		if !digits() {
			return 0, broken(start, "a number has no digits after the point")
		}
	}
	if i < len(data) && (data[i] == 'e' || data[i] == 'E') {
		i++
		if i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		if !digits() {
			return 0, broken(start, "a number has no exponent")
		}
	}
	return i, nil
}

// scanObject returns the index after the object that begins at data[i]. It
// calls visit, where not nil, with each key (as it is written, without the
// marks) and value in order.
func scanObject(data []byte, i, depth int, visit func(key []byte, v value)) (int, *syntaxError) {
	start := i
	i = skipSpace(data, i+1)
	if i < len(data) && data[i] == '}' {
		return i + 1, nil
	}
	for {
		if i >= len(data) {
			return 0, broken(start, "an object is not closed")
		}
		if data[i] != '"' {
			return 0, broken(i, "a key should stand here, between quotation marks")
		}
		end, err := scanString(data, i)
		if err != nil {
			return 0, err
		}
		key := data[i+1 : end-1]
		i = skipSpace(data, end)
		if i >= len(data) || data[i] != ':' {
			return 0, broken(i, "a colon should follow the key %q", clip(string(key), 40))
		}
		v, err := scanValue(data, skipSpace(data, i+1), depth+1)
		if err != nil {
			return 0, err
		}
		if visit != nil {
			visit(key, v)
		}
		i = skipSpace(data, v.end)
		if i < len(data) && data[i] == '}' {
			return i + 1, nil
		}
		if i >= len(data) || data[i] != ',' {
			return 0, broken(i, "a comma or } should follow the value of %q", clip(string(key), 40))
		}
		i = skipSpace(data, i+1)
	}
}

// scanArray is scanObject for an array.
func scanArray(data []byte, i, depth int, visit func(v value)) (int, *syntaxError) {
	i = skipSpace(data, i+1)
	if i < len(data) && data[i] == ']' {
		return i + 1, nil
	}
	for {
		v, err := scanValue(data, i, depth+1)
		if err != nil {
			return 0, err
		}
		if visit != nil {
			visit(v)
		}
		i = skipSpace(data, v.end)
		if i < len(data) && data[i] == ']' {
			return i + 1, nil
		}
		if i >= len(data) || data[i] != ',' {
			return 0, broken(i, "a comma or ] should follow an element")
		}
		i = skipSpace(data, i+1)
	}
}

// unquote decodes a string value that scanString has passed. Halves of
// surrogate pairs that stand alone become U+FFFD and are counted.
func unquote(data []byte, v value) (s string, lone int) {
	inner := data[v.start+1 : v.end-1]
	e := bytes.IndexByte(inner, '\\')
	if e < 0 {
		return string(inner), 0
	}
	var b strings.Builder
	b.Grow(len(inner))
	for {
		b.Write(inner[:e])
		c := inner[e+1]
		inner = inner[e+2:]
		switch c {
		case 'b':
			b.WriteByte('\b')
		case 'f':
			b.WriteByte('\f')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case 'u':
			r := hex4(inner)
			inner = inner[4:]
			if utf16.IsSurrogate(r) {
				pair := utf8.RuneError
				if len(inner) >= 6 && inner[0] == '\\' && inner[1] == 'u' {
					pair = utf16.DecodeRune(r, hex4(inner[2:]))
				}
				if pair == utf8.RuneError {
					lone++
				} else {
					inner = inner[6:]
				}
				r = pair
			}
			b.WriteRune(r)
		default:
			b.WriteByte(c)
		}
		if e = bytes.IndexByte(inner, '\\'); e < 0 {
			b.Write(inner)
			return b.String(), lone
		}
	}
}

func hex4(b []byte) rune {
	n, _ := strconv.ParseUint(string(b[:4]), 16, 16)
	return rune(n)
}

// clip shortens s to at most n bytes for a message.
func clip(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
