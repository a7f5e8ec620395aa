package job

import (
	"context"
	"iter"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// detach passes on what in yields, from a goroutine of its own. Once ctx is
// cancelled it ends, even while in waits for a terminal, a pipe or a disk that
// says nothing; that goroutine is then left behind, and ends when its wait does,
// or with the program.
func detach(ctx context.Context, in iter.Seq2[*pipeline.Document, error]) iter.Seq2[*pipeline.Document, error] {
	type pair struct {
		doc *pipeline.Document
		err error
	}
	return func(yield func(*pipeline.Document, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		pairs := make(chan pair)
		go func() {
			defer close(pairs)
			for doc, err := range in {
				select {
				case pairs <- pair{doc, err}:
				case <-ctx.Done():
					return
				}
			}
		}()
		for {
			select {
			case p, ok := <-pairs:
				if !ok || !yield(p.doc, p.err) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}
