package chain

// sumAVX2 is sumPortable over fours times four features.
//
//go:noescape
func sumAVX2(table *byte, buckets uint64, features *uint64, fours int) (even, odd uint64)

func cpuid(leaf, sub uint32) (a, b, c, d uint32)

func xgetbv() (lo, hi uint32)

// hasAVX2 is whether processor and system have AVX2.
var hasAVX2 = func() bool {
	const (
		osxsave = 1 << 27 // leaf 1, c
		avx2    = 1 << 5  // leaf 7, b
		ymm     = 1<<1 | 1<<2
	)
	if top, _, _, _ := cpuid(0, 0); top < 7 {
		return false
	}
	if _, _, c, _ := cpuid(1, 0); c&osxsave == 0 {
		return false
	}
	if lo, _ := xgetbv(); lo&ymm != ymm {
		return false
	}
	_, b, _, _ := cpuid(7, 0)
	return b&avx2 != 0
}()

func (m *Model) sum(features []uint64) Sum {
	if !hasAVX2 {
		return m.sumPortable(features)
	}
	n := len(features) / 4
	var s Sum
	if n > 0 {
		s.even, s.odd = sumAVX2(&m.table[0], m.buckets, &features[0], n)
	}
	if rest := features[n*4:]; len(rest) > 0 {
		// The feature 0 in the places that are left weighs nothing, and adds 128 to
		// each lane like any other.
		var four [4]uint64
		copy(four[:], rest)
		even, odd := sumAVX2(&m.table[0], m.buckets, &four[0], 1)
		none := uint64(4 - len(rest))
		s.Add(Sum{even - none*0x80008000800080, odd - none*0x8000800080})
	}
	return s
}
