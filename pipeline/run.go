package pipeline

import (
	"context"
	"iter"
	"sync"
)

// Result is a document that went through a pipeline, or what stopped it, or
// both.
type Result struct {
	Doc *Document // nil where the input gave none
	// Read is what the input had to say: why there is no document, or a warning
	// beside one.
	Read error
	// Err is nil or the *StageError that ended processing; Doc then holds the
	// layers made before it.
	Err error
}

// Run sends every document of in through p on the given number of workers and
// yields one result for each pair that in yields, in their order, so that the
// output does not depend on the number of workers. A pair may hold a document,
// an error, or a document with a warning. At most 4·workers documents are held
// at once. When ctx is cancelled Run yields what is finished in order and ends.
func (p *Pipeline) Run(ctx context.Context, in iter.Seq2[*Document, error], workers int) iter.Seq[Result] {
	workers = max(workers, 1)
	return func(yield func(Result) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		type job struct {
			res  Result
			done chan struct{}
		}
		queue := make(chan *job, 3*workers) // in input order
		work := make(chan *job)
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for j := range work {
					j.res.Err = p.Process(ctx, j.res.Doc)
					close(j.done)
				}
			})
		}
		wg.Go(func() {
			defer close(queue)
			defer close(work)
			for doc, err := range in {
				j := &job{res: Result{Doc: doc, Read: err}, done: make(chan struct{})}
				select {
				case queue <- j:
				case <-ctx.Done():
					return
				}
				if doc == nil {
					close(j.done)
					continue
				}
				select {
				case work <- j:
				case <-ctx.Done():
					j.res.Err = ctx.Err()
					close(j.done)
					return
				}
			}
		})
		defer wg.Wait()
		defer cancel()
		for j := range queue {
			<-j.done
			if ctx.Err() != nil && j.res.Err != nil {
				return
			}
			if !yield(j.res) {
				return
			}
		}
	}
}
