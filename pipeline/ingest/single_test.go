package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

func TestSingle(t *testing.T) {
	tests := []struct {
		name   string
		in     Single
		want   string // text
		reason Reason // of the error, or of what was noted beside the document
		kept   bool
	}{
		{name: "text", in: Single{Text: "“Yes,” she said."}, want: "“Yes,” she said."},
		{name: "line ends", in: Single{Text: "a\r\nb"}, want: "a\nb"},
		{name: "plain text keeps its references", in: Single{Text: "AT&amp;T <p>", Markup: MarkupPlain}, want: "AT&amp;T <p>"},
		{name: "a part of a page", in: Single{Text: "<p>AT&amp;T said.</p>", Markup: MarkupHTML}, want: "AT&T said."},
		{name: "zeros in decoded text are not UTF-16", in: Single{Text: strings.Repeat("a\x00", 8), Markup: MarkupPlain}, want: strings.Repeat("a ", 8)},
		{name: "no text", in: Single{Text: " \n"}, reason: NoText},
		{name: "empty body", in: Single{Body: []byte{}, Markup: MarkupPlain}, reason: NoText},
		{name: "empty page", in: Single{Body: []byte("<html></html>"), Markup: MarkupHTML}, reason: NoText},
		{name: "Latin-1 as labelled", in: Single{Body: []byte("caf\xe9 \xbf"), Charset: "iso-8859-15", Markup: MarkupPlain}, want: "café ¿"},
		{name: "Cyrillic as labelled", in: Single{Body: []byte("\xcf\xf0\xe8\xe2\xe5\xf2"), Charset: "windows-1251", Markup: MarkupPlain}, want: "Привет"},
		{name: "UTF-8 with a wrong label", in: Single{Body: []byte("“Привет”"), Charset: "windows-1251", Markup: MarkupPlain}, want: "“Привет”"},
		{name: "UTF-16 that only the label tells", in: Single{Body: []byte("\x1f\x04\x40\x04"), Charset: "utf-16le", Markup: MarkupPlain}, want: "Пр"},
		{name: "no encoding", in: Single{Body: []byte("\x81\x8d\x8f\x90\x9d"), Markup: MarkupPlain}, reason: BadEncoding},
		{name: "a stray byte", in: Single{Body: []byte("“Nobody” \xff" + strings.Repeat(" and so on", 9)), Charset: "utf-8", Markup: MarkupPlain},
			want: "“Nobody” \uFFFD" + strings.Repeat(" and so on", 9), reason: BadEncoding, kept: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.in.Source = "body"
			doc, err := tt.in.Document()
			text := ""
			if doc != nil {
				text = doc.Text
				if doc.ID != "body" || doc.Source != "body" {
					t.Errorf("id %q, source %q", doc.ID, doc.Source)
				}
			}
			if text != tt.want {
				t.Errorf("text %q, want %q", text, tt.want)
			}
			e := new(Error)
			errors.As(err, &e)
			if e.Reason != tt.reason || e.Kept != tt.kept {
				t.Errorf("error %v, want reason %q", err, tt.reason)
			}
		})
	}
}

// A Single is what the same record in a file is.
func TestSingleIsLikeARecord(t *testing.T) {
	page := `<html lang="en"><head><title>Of the page</title><meta name="author" content="P. Age"></head><body><article>` +
		strings.Repeat("<p>The mayor said that the bridge would stay closed for some months to come.</p>", 9) + `</article></body></html>`
	for name, a := range map[string]Single{
		"all fields": {ID: " a\n1 ", URL: "https://example.org/1", Title: "A &amp; B", Byline: "By  Jo", Published: "26 March 2017", Language: "en_GB", Text: "He said so."},
		"no dates":   {ID: "2", Published: "one day", Language: "Klingonese", Text: "He said so."},
		"page":       {ID: "3", Text: page, Title: "Of the record", Markup: MarkupHTML},
	} {
		t.Run(name, func(t *testing.T) {
			rec, _ := json.Marshal(map[string]string{"id": a.ID, "url": a.URL, "title": a.Title, "byline": a.Byline, "published": a.Published, "language": a.Language, "text": a.Text})
			r, err := Open([]string{"-"}, Options{Stdin: strings.NewReader(string(rec)), Format: FormatJSON, Markup: a.Markup})
			if err != nil {
				t.Fatal(err)
			}
			var want *pipeline.Document
			for d, err := range r.Documents(context.Background()) {
				if want = d; err != nil {
					t.Fatal(err)
				}
			}
			got, err := a.Document()
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got, cmpopts.IgnoreFields(pipeline.Document{}, "Source"), cmpopts.IgnoreUnexported(pipeline.Document{}), cmpopts.EquateApproxTime(0*time.Second)); d != "" {
				t.Error(d)
			}
		})
	}
}
