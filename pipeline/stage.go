package pipeline

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// Stage is one step of the pipeline. It reads some layers of a document and
// writes one. A Stage is safe for use by many goroutines at once, each with a
// document of its own; whatever it learns from one document it forgets before
// the next.
type Stage interface {
	// Name is one lower-case word: "quote".
	Name() string
	// Doc is one sentence that says what the stage does.
	Doc() string
	// Reads is the set of layers that must have been made before.
	Reads() Layers
	// Writes is the layer that the stage makes.
	Writes() Layer
	// Process makes the layer. It returns an error only when the document cannot
	// be processed; a document in which nothing is found is no error.
	Process(ctx context.Context, doc *Document) error
}

// Pipeline is an ordered list of stages whose reads are met. It is immutable
// and safe for use by many goroutines.
type Pipeline struct {
	stages  []Stage
	observe func(stage int, took time.Duration) // may be nil
}

// New composes stages in the given order. It refuses a stage that reads a
// layer which no earlier stage writes, and two writers of one layer. Layers
// named in given are taken as already there (gold layers, for instance).
func New(stages []Stage, given ...Layer) (*Pipeline, error) {
	have := LayerSet(given...)
	writer := make(map[Layer]string)
	for _, s := range stages {
		for l := range Layer(maxLayers) {
			if s.Reads().Has(l) && !have.Has(l) {
				return nil, fmt.Errorf("pipeline: stage %q reads the layer %q, which no stage before it writes", s.Name(), l)
			}
		}
		w := s.Writes()
		if by, ok := writer[w]; ok {
			return nil, fmt.Errorf("pipeline: stages %q and %q both write the layer %q", by, s.Name(), w)
		}
		writer[w] = s.Name()
		have = have.With(w)
	}
	return &Pipeline{stages: append([]Stage(nil), stages...)}, nil
}

// Stages returns the stages in the order in which they run.
func (p *Pipeline) Stages() []Stage { return append([]Stage(nil), p.stages...) }

// StageError says which stage failed on a document.
type StageError struct {
	Stage string
	Err   error
}

func (e *StageError) Error() string { return "stage " + e.Stage + ": " + e.Err.Error() }
func (e *StageError) Unwrap() error { return e.Err }

// PanicError is a panic of a stage: a fault of the program, not of the document.
type PanicError struct {
	Value any    // what panic was called with
	Stack []byte // of the goroutine; differs from run to run
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Observe returns a pipeline of the same stages that calls f after each stage
// that ran, with its index in Stages and how long it took on one document. f is
// called by the goroutines that process documents, by several at once.
func (p *Pipeline) Observe(f func(stage int, took time.Duration)) *Pipeline {
	return &Pipeline{stages: p.stages, observe: f}
}

// Process runs every stage on doc in order. A layer that doc already has is
// kept and its stage skipped, so that any stage can be run on gold layers. An
// error is a *[StageError]; a panic in a stage is returned as one that wraps a
// *[PanicError].
func (p *Pipeline) Process(ctx context.Context, doc *Document) error {
	for i := range p.stages {
		if err := p.step(ctx, i, doc); err != nil {
			return err
		}
	}
	doc.Readings = Readings{}
	return nil
}

// step runs stage i on doc, unless doc has its layer.
func (p *Pipeline) step(ctx context.Context, i int, doc *Document) error {
	s := p.stages[i]
	if doc.Has(s.Writes()) {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	var began time.Time
	if p.observe != nil {
		began = time.Now()
	}
	err := runStage(ctx, s, doc)
	if p.observe != nil {
		p.observe(i, time.Since(began))
	}
	if err == nil {
		doc.Mark(s.Writes())
	}
	return err
}

func runStage(ctx context.Context, s Stage, doc *Document) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &StageError{s.Name(), &PanicError{r, debug.Stack()}}
		}
	}()
	if err := s.Process(ctx, doc); err != nil {
		return &StageError{s.Name(), err}
	}
	return nil
}
