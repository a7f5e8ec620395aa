package ingest

import (
	"bytes"
	"path/filepath"
	"strings"
)

// Format says how an input is written.
type Format uint8

// Formats.
const (
	FormatAuto    Format = iota // by the file's name, and by its content where the name does not tell
	FormatText                  // one document, plain text
	FormatHTML                  // one document, a page
	FormatJSON                  // JSON Lines, a JSON array of objects, or objects one after another
	FormatCSV                   // comma-, tab- or otherwise separated values with a header
	FormatParquet               // Parquet
	FormatArrow                 // Arrow IPC, file or stream
	FormatWARC                  // WARC or ARC, of web crawls
	FormatFeed                  // RSS or Atom
	FormatMail                  // one message
)

var formatNames = [...]string{"auto", "text", "html", "jsonl", "csv", "parquet", "arrow", "warc", "feed", "mail"}

// text reports whether files of the format hold text through and through, or
// may.
func (f Format) text() bool {
	switch f {
	case FormatParquet, FormatArrow, FormatWARC:
		return false
	}
	return true
}

// binaryFormat tells by the first bytes a format that is not text, whatever the
// file's name.
func binaryFormat(head []byte) Format {
	switch {
	case bytes.HasPrefix(head, []byte("PAR1")):
		return FormatParquet
	case bytes.HasPrefix(head, []byte(arrowMagic)), bytes.HasPrefix(head, []byte("\xFF\xFF\xFF\xFF")) && len(head) >= 8 && head[7] == 0:
		return FormatArrow
	case bytes.HasPrefix(head, []byte("WARC/")), bytes.HasPrefix(head, []byte("filedesc://")):
		return FormatWARC
	}
	return FormatAuto
}

func (f Format) String() string {
	if int(f) < len(formatNames) {
		return formatNames[f]
	}
	return "unknown format"
}

// ParseFormat is the inverse of [Format.String]; "json" is FormatJSON too.
func ParseFormat(s string) (Format, bool) {
	if s == "json" {
		return FormatJSON, true
	}
	for i, n := range formatNames {
		if n == s {
			return Format(i), true
		}
	}
	return FormatAuto, false
}

// formatOfName tells the format by the file's name, less a suffix of
// compression.
func formatOfName(name string) Format {
	switch strings.ToLower(filepath.Ext(trimCompression(name))) {
	case ".txt", ".text":
		return FormatText
	case ".html", ".htm", ".xhtml", ".shtml":
		return FormatHTML
	case ".json", ".jsonl", ".ndjson", ".jsonlines":
		return FormatJSON
	case ".csv", ".tsv", ".tab":
		return FormatCSV
	case ".parquet", ".pq":
		return FormatParquet
	case ".arrow", ".arrows", ".feather", ".ipc":
		return FormatArrow
	case ".warc", ".arc":
		return FormatWARC
	case ".rss", ".atom":
		return FormatFeed
	case ".eml", ".mbox":
		return FormatMail
	}
	return FormatAuto
}

// trimCompression takes suffixes of compression off a file's name.
func trimCompression(name string) string {
	for range maxLayers {
		if ext := filepath.Ext(name); isCompressionSuffix(ext) {
			name = name[:len(name)-len(ext)]
		}
	}
	return name
}

// keepsArticles reports whether a file of a format that is not read is one
// that people keep articles in, so that passing over it in a folder would lose
// something.
func keepsArticles(name string) bool {
	switch strings.ToLower(filepath.Ext(trimCompression(name))) {
	case ".pdf", ".doc", ".docx", ".rtf", ".odt", ".epub", ".mht", ".mhtml",
		".7z", ".rar", ".wacz":
		return true
	}
	return false
}

// binaryData is the kind of a file that is no text and nothing else that is known.
const binaryData = "binary data"

// magic holds the first bytes of files that are not text.
var magic = [...]struct{ prefix, kind string }{
	{"%PDF-", "a PDF"},
	{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an old office document"},
	{"{\\rtf", "a rich text document"},
	{"\x89PNG", "an image"},
	{"\xFF\xD8\xFF", "an image"},
	{"GIF8", "an image"},
	{"\x7FELF", "a program"},
	{"MZ\x90", "a program"},
	{"7z\xBC\xAF\x27\x1C", "a 7-Zip archive"},
	{"Rar!\x1A\x07", "a RAR archive"},
	{"SQLite format 3", "a database"},
}

// notText says what kind of file begins with head when it is none that holds
// text, and "" when it may be text. head has been converted to UTF-8 where it
// was UTF-16 or UTF-32.
func notText(head []byte) string {
	for _, m := range magic {
		if bytes.HasPrefix(head, []byte(m.prefix)) {
			return m.kind
		}
	}
	control := 0
	for _, c := range head {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f' || c == 0x7F {
			control++
		}
	}
	if control*16 > len(head)+64 { // a few strays in a short text are strays
		return binaryData
	}
	return ""
}

