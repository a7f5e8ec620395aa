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

// A worker takes several documents at a time, where as many are waiting, and
// runs each stage on all of them before the next: what a stage looks things up
// in then stays in the processor's caches.
const (
	perTurn   = 32        // documents that a worker takes at a time, at most
	turnBytes = 128 << 10 // of text, behind which it takes no more
)

// Of short documents more are held than the few that every run may hold, so
// that enough are waiting.
const (
	heldAlways = 4             // documents for each worker, however long
	heldShort  = 3 * perTurn   // as long as together they have no more than
	heldBytes  = 3 * turnBytes // bytes of text
)

// Run sends every document of in through p on the given number of workers and
// yields one result for each pair that in yields, in their order, so that the
// output does not depend on the number of workers. A pair may hold a document,
// an error, or a document with a warning. At most 4·workers documents are held
// at once, or 96·workers that are short. None waits for one that in has not
// yielded yet. When ctx is cancelled Run yields what is finished in order and
// ends.
func (p *Pipeline) Run(ctx context.Context, in iter.Seq2[*Document, error], workers int) iter.Seq[Result] {
	workers = max(workers, 1)
	return func(yield func(Result) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		g := newGate(workers)
		defer context.AfterFunc(ctx, g.open)()
		queue := make(chan *job, heldShort*workers) // in input order
		work := make(chan *job, heldShort*workers)
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() { p.work(ctx, work, workers) })
		}
		wg.Go(func() {
			defer close(queue)
			defer close(work)
			for doc, err := range in {
				j := &job{res: Result{Doc: doc, Read: err}, done: make(chan struct{})}
				if doc != nil {
					j.size = len(doc.Text)
				}
				if g.enter(j.size); ctx.Err() != nil {
					return
				}
				// There is room: the gate holds no more jobs than the channels.
				queue <- j
				if doc == nil {
					close(j.done)
				} else {
					work <- j
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
			more := yield(j.res)
			g.leave(j.size)
			if !more {
				return
			}
		}
	}
}

// job is a document on its way.
type job struct {
	res  Result
	size int // of its text in bytes
	done chan struct{}
}

// work processes jobs until there are no more, a share of those waiting at a
// time. Every job is done in the end; those that ctx cuts short have its error.
func (p *Pipeline) work(ctx context.Context, jobs <-chan *job, workers int) {
	var turn []*job
	for j := range jobs {
		turn = append(turn[:0], j)
		size := j.size
		for n := len(jobs) / workers; n > 0 && len(turn) < perTurn && size < turnBytes; n-- {
			select {
			case j, ok := <-jobs:
				if ok {
					turn = append(turn, j)
					size += j.size
				}
			default: // others were faster
			}
		}
		for i := range p.stages {
			for _, j := range turn {
				if j.res.Err == nil {
					j.res.Err = p.step(ctx, i, j.res.Doc)
				}
			}
		}
		for i, j := range turn {
			close(j.done)
			turn[i] = nil
		}
	}
}

// gate bounds the documents held.
type gate struct {
	workers     int
	mu          sync.Mutex
	left        sync.Cond
	docs, bytes int
	always      bool // all may enter
}

func newGate(workers int) *gate {
	g := &gate{workers: workers}
	g.left.L = &g.mu
	return g
}

// enter waits until a document of so many bytes may be held.
func (g *gate) enter(size int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for !g.always && g.docs >= heldAlways*g.workers && (g.docs >= heldShort*g.workers || g.bytes+size > heldBytes*g.workers) {
		g.left.Wait()
	}
	g.docs++
	g.bytes += size
}

// leave says that a document is held no longer.
func (g *gate) leave(size int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.docs--
	g.bytes -= size
	g.left.Signal()
}

// open lets all enter.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.always = true
	g.left.Broadcast()
}
