package job

import (
	"context"
	"sync"
)

// brake stops a run at the end of a shard when it is asked to.
type brake struct {
	mu    sync.Mutex
	asked bool
	toGo  int // documents at most until the shard ends
}

// watch waits for stop. Where nothing is open then, or where at once is set, it
// cancels the run; else it tells how many documents are to go. release ends
// the watch.
//
// A run that reads standard input ends at once: the signal that asks it to stop
// goes to the program that feeds it too, so that the end of that stream would
// say nothing.
func (b *brake) watch(stop <-chan struct{}, atOnce bool, cancel context.CancelFunc, tell func(int)) (release func()) {
	over := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		select {
		case <-over:
			return
		case <-stop:
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.asked = true
		if atOnce || b.toGo == 0 {
			cancel()
			return
		}
		tell(b.toGo)
	})
	return func() {
		close(over)
		wg.Wait()
	}
}

// at notes how many documents are to go, and reports whether to stop there.
func (b *brake) at(toGo int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.toGo = toGo
	return b.asked && toGo == 0
}
