package stance

import (
	model "github.com/onrecord-nlp/onrecord/models/stance"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Evidence is at most so many runs of at most so many words.
const (
	maxEvidence      = 2
	maxEvidenceWords = 9
	// wordCost is what a word must bring to lengthen a run.
	wordCost = 0.06
)

// evidence returns the words that speak most for class c: the runs of tokens,
// in the content or the cue, whose features in s.vec add most to its score.
func (s *scratch) evidence(w model.Weights, u *statement, c int) []pipeline.Span {
	for _, f := range s.vec {
		if f.Token < 0 {
			continue
		}
		l := w[f.Slot]
		d := l.Support - 0.5*l.Oppose
		if c == model.Oppose {
			d = l.Oppose - 0.5*l.Support
		}
		s.part[f.Token] += d * f.Value
	}
	defer func() {
		for _, f := range s.vec {
			if f.Token >= 0 {
				s.part[f.Token] = 0
			}
		}
	}()
	var runs [maxEvidence]tokens
	var sums [maxEvidence]float32
	n := 0
	keep := func(r tokens, sum float32) {
		switch {
		case n < maxEvidence:
			runs[n], sums[n] = r, sum
			n++
		case sum > sums[n-1]:
			runs[n-1], sums[n-1] = r, sum
		default:
			return
		}
		if n == 2 && sums[1] > sums[0] {
			runs[0], runs[1], sums[0], sums[1] = runs[1], runs[0], sums[1], sums[0]
		}
	}
	for _, r := range u.content {
		if best, sum := s.bestRun(r); !best.empty() {
			keep(best, sum)
		}
	}
	if !u.cue.empty() {
		sum := float32(0)
		for i := u.cue.first; i < u.cue.last; i++ {
			sum += s.part[i]
		}
		if sum > 0 {
			keep(u.cue, sum)
		}
	}
	if n == 2 && sums[1] < 0.35*sums[0] {
		n = 1
	}
	if n == 0 { // only the form tells: all of a short content, else its beginning
		if r := u.content[0]; !r.empty() {
			runs[0], n = tokens{r.first, min(r.last, r.first+maxEvidenceWords)}, 1
		}
	}
	if n == 2 && runs[1].first < runs[0].first {
		runs[0], runs[1] = runs[1], runs[0]
	}
	out := make([]pipeline.Span, 0, n)
	for _, r := range runs[:n] {
		out = append(out, s.view.span(r))
	}
	return out
}

// bestRun returns the run of tokens in r with the highest sum, each token
// costing something. It does not cross a mark.
func (s *scratch) bestRun(r tokens) (best tokens, top float32) {
	sum, start := float32(0), r.first
	for i := r.first; i < r.last; i++ {
		if s.view.kind[i] == mark {
			sum, start = 0, i+1
			continue
		}
		if i-start >= maxEvidenceWords || sum <= 0 {
			sum, start = 0, i
		}
		sum += s.part[i] - wordCost
		if sum > top {
			best, top = tokens{start, i + 1}, sum
		}
	}
	return best, top
}
