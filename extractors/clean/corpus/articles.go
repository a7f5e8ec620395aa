package corpus

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/onrecord-nlp/onrecord/extractors/clean"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// unknown marks a line that may be body or furniture; documents made from it
// have no block there.
const unknown pipeline.BlockKind = 255

// Articles reads articles without furniture from a JSON Lines file with the
// fields id, title, text and publisher or outlet, a paragraph a line. Every
// line is body, but for the headline where the text begins with it, time
// stamps, rules, and lines such as "Follow X on Twitter" that are furniture
// the corpus kept, which stay without a block.
func Articles(path string) ([]*Page, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var pages []*Page
	dec := json.NewDecoder(bufio.NewReader(f))
	for {
		var a struct{ ID, Title, Text, Publisher, Outlet string }
		if err := dec.Decode(&a); err == io.EOF {
			return pages, nil
		} else if err != nil {
			return nil, fmt.Errorf("corpus: %s, after %d articles: %w", path, len(pages), err)
		}
		p := &Page{ID: a.ID, Site: a.Publisher + a.Outlet, Title: a.Title}
		para := true
		for l := range strings.Lines(a.Text) {
			l = strings.TrimSpace(l)
			if l == "" {
				para = true
				continue
			}
			kind := pipeline.BlockBody
			switch {
			case len(p.Lines) == 0 && strings.HasPrefix(squeeze(l), squeeze(a.Title)) && len(l) < len(a.Title)+10:
				kind = pipeline.BlockHeadline
			case clean.IsDateLine(l):
				kind = pipeline.BlockDate
			case strings.Trim(l, "_-*. ") == "":
				kind = pipeline.BlockBoilerplate
			case keptFurniture(l):
				kind = unknown
			}
			p.Lines = append(p.Lines, Line{l, kind, para})
			para = false
		}
		if len(p.Lines) > 0 {
			pages = append(pages, p)
		}
	}
}

// keptFurniture reports whether a line of an article corpus looks like
// furniture that its makers kept.
func keptFurniture(l string) bool {
	for _, p := range []string{"Follow ", "Contributing:", "Read the rest", "Read more", "Subscribe", "Copyright", "h/t", "EMAIL", "Email:", "CORRECTION", "}", ".image", "font-", "Listen to", "Watch ", "Click here"} {
		if strings.HasPrefix(l, p) {
			return true
		}
	}
	for _, w := range []string{"Reporting by", "contributed to this", "contributed reporting", "Additional reporting", "on Twitter @", "Sign up for", "reported from"} {
		if strings.Contains(l, w) && len(l) < 260 {
			return true
		}
	}
	return strings.HasSuffix(l, "{") || strings.HasSuffix(l, "px;")
}
