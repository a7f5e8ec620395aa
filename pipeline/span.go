package pipeline

import "strings"

// Span is a half-open range of byte offsets into [Document.Text]. Both ends
// lie on rune boundaries. The zero Span is empty and stands for "none" where
// a field's documentation says so.
type Span struct {
	Start, End int
}

// Len is the number of bytes in the span.
func (s Span) Len() int { return s.End - s.Start }

// Empty reports whether the span covers nothing.
func (s Span) Empty() bool { return s.End <= s.Start }

// Contains reports whether t lies wholly within s.
func (s Span) Contains(t Span) bool { return s.Start <= t.Start && t.End <= s.End }

// Overlaps reports whether s and t share at least one byte.
func (s Span) Overlaps(t Span) bool { return s.Start < t.End && t.Start < s.End }

// Intersect returns the bytes that s and t share; it is empty when they share
// none.
func (s Span) Intersect(t Span) Span {
	r := Span{max(s.Start, t.Start), min(s.End, t.End)}
	if r.End < r.Start {
		r.End = r.Start
	}
	return r
}

// In returns the words of the span in text.
func (s Span) In(text string) string { return text[s.Start:s.End] }

// Line returns the words of the span in text on one line: every run of white
// space is one space. It is how names and targets that run over the end of a
// line are told.
func (s Span) Line(text string) string {
	words := s.In(text)
	if !strings.ContainsAny(words, "\n\r\t\v\f\u00a0\u2028\u2029") && !strings.Contains(words, "  ") {
		return words
	}
	return strings.Join(strings.Fields(words), " ")
}

// Cover returns the smallest span that holds all of spans, or the empty span
// when there are none.
func Cover(spans []Span) Span {
	if len(spans) == 0 {
		return Span{}
	}
	c := spans[0]
	for _, s := range spans[1:] {
		c.Start, c.End = min(c.Start, s.Start), max(c.End, s.End)
	}
	return c
}
