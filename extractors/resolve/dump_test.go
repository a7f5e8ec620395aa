package resolve

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/extractors/tokenize"
	"github.com/onrecord-nlp/onrecord/models/postag"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

func TestDump(t *testing.T) {
	pat := os.Getenv("DUMP")
	if pat == "" {
		t.Skip()
	}
	parts := strings.SplitN(pat, " ", 2)
	files, _ := filepath.Glob("../../testdata/gold/dev/" + parts[0])
	tok, _ := tokenize.New()
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		for a := range goldform.ReadArticlesPath(f) {
			tok.Process(context.Background(), a.Doc)
			var r resolver
			r.model = s.model
			r.load(s.lex, a.Doc)
			r.read()
			r.speakers()
			r.link()
			for k := range r.phrases {
				p := &r.phrases[k]
				x := r.text(p.first, p.last)
				st := r.doc.Sentences[p.sentence].In(r.doc.Text)
				if len(parts) > 1 && !strings.Contains(st, parts[1]) {
					continue
				}
				e := ""
				if p.entity >= 0 {
					en := &r.entities[p.entity]
					e = fmt.Sprintf("E%d p%.1f o%.1f l%.1f he%.1f she%.1f", p.entity, en.person, en.org, en.place, en.he, en.she)
					if en.best >= 0 || en.label != "" {
						e += " " + r.nameOf(p.entity)
					}
				}
				fmt.Printf("%d %q form%d det%d next%d attr%d poss%v pl%v subj%v prob%.2f | %s\n", k, x, p.form, p.det, p.next, p.attribution, p.possessive, p.plural, p.subject, r.prob[k], e)
			}
			for i := range r.words {
				st := r.sentence(int32(i)).In(r.doc.Text)
				if len(parts) > 1 && strings.Contains(st, parts[1]) {
					fmt.Print(r.doc.Tokens[i].In(r.doc.Text), "/", postag.Name(r.words[i].tag), " ")
				}
			}
			fmt.Println()
		}
	}
}