// sniff tells the format by the first bytes of the content, and of XML that is
// neither feed nor page that it is FormatAuto.
func sniff(head []byte) Format {
	head = bytes.TrimPrefix(head, []byte(byteOrderMark))
	head = bytes.TrimLeft(head, " \t\r\n\f")
	if len(head) == 0 {
		return FormatText
	}
	rest := bytes.TrimLeft(head[1:], " \t\r\n")
	next := byte(0)
	if len(rest) > 0 {
		next = rest[0]
	}
	switch root, declared := xmlRoot(head); {
	case root == "rss" || root == "feed" || root == "RDF":
		return FormatFeed
	case declared && root != "html":
		return FormatAuto
	case head[0] == '{' && (next == '"' || next == '}'), head[0] == '[' && (next == '{' || next == ']'):
		return FormatJSON
	case head[0] == '<' && looksLikePage(head):
		return FormatHTML
	case looksLikeCSV(head):
		return FormatCSV
	}
	return FormatText
}

// isXMLName reports whether a file's name says that it is XML, of which kind
// the content tells.
func isXMLName(name string) bool {
	return strings.EqualFold(filepath.Ext(trimCompression(name)), ".xml")
}

// xmlRoot returns the name of the element with which XML begins, without its
// prefix, or "". declared says that the text calls itself XML.
func xmlRoot(head []byte) (name string, declared bool) {
	s := strings.TrimLeft(string(head), byteOrderMark+" \t\r\n")
	declared = strings.HasPrefix(s, "<?xml")
	for {
		end := ">"
		switch {
		case strings.HasPrefix(s, "<!--"):
			end = "-->"
		case strings.HasPrefix(s, "<!"), strings.HasPrefix(s, "<?"):
			if subset := strings.IndexByte(s, '['); subset >= 0 && subset < strings.IndexByte(s, '>') {
				end = "]>"
			}
		case strings.HasPrefix(s, "<"):
			n := 1
			for n < len(s) && (isNameByte(s[n]) || strings.IndexByte(":_-.", s[n]) >= 0) {
				n++
			}
			_, name, ok := strings.Cut(s[1:n], ":")
			if !ok {
				name = s[1:n]
			}
			return name, declared
		default:
			return "", declared
		}
		_, rest, ok := strings.Cut(s, end)
		if !ok {
			return "", declared
		}
		s = strings.TrimLeft(rest, " \t\r\n")
	}
}

// looksLikePage reports whether a text that begins with "<" begins as HTML
// does.
func looksLikePage(head []byte) bool {
	s := strings.ToLower(string(head[:min(len(head), 1024)]))
	switch {
	case strings.HasPrefix(s, "<!doctype html"), strings.HasPrefix(s, "<!--"):
		return true
	case strings.HasPrefix(s, "<?xml"):
		return strings.Contains(s, "<html") || strings.Contains(s, "<!doctype html")
	}
	name, _, _ := strings.Cut(s[1:], ">")
	name, _, _ = strings.Cut(strings.TrimSpace(name), " ")
	switch name {
	case "html", "head", "body", "title", "meta", "link", "script", "style", "article", "main",
		"section", "header", "div", "p", "h1", "h2", "h3", "table", "center", "span", "blockquote":
		return true
	}
	return false
}

// isMarkup reports whether a text that came in a JSON record plainly is HTML:
// it has a tag that begins, ends or breaks a block.
func isMarkup(s string) bool {
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			return false
		}
		s = strings.TrimPrefix(s[i+1:], "/")
		n := 0
		for n < len(s) && n < 12 && isNameByte(s[n]) {
			n++
		}
		if n == 0 || n == len(s) || !strings.ContainsRune("> /\n\t", rune(s[n])) || strings.IndexByte(s[n:], '>') < 0 {
			continue
		}
		switch strings.ToLower(s[:n]) {
		case "p", "br", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "blockquote", "html", "body",
			"article", "section", "table":
			return true
		}
	}
}

func isNameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// isPage reports whether markup is a whole page, with furniture, rather than
// the body of an article.
func isPage(s string) bool {
	head := strings.ToLower(s[:min(len(s), 2048)])
	return strings.Contains(head, "<html") || strings.Contains(head, "<!doctype") ||
		strings.Contains(head, "<head>") || strings.Contains(head, "<body")
}

// hasEntity reports whether s holds a character reference that belongs to HTML
// and not to prose: &quot; or &#8217;, as against AT&T.
func hasEntity(s string) bool {
	for {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			return false
		}
		s = s[i+1:]
		end := strings.IndexByte(s[:min(len(s), 10)], ';')
		if end < 2 {
			continue
		}
		switch name := s[:end]; name {
		case "quot", "amp", "apos", "lt", "gt", "nbsp", "ldquo", "rdquo", "lsquo", "rsquo", "mdash", "ndash",
			"hellip", "laquo", "raquo", "pound", "euro", "eacute":
			return true
		default:
			if name[0] == '#' && strings.Trim(name[1:], "0123456789xXabcdefABCDEF") == "" {
				return true
			}
		}
	}
}
