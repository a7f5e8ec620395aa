// Package blocks labels the paragraphs and lines of a news page: a conditional
// random field (Lafferty, McCallum and Pereira, ICML 2001) whose states are
// pairs of a kind (body, headline, byline, …) and a region of the page (before,
// within or after the article).
//
// It reads one list of feature hashes a unit, made by package
// extractors/clean, and writes one kind a unit. Regions follow one another, so
// that the article is one stretch of the page that furniture may interrupt;
// this lets evidence far off ("Most read", comments) tell apart paragraphs that
// look alike. Going back into the article is possible at a learned price, lest
// one misleading line cost the rest of it. Emissions are factored: a feature has
// a weight for each kind, for each region, and for being where a region
// begins, not one for each state. Only units long enough to be taken for
// article text have emissions of regions, so that a menu of three hundred
// entries does not outweigh the article.
package blocks

// Kind is a label, in the order of pipeline.BlockKind.
type Kind uint8

// Kinds.
const (
	Body Kind = iota
	Headline
	Byline
	Date
	Caption
	Boilerplate
	NumKinds
)

// Region is a stretch of the page.
type Region uint8

// Regions, in the order in which they follow one another.
const (
	Before Region = iota
	Within
	After
	NumRegions
)

// Columns is the number of weights a feature has.
const Columns = int(NumKinds) + 4

// The columns behind those of the kinds.
const (
	colBefore      = int(NumKinds) + iota // the unit stands before the article
	colAfter                              // it stands after it
	colEnterWithin                        // the article begins with it
	colEnterAfter                         // it is the first behind the article
)

// Seps is the number of ways in which a unit can follow the one before: within
// its line, on the next line, after a blank line.
const Seps = 3

// State is a kind in a region.
type State struct {
	Kind   Kind
	Region Region
}

// NumStates is the number of states: body text lies within the article only,
// and a headline after it belongs to another.
const NumStates = 15

// States lists the states. Their order is part of the format of a model.
func States() [NumStates]State {
	return [NumStates]State{
		{Headline, Before}, {Byline, Before}, {Date, Before}, {Caption, Before}, {Boilerplate, Before},
		{Body, Within}, {Headline, Within}, {Byline, Within}, {Date, Within}, {Caption, Within}, {Boilerplate, Within},
		{Byline, After}, {Date, After}, {Caption, After}, {Boilerplate, After},
	}
}

// The states of each region are neighbours in that list.
const (
	firstWithin = 5
	firstAfter  = 11
	stateBody   = firstWithin
	stateHead   = firstWithin + 1
)

// Allowed reports whether b may follow a: the article begins with body text
// and ends with that or a headline.
func Allowed(a, b State) bool {
	switch {
	case a.Region == b.Region:
		return true
	case b.Region == Within:
		return b.Kind == Body
	case a.Region == Within && b.Region == After:
		return a.Kind <= Headline
	}
	return false
}

// AllowedFirst reports whether a page may begin in s.
func AllowedFirst(s State) bool { return s.Region == Before || s == State{Body, Within} }

// AllowedLast reports whether a page may end in s.
func AllowedLast(s State) bool {
	return s.Region != Within || s.Kind <= Headline
}

// Scores holds one value a state.
type Scores [NumStates]int32

const forbidden = -1 << 28

// Decoder labels sequences. It holds scratch space that grows to the longest
// sequence it has seen, and is used by one goroutine at a time.
type Decoder struct {
	model *Model
	units []emission
	back  [][NumStates]uint8
}

// emission is what a unit adds to the score of a labelling.
type emission struct {
	state                   Scores
	enterWithin, enterAfter int32
	sep                     uint8
}

// NewDecoder returns a decoder for m.
func NewDecoder(m *Model) *Decoder { return &Decoder{model: m} }

// Reset begins a new sequence.
func (d *Decoder) Reset() { d.units = d.units[:0] }

// Add adds a unit with the given feature hashes, which follows the unit before
// it in the way sep (below [Seps]). A unit is long when it could be taken for
// article text.
func (d *Decoder) Add(features []uint32, sep uint8, long bool) {
	m := d.model
	col := m.sum(features)
	if !long {
		col[colBefore], col[colAfter] = 0, 0
	}
	e := emission{enterWithin: col[colEnterWithin], enterAfter: col[colEnterAfter], sep: sep}
	for s, st := range m.states {
		v := col[st.Kind] + m.bias[s]
		switch st.Region {
		case Before:
			v += col[colBefore]
		case After:
			v += col[colAfter]
		}
		e.state[s] = v
	}
	d.units = append(d.units, e)
}

// Decode writes the best kind of every unit added since Reset to out, which
// has room for them, by the Viterbi algorithm. Ties go to the state that
// comes first.
func (d *Decoder) Decode(out []Kind) {
	n := len(d.units)
	if n == 0 {
		return
	}
	m := d.model
	if cap(d.back) < n {
		d.back = make([][NumStates]uint8, n+n/2)
	}
	back := d.back[:n]
	var a, b Scores
	for s := range a {
		a[s] = m.first[s] + d.units[0].state[s]
	}
	a[stateBody] += d.units[0].enterWithin
	for i := 1; i < n; i++ {
		u := &d.units[i]
		t := &m.next[u.sep]
		top := int32(forbidden)
		for s := range b {
			lo, hi := 0, firstWithin // states that s may follow within its region
			switch {
			case s >= firstAfter:
				lo, hi = firstAfter, NumStates
			case s >= firstWithin:
				lo, hi = firstWithin, firstAfter
			}
			best, from := a[lo]+t[s][lo], lo
			for p := lo + 1; p < hi; p++ {
				if v := a[p] + t[s][p]; v > best {
					best, from = v, p
				}
			}
			if s == stateBody {
				for p := range firstWithin {
					if v := a[p] + t[s][p] + u.enterWithin; v > best {
						best, from = v, p
					}
				}
				for p := firstAfter; p < NumStates; p++ {
					if v := a[p] + t[s][p]; v > best {
						best, from = v, p
					}
				}
			}
			if s >= firstAfter {
				for p := stateBody; p <= stateHead; p++ {
					if v := a[p] + t[s][p] + u.enterAfter; v > best {
						best, from = v, p
					}
				}
			}
			b[s] = best + u.state[s]
			back[i][s] = uint8(from)
			top = max(top, b[s])
		}
		// Keep the numbers small, however long the page is.
		for s := range b {
			a[s] = max(b[s]-top, 2*forbidden)
		}
	}
	best, last := a[0]+m.last[0], 0
	for s := range a {
		if v := a[s] + m.last[s]; v > best {
			best, last = v, s
		}
	}
	for i := n - 1; ; i-- {
		out[i] = m.states[last].Kind
		if i == 0 {
			return
		}
		last = int(back[i][last])
	}
}
