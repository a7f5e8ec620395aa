package serve

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// input is one article as a request brings it.
type input struct {
	source string // names it in its id where it has none
	single ingest.Single
	size   int // bytes of text or HTML
	lone   int // halves of surrogate pairs that became U+FFFD
}

// read takes a body of a media type.
func (in *input) read(c content, data []byte) *problem {
	switch c.media {
	case mediaJSON:
		return in.readJSON(data)
	case mediaHTML:
		in.single.Markup = ingest.MarkupHTML
	default:
		in.single.Markup = ingest.MarkupPlain
	}
	in.single.Body, in.single.Charset, in.single.Source, in.size = data, c.charset, in.source, len(data)
	return nil
}

// keys are those of a JSON document.
var keys = []string{"id", "url", "title", "byline", "published", "language", "text", "html"}

// readJSON takes a JSON document. It reads more strictly than extract does of
// files: who writes a client can mend it.
func (in *input) readJSON(data []byte) *problem {
	in.single.Source = in.source
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	if !utf8.Valid(data) {
		return problemf(http.StatusBadRequest, "bad_encoding", "The JSON is not UTF-8 from byte %d on: send it in UTF-8.", validPrefix(data))
	}
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(data, &doc); err != nil || doc == nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return problemf(http.StatusBadRequest, "bad_json", "The JSON is broken at byte %d (%s): mend it.", syntax.Offset, syntax)
		}
		return problemf(http.StatusUnprocessableEntity, "bad_document", "The JSON is no object: send an object with the article in %q or %q.", "text", "html")
	}
	values := make(map[string]string, len(keys))
	var problems []string
	for key, raw := range doc {
		value, lone, err := text(key, raw)
		if err != nil {
			problems = append(problems, err.Error())
			continue
		}
		in.lone += lone
		if string(raw) != "null" {
			values[key] = value
		}
	}
	if problems != nil {
		return problemf(http.StatusUnprocessableEntity, "bad_document", "%s.", upper(slices.Min(problems)))
	}
	s := &in.single
	s.ID, s.URL, s.Title, s.Byline = values["id"], values["url"], values["title"], values["byline"]
	s.Published, s.Language = values["published"], values["language"]
	plain, isText := values["text"]
	html, isHTML := values["html"]
	switch {
	case isText == isHTML:
		return problemf(http.StatusUnprocessableEntity, "bad_document", "The article stands in one of the keys %q and %q: give one of them, and not both.", "text", "html")
	case isText:
		s.Text, s.Markup = plain, ingest.MarkupPlain
	default:
		s.Text, s.Markup = html, ingest.MarkupHTML
	}
	in.size = len(s.Text)
	return nil
}

// text is the string of a key. lone counts the halves of surrogate pairs in it.
func text(key string, raw json.RawMessage) (s string, lone int, err error) {
	if !slices.Contains(keys, key) {
		return "", 0, fmt.Errorf("the key %.100q is none of %s: rename it or leave it out", key, strings.Join(keys, ", "))
	}
	if string(raw) == "null" && key != "text" && key != "html" {
		return "", 0, nil
	}
	if raw[0] != '"' {
		return "", 0, fmt.Errorf("the value of %q is no string: make it one", key)
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", 0, fmt.Errorf("the value of %q is no string: make it one", key)
	}
	const replacement = "\uFFFD"
	if n := strings.Count(s, replacement); n > 0 {
		lone = n - strings.Count(string(raw), replacement) - escapes(raw, "fffd")
	}
	return s, lone, nil
}

// escapes counts the escapes of a character in a JSON string.
func escapes(raw []byte, hex string) (n int) {
	for i := 0; i+1 < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		if i++; raw[i] == 'u' && i+5 <= len(raw) && strings.EqualFold(string(raw[i+1:i+5]), hex) {
			n++
		}
	}
	return n
}

// validPrefix is how many bytes of data are UTF-8.
func validPrefix(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(data)
}
