package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// note is what a reader of a result should know of it.
type note struct {
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// errGone ends the work for a client that does not wait for it.
var errGone = errors.New("the client is gone")

// article reads and processes one article once a worker is free, and returns
// it in the form of goldform with "made_by", and with "notes" where there are
// any.
func (s *Server) article(ctx context.Context, in *input) (out []byte, p *problem) {
	release, err := s.turn(ctx, in.size)
	if errors.Is(err, errBusy) {
		return nil, busy("no core was free within " + s.Timeout.String())
	}
	if err != nil {
		return nil, gone()
	}
	defer release()
	defer func() {
		if r := recover(); r != nil {
			out, p = nil, s.panicked("", stack())
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	doc, notes, p := s.read(in)
	if p != nil {
		return nil, p
	}
	if !s.reads(doc.Language) {
		notes = append(notes, note{"unsupported_language", fmt.Sprintf("the language of the text is %q, and what is read is %s: nothing was sought in it", doc.Language, strings.Join(s.Languages, ", "))})
	} else if err := s.Pipeline.Process(ctx, doc); err != nil {
		return nil, s.stageProblem(ctx, err)
	}
	out, err = goldform.Append(make([]byte, 0, 3*len(doc.Text)+4096), doc)
	if err != nil {
		s.Log.Error("invalid", "err", err)
		return nil, problemf(http.StatusInternalServerError, "invalid", "A stage made labels that do not fit the text: please report the article.")
	}
	out = out[:len(out)-1] // the brace at the end
	if notes != nil {
		b, err := json.Marshal(notes)
		if err != nil {
			panic(err)
		}
		out = append(append(out, `,"notes":`...), b...)
	}
	out = append(append(append(out, `,"made_by":`...), s.madeBy...), '}')
	s.metrics.documents.Inc()
	s.metrics.words.Add(float64(words(doc.Text)))
	return out, nil
}

// read makes the document, and notes what could not be read of it.
func (s *Server) read(in *input) (*pipeline.Document, []note, *problem) {
	doc, err := in.single.Document()
	var e *ingest.Error
	if errors.As(err, &e) && !e.Kept {
		return nil, nil, ingestProblem(e)
	}
	var notes []note
	if e != nil {
		notes = append(notes, note{string(e.Reason), e.Message})
	} else if in.lone > 0 {
		notes = append(notes, note{string(ingest.BadEncoding), fmt.Sprintf("%d halves of surrogate pairs stand as U+FFFD in the document: mend the source", in.lone)})
	}
	if in.single.Published != "" && doc.Published.IsZero() {
		notes = append(notes, note{"bad_date", "the date of publication was not understood, and left out: give it as 2006-01-02 or 2006-01-02T15:04:05Z"})
	}
	return doc, notes, nil
}

// reads reports whether a text of the language is looked through.
func (s *Server) reads(language string) bool {
	return s.Languages == nil || language == "" || language == "und" || slices.Contains(s.Languages, ingest.BaseLanguage(language))
}

// stageProblem says why a stage gave up.
func (s *Server) stageProblem(ctx context.Context, err error) *problem {
	var (
		stage *pipeline.StageError
		panic *pipeline.PanicError
	)
	switch {
	case errors.As(err, &panic):
		errors.As(err, &stage)
		return s.panicked(stage.Stage, panic.Stack)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return problemf(http.StatusServiceUnavailable, "timeout", "The article took longer than %v: cut it, or allow more time with --timeout.", s.Timeout)
	case ctx.Err() != nil:
		return gone()
	case errors.As(err, &stage):
		return problemf(http.StatusInternalServerError, "stage_failed", "The stage %s failed (%v): please report the article.", stage.Stage, stage.Err)
	}
	return problemf(http.StatusInternalServerError, "stage_failed", "%s: please report the article.", upper(err.Error()))
}

// panicked logs where a panic was; what it was called with may hold words of the
// article.
func (s *Server) panicked(stage string, stack []byte) *problem {
	s.Log.Error("panic", "stage", stage, "stack", string(stack))
	if stage != "" {
		stage = " in the stage " + stage
	}
	return problemf(http.StatusInternalServerError, "panic", "The program is at fault%s: please report the article.", stage)
}

func stack() []byte { return debug.Stack() }

// gone is the problem of a client that is not there to read it.
func gone() *problem {
	return problemf(http.StatusServiceUnavailable, "gone", "%s.", upper(errGone.Error()))
}

// words counts what white space parts.
func words(text string) (n int) {
	for range strings.FieldsSeq(text) {
		n++
	}
	return n
}
