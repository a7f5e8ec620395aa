package job

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
	"github.com/onrecord-nlp/onrecord/pipeline/fingerprint"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// remembered is how many documents at least are searched for the original of a
// copy: a day of the largest collections. There may be twice as many, in 130 MB.
const remembered = 1 << 19

// screen looks at every document before the pipeline does, in the order of the
// input: it marks or takes out copies of earlier ones, and takes out what is in
// a language that the models do not read, so that neither costs more than
// reading.
type screen struct {
	index     *fingerprint.Index // nil where copies are not looked for
	dedupe    bool
	languages []string // nil takes all
	clock     *clock
}

func newScreen(j *Job) *screen {
	return &screen{index: fingerprint.NewIndex(remembered), dedupe: j.Dedupe, languages: j.Languages}
}

// skipped stands in the stream in the place of a document that was taken out.
type skipped struct {
	doc     *pipeline.Document // is written all the same; nil where it is not
	read    error              // what came with it
	failure columnar.Failure
}

func (s *skipped) Error() string { return s.failure.Message }

// documents passes on what in yields, with a *skipped in the place of each
// document taken out.
func (s *screen) documents(in iter.Seq2[*pipeline.Document, error]) iter.Seq2[*pipeline.Document, error] {
	return func(yield func(*pipeline.Document, error) bool) {
		asked := time.Now()
		for doc, err := range in {
			if doc != nil {
				if skip := s.judge(doc); skip != nil {
					if skip.doc != nil {
						skip.read = err
					}
					doc, err = nil, skip
				}
			}
			s.clock.reading += time.Since(asked)
			if !yield(doc, err) {
				return
			}
			asked = time.Now()
		}
	}
}

// judge completes what the document says of its original, and returns nil
// unless it is to be taken out.
func (s *screen) judge(doc *pipeline.Document) *skipped {
	first, found := "", false
	if s.index != nil {
		first, found = s.index.Add(doc.Fingerprint, doc.ID)
	}
	if found {
		if s.dedupe {
			return &skipped{failure: columnar.Failure{
				Source: doc.Source, DocID: doc.ID, Stage: dedupeStage, Reason: Duplicate,
				Message: fmt.Sprintf("the text is that of the document %q, or nearly", first),
			}}
		}
		doc.DuplicateOf = first
	}
	if l := doc.Language; s.languages != nil && l != "" && l != "und" && !slices.Contains(s.languages, ingest.BaseLanguage(l)) {
		return &skipped{doc: doc, failure: columnar.Failure{
			Source: doc.Source, DocID: doc.ID, Stage: languageStage, Reason: UnsupportedLanguage,
			Message: fmt.Sprintf("the language of the text is %q, and what is read is %s: the document was kept, and nothing sought in it", l, strings.Join(s.languages, ", ")),
		}}
	}
	return nil
}
