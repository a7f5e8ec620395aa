package ingest

import (
	"bufio"
	"bytes"
	"cmp"
	"io"
	"mime"
	"strings"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"golang.org/x/net/html/charset"
)

// readMail reads a message, or the messages of a mailbox (mbox). It reports
// whether to go on.
func (s *stream) readMail(f file, src *source) bool {
	head, _ := src.Peek(len(fromLine))
	if string(head) != fromLine {
		return s.readMessage(place{file: f.name, offset: -1}, src)
	}
	box := &mailbox{br: src.Reader}
	for number := int64(1); ; number++ {
		if err := box.next(); err == io.EOF {
			return true
		} else if err != nil {
			return s.fail(readError(place{f.name, number, box.offset}, err))
		}
		at := place{f.name, number, box.offset}
		if s.delivered() {
			if s.ctx.Err() != nil {
				return false
			}
			continue
		}
		if !s.readMessage(at, box) {
			return false
		}
	}
}

// readMessage makes a document of a message: of its part of HTML, else of that
// of plain text. Attachments are passed over. It reports whether to go on.
func (s *stream) readMessage(at place, r io.Reader) bool {
	bad := func(err error) bool {
		if _, ok := err.(*compressionError); ok {
			return s.fail(readError(at, err))
		}
		return s.fail(at.fail(BadMail, err, "the message cannot be parsed (%s): save it anew, or as text", firstLine(err)))
	}
	m, err := mail.CreateReader(r)
	if err != nil && !message.IsUnknownCharset(err) {
		return bad(err)
	}
	doc := &pipeline.Document{Source: at.source()}
	var page, plain *mailText
	for page == nil {
		part, err := m.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil && !message.IsUnknownCharset(err) {
			return bad(err)
		}
		header, ok := part.Header.(*mail.InlineHeader)
		if !ok {
			continue
		}
		kind, params, _ := header.ContentType()
		isPage := kind == "text/html"
		if !isPage && (plain != nil || kind != "text/plain" && kind != "") {
			continue
		}
		data, err := io.ReadAll(io.LimitReader(part.Body, int64(s.opts.MaxRecord)+1))
		if err != nil {
			return bad(err)
		}
		if len(data) > s.opts.MaxRecord {
			return s.fail(at.fail(TooLong, nil, "the message's text is longer than the limit of %d bytes: raise the limit, or take the message out", s.opts.MaxRecord))
		}
		if len(bytes.TrimSpace(data)) == 0 {
			continue
		}
		if text := (&mailText{data, params["charset"]}); isPage {
			page = text
		} else {
			plain = text
		}
	}
	words := mime.WordDecoder{CharsetReader: charset.NewReaderLabel}
	field := func(name string) string {
		raw := m.Header.Get(name)
		text, err := words.DecodeHeader(raw)
		if err != nil {
			text = raw
		}
		text, _, _ = decodeNarrow([]byte(text))
		return oneLine(text)
	}
	doc.ID = cmp.Or(strings.Trim(field("Message-Id"), "<> "), doc.Source)
	doc.Title = field("Subject")
	doc.Byline = senderName(field("From"))
	doc.Published = parseDate(field("Date"))
	doc.Language = languageTag(field("Content-Language"))
	body, markup := page, MarkupHTML
	if page == nil {
		body, markup = plain, MarkupPlain
	}
	if body == nil {
		e := at.fail(NoText, nil, "the message has no part of text: take it out, or save what is attached to it")
		e.DocID = doc.ID
		return s.fail(e)
	}
	return s.start(len(body.data), func() outcome {
		text, dmg, err := body.decode(markup == MarkupHTML)
		if err != nil {
			return noEncoding(doc, at, damage{dmg.count, -1}, err)
		}
		return finishText(doc, at, text, damage{dmg.count, -1}, markup)
	})
}

// mailText is a part of a message, with the label of its encoding.
type mailText struct {
	data    []byte
	charset string
}

func (t *mailText) decode(page bool) (string, damage, error) {
	if t.charset == "" && page {
		return decodeHTML(t.data, nil)
	}
	return decodeDeclared(t.data, nil, t.charset)
}

// senderName takes the address off a sender: "Ann Lee <ann@example.org>".
func senderName(from string) string {
	name, _, ok := strings.Cut(from, "<")
	if name = strings.Trim(name, ` "'`); !ok || name == "" {
		return strings.Trim(from, "<> ")
	}
	return name
}

// fromLine begins the line before each message of a mailbox.
const fromLine = "From "

// mailbox reads the messages of a mailbox one after another: it is the reader
// of the message at hand, which ends before an empty line and a line that begins
// with "From ".
type mailbox struct {
	br     *bufio.Reader
	offset int64 // of the message at hand
	at     int64 // of the next byte of br
	line   []byte
	begun  bool // the first message has begun
	blank  bool // the line before was empty
	whole  bool // what comes next begins a line
	ended  bool // the message at hand has ended
	err    error
}

// next goes to the next message. At the end of the mailbox the error is io.EOF.
func (m *mailbox) next() error {
	if !m.begun {
		m.begun, m.whole = true, true
	} else if _, err := io.Copy(io.Discard, m); err != nil {
		return err
	}
	if m.err != nil {
		return m.err
	}
	m.offset = m.at
	for { // the line that begins with "From "
		part, err := m.br.ReadSlice('\n')
		m.at += int64(len(part))
		if err != bufio.ErrBufferFull {
			m.err, m.ended, m.blank, m.whole = err, false, false, true
			if len(part) == 0 {
				return err
			}
			return nil
		}
	}
}

func (m *mailbox) Read(p []byte) (int, error) {
	for len(m.line) == 0 {
		if m.ended || m.err != nil {
			if m.err != nil && m.err != io.EOF {
				return 0, m.err
			}
			return 0, io.EOF
		}
		if m.whole && m.blank {
			if head, _ := m.br.Peek(len(fromLine)); string(head) == fromLine {
				m.ended = true
				continue
			}
		}
		begins := m.whole
		part, err := m.br.ReadSlice('\n')
		m.at += int64(len(part))
		m.whole = err == nil
		m.blank = begins && len(bytes.TrimRight(part, "\r\n")) == 0
		if err != bufio.ErrBufferFull {
			m.err = err
		}
		if begins && bytes.HasPrefix(bytes.TrimLeft(part, ">"), []byte(fromLine)) && part[0] == '>' {
			part = part[1:] // as it was before it was put into the mailbox
		}
		m.line = part
	}
	n := copy(p, m.line)
	m.line = m.line[n:]
	return n, nil
}
