package resolve

import "iter"

// index finds entities by words.
type index struct {
	first keyMap
	links []link
}

type link struct {
	entity, next int32
}

// perWord is how many entities are looked at for one word, the newest first,
// so that the cost of a name does not grow with the article.
const perWord = 16

func (x *index) reset() {
	x.first.reset()
	x.links = x.links[:0]
}

func (x *index) add(w key, entity int32) {
	next, ok := x.first.get(w)
	if !ok {
		next = -1
	}
	x.first.put(w, int32(len(x.links)))
	x.links = append(x.links, link{entity, next})
}

// all yields the entities of a word, the newest first.
func (x *index) all(w key) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		at, ok := x.first.get(w)
		for n := 0; ok && at >= 0 && n < perWord; n++ {
			if !yield(x.links[at].entity) {
				return
			}
			at = x.links[at].next
		}
	}
}
