package ingest

import (
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"golang.org/x/net/html/charset"
)

// Single is one article that a program has in memory, as a request brings it. It
// is read as the same article in a file would be.
type Single struct {
	Source string // names the article in errors, and in Document.Source
	ID     string // Source when empty

	// What is known beside the text, in the forms that records have it in; each
	// may be empty. What is no date or no language is left out.
	URL, Title, Byline, Published, Language string

	// Text is the article, decoded. With MarkupHTML it is a page or a part of one.
	Text   string
	Markup Markup

	// Body, where not nil, is the article in the place of Text as it came over a
	// network, in the encoding of the label Charset unless the bytes speak against
	// it; "" detects. With MarkupHTML it is a page.
	Body    []byte
	Charset string
}

// Document reads the article. The error is an *[Error]; where it has Kept set
// there is a document all the same.
func (a *Single) Document() (*pipeline.Document, error) {
	at := place{file: a.Source, offset: -1}
	doc := &pipeline.Document{
		Source: a.Source, ID: oneLine(a.ID), URL: oneLine(a.URL), Title: inlineText(a.Title), Byline: inlineText(a.Byline),
		Published: parseDate(a.Published), Language: languageTag(a.Language),
	}
	if doc.ID == "" {
		doc.ID = a.Source
	}
	o := a.read(doc, at)
	if o.err == nil {
		return o.doc, nil
	}
	return o.doc, o.err
}

func (a *Single) read(doc *pipeline.Document, at place) outcome {
	text, dmg := a.Text, damage{}
	if a.Body != nil {
		var err error
		if text, dmg, err = a.decode(); err != nil {
			return noEncoding(doc, at, dmg, err)
		}
		if a.Markup == MarkupHTML {
			return finishPage(doc, at, text, dmg)
		}
	}
	if strings.TrimSpace(text) == "" {
		e := at.fail(NoText, nil, "the article has no text: leave it out, or send its text")
		e.DocID = doc.ID
		return outcome{err: e}
	}
	return finishText(doc, at, text, dmg, a.Markup)
}

func (a *Single) decode() (string, damage, error) {
	// Only the label tells UTF-16 without a mark at its head, and without the
	// zeros of ASCII.
	if e, name := charset.Lookup(a.Charset); strings.HasPrefix(name, "utf-16") && wideEncoding(a.Body) == nil {
		return decodeAs(a.Body, e)
	}
	if a.Markup == MarkupHTML {
		return decodeFetched(a.Body, nil, a.Charset)
	}
	return decodeDeclared(a.Body, nil, a.Charset)
}
