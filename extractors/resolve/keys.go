package resolve

// keyMap maps the keys of one document to numbers, by open addressing, and
// keeps its memory for the next document.
type keyMap struct {
	slots []keySlot
	n     int
}

type keySlot struct {
	key   key
	value int32
	used  bool
}

const (
	leastSlots = 256
	mostKept   = 1 << 14 // slots of one document that are kept for the next
)

func (m *keyMap) reset() {
	if m.n = 0; len(m.slots) > mostKept || len(m.slots) == 0 {
		m.slots = make([]keySlot, leastSlots)
		return
	}
	clear(m.slots)
}

// slot returns where a key stands or would stand.
func (m *keyMap) slot(k key) *keySlot {
	mask := key(len(m.slots) - 1)
	for i := k & mask; ; i = (i + 1) & mask {
		if s := &m.slots[i]; !s.used || s.key == k {
			return s
		}
	}
}

func (m *keyMap) get(k key) (value int32, ok bool) {
	s := m.slot(k)
	return s.value, s.used
}

func (m *keyMap) put(k key, value int32) {
	s := m.slot(k)
	if !s.used {
		if m.n++; 2*m.n > len(m.slots) {
			m.grow()
			s = m.slot(k)
		}
	}
	*s = keySlot{k, value, true}
}

func (m *keyMap) grow() {
	old := m.slots
	m.slots = make([]keySlot, 2*len(old))
	for _, s := range old {
		if s.used {
			*m.slot(s.key) = s
		}
	}
}
