package ingest

import "sync"

// queue hands outcomes on in the order in which they were put, while those that
// take long are worked out by goroutines of its own. All methods are called
// by one goroutine.
type queue struct {
	deliver func(outcome) bool
	workers int
	jobs    chan *job // nil until the first job
	wg      sync.WaitGroup
	pending []*job // in order; the first may be done
	bytes   int    // in pending
	stopped bool   // deliver said so
}

type job struct {
	work func() outcome
	done chan struct{} // closed when out is there; nil when it is there already
	out  outcome
	size int
}

// Limits on what waits in a queue.
const (
	pendingPerWorker = 4
	pendingBytes     = 64 << 20
)

func newQueue(workers int, deliver func(outcome) bool) *queue {
	return &queue{deliver: deliver, workers: max(workers, 1)}
}

// put adds an outcome that is there already. It reports whether to go on.
func (q *queue) put(o outcome) bool {
	if len(q.pending) == 0 {
		if !q.stopped {
			q.stopped = !q.deliver(o)
		}
		return !q.stopped
	}
	q.pending = append(q.pending, &job{out: o})
	return q.advance()
}

// start has an outcome worked out from size bytes of input. It reports whether
// to go on.
func (q *queue) start(size int, work func() outcome) bool {
	if q.workers == 1 {
		return q.put(work())
	}
	if q.jobs == nil {
		q.jobs = make(chan *job, q.workers*pendingPerWorker)
		for range q.workers {
			q.wg.Go(func() {
				for j := range q.jobs {
					j.out = j.work()
					close(j.done)
				}
			})
		}
	}
	j := &job{work: work, done: make(chan struct{}), size: size}
	q.pending = append(q.pending, j)
	q.bytes += size
	q.jobs <- j // never blocks: advance keeps fewer pending than fit
	return q.advance()
}

// advance delivers what is done at the head, and waits for more where too much
// is pending.
func (q *queue) advance() bool {
	for len(q.pending) > 0 && !q.stopped {
		head := q.pending[0]
		full := len(q.pending) >= q.workers*pendingPerWorker || q.bytes > pendingBytes
		if !full && head.done != nil {
			select {
			case <-head.done:
			default:
				return true
			}
		}
		q.pop()
	}
	return !q.stopped
}

// drain delivers everything pending.
func (q *queue) drain() {
	for len(q.pending) > 0 && !q.stopped {
		q.pop()
	}
}

// pop delivers the head, as soon as it is done.
func (q *queue) pop() {
	head := q.pending[0]
	if head.done != nil {
		<-head.done
	}
	q.pending[0] = nil
	q.pending = q.pending[1:]
	q.bytes -= head.size
	q.stopped = !q.deliver(head.out)
}

// close ends the goroutines once they have finished what they are at.
func (q *queue) close() {
	if q.jobs != nil {
		close(q.jobs)
		for range q.jobs { // what nobody waits for any more
		}
		q.wg.Wait()
	}
}
