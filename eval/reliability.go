package eval

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// numBins is the number of bins of confidence, all of the same width.
const numBins = 10

// Reliability tells how far confidences can be believed: of the rows at 0.8,
// four in five should be right. Numbers are percentages but for counts.
//
// Predictions without confidences have one of 100 in every row; Given is false
// for them, and the rest then only repeats how many rows are right.
type Reliability struct {
	// Name is "claims" (of every predicted claim: it is in the gold, and its
	// source is right), "quotes.speaker" (of found quotes: the speaker's name is
	// right), or "stance.quotes" or "stance.claims" (of found ones: the position
	// is right). Quotes and stances that the gold does not have cannot be judged.
	Name  string
	Given bool // some confidence is below 100
	Rows  int
	Right int
	Mean  float64 // confidence
	// Error is the expected calibration error (Naeini, Cooper and Hauskrecht
	// 2015): the mean distance between confidence and share right over the bins,
	// by their rows.
	Error float64
	// Chance is what Error would stay below in 95 of 100 samples of as many rows
	// if every confidence were perfect (consistency resampling, Bröcker and Smith
	// 2007). It is 0 where no resamples are wanted.
	Chance float64
	Bins   []Bin // those that hold rows, from the lowest
}

// Bin is the rows whose confidences lie in one range, From included, To not,
// but for the last.
type Bin struct {
	From, To    float64
	Rows, Right int
	Mean        float64 // confidence
	Share       float64 // of rows that are right
	Low, High   float64 // 95% interval of Share (Wilson 1927), rows taken for independent
}

// confidences are the rows of one Reliability.
type confidences struct {
	name  string
	of    []float64 // 0 to 1
	right []bool
}

func (x *confidences) add(confidence float32, right bool) {
	c := math.Round(1e6*float64(confidence)) / 1e6 // 0.7 as float32 is less
	if math.IsNaN(c) {
		c = 0
	}
	x.of = append(x.of, min(max(c, 0), 1))
	x.right = append(x.right, right)
}

// reliability collects confidences over documents.
type reliability struct{ claims, speakers, stanceQuotes, stanceClaims confidences }

func newReliability() *reliability {
	return &reliability{
		claims: confidences{name: "claims"}, speakers: confidences{name: "quotes.speaker"},
		stanceQuotes: confidences{name: "stance.quotes"}, stanceClaims: confidences{name: "stance.claims"},
	}
}

// add collects the confidences of one document.
func (r *reliability) add(c *comparison, layers pipeline.Layers) {
	if layers.Has(pipeline.LayerAttributions) {
		for _, m := range c.claims {
			if m.pred >= 0 {
				r.claims.add(c.pred.Attributions[m.pred].Confidence, m.gold >= 0 && m.source)
			}
		}
	}
	if layers.Has(pipeline.LayerSpeakers) && c.gold.Has(pipeline.LayerSpeakers) {
		for _, m := range c.quotes {
			if m.gold >= 0 && m.pred >= 0 && m.pred < len(c.pred.Resolution.QuoteScore) {
				r.speakers.add(c.pred.Resolution.QuoteScore[m.pred], m.speaker)
			}
		}
	}
	c.classed(layers, func(m measure, x match, gold, pred int) {
		switch m {
		case stanceQuotes:
			r.stanceQuotes.add(c.pred.Stances.OfQuote[x.pred].Confidence, gold == pred)
		case stanceClaims:
			r.stanceClaims.add(c.pred.Stances.OfAttribution[x.pred].Confidence, gold == pred)
		}
	})
}

// occurring judges the confidences of which there are some.
func (r *reliability) occurring(opt Options) []Reliability {
	var out []Reliability
	for _, x := range []*confidences{&r.claims, &r.speakers, &r.stanceQuotes, &r.stanceClaims} {
		if len(x.of) > 0 {
			out = append(out, x.judge(opt))
		}
	}
	return out
}

func binOf(confidence float64) int { return min(int(confidence*numBins), numBins-1) }

func (x *confidences) judge(opt Options) Reliability {
	var bins [numBins]Bin
	r := Reliability{Name: x.name, Rows: len(x.of)}
	for i, c := range x.of {
		b := &bins[binOf(c)]
		b.Rows++
		b.Mean += c
		if x.right[i] {
			b.Right++
		}
		r.Given = r.Given || c < 1
	}
	sum := 0.0
	for k := range bins {
		b := &bins[k]
		if b.Rows == 0 {
			continue
		}
		sum += b.Mean
		r.Right += b.Right
		r.Error += 100 * math.Abs(b.Mean-float64(b.Right)) / float64(r.Rows)
		b.From, b.To = float64(100*k/numBins), float64(100*(k+1)/numBins)
		b.Mean = percent(b.Mean, float64(b.Rows))
		b.Share = percent(float64(b.Right), float64(b.Rows))
		b.Low, b.High = wilson(b.Right, b.Rows)
		r.Bins = append(r.Bins, *b)
	}
	r.Mean = percent(sum, float64(r.Rows))
	if r.Given {
		r.Chance = x.chance(opt)
	}
	return r
}

// drawsAtMost bounds the random numbers behind Chance; with many rows fewer
// samples will do.
const drawsAtMost = 20_000_000

// chance draws every row right with the probability that its confidence is.
func (x *confidences) chance(opt Options) float64 {
	n := opt.resamples()
	if n == 0 {
		return 0
	}
	n = max(min(n, drawsAtMost/len(x.of)), 20)
	rnd := rand.New(rand.NewPCG(opt.Seed, 11))
	errs := make([]float64, n)
	for k := range errs {
		var over [numBins]float64 // confidence above rows right
		for _, c := range x.of {
			b := binOf(c)
			over[b] += c
			if rnd.Float64() < c {
				over[b]--
			}
		}
		for _, o := range over {
			errs[k] += 100 * math.Abs(o) / float64(len(x.of))
		}
	}
	slices.Sort(errs)
	return errs[n*95/100]
}

// wilson is the score interval of a share at 95%, in percent.
func wilson(right, n int) (low, high float64) {
	const z = 1.959964
	p, m := float64(right)/float64(n), float64(n)
	middle := p + z*z/(2*m)
	half := z * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	whole := 1 + z*z/m
	return 100 * max(0, (middle-half)/whole), 100 * min(1, (middle+half)/whole)
}

// MarshalJSON writes the percentages rounded to two decimals.
func (r Reliability) MarshalJSON() ([]byte, error) {
	type bin struct {
		From  float64 `json:"from"`
		To    float64 `json:"to"`
		Rows  int     `json:"n"`
		Right int     `json:"right"`
		Mean  float64 `json:"confidence"`
		Share float64 `json:"share"`
		Low   float64 `json:"share.low"`
		High  float64 `json:"share.high"`
	}
	bins := make([]bin, len(r.Bins))
	for i, b := range r.Bins {
		bins[i] = bin{b.From, b.To, b.Rows, b.Right, round(b.Mean), round(b.Share), round(b.Low), round(b.High)}
	}
	return json.Marshal(struct {
		Name   string  `json:"name"`
		Given  bool    `json:"given"`
		Rows   int     `json:"n"`
		Right  int     `json:"right"`
		Mean   float64 `json:"confidence"`
		Error  float64 `json:"error"`
		Chance float64 `json:"error.chance"`
		Bins   []bin   `json:"bins"`
	}{r.Name, r.Given, r.Rows, r.Right, round(r.Mean), round(r.Error), round(r.Chance), bins})
}

// round rounds to two decimals.
func round(v float64) float64 { return math.Round(100*v) / 100 }
