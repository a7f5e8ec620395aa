package kernel

func cpuid(leaf, sub uint32) (a, b, c, d uint32)

func xgetbv() (lo, hi uint32)

// best is the fastest path that processor and operating system have.
func best() Path {
	const (
		// Leaf 1, c.
		fma, osxsave = 1 << 12, 1 << 27
		// Leaf 7, b, and c.
		avx2, avx512f, avx512dq, avx512bw, avx512vl = 1 << 5, 1 << 16, 1 << 17, 1 << 30, 1 << 31
		vnni                                        = 1 << 11
		// What the operating system keeps of each program: the registers of AVX, and
		// those of AVX-512.
		ymm = 1<<1 | 1<<2
		zmm = ymm | 1<<5 | 1<<6 | 1<<7
	)
	if top, _, _, _ := cpuid(0, 0); top < 7 {
		return Portable
	}
	_, _, c1, _ := cpuid(1, 0)
	if c1&(fma|osxsave) != fma|osxsave {
		return Portable
	}
	kept, _ := xgetbv()
	_, b7, c7, _ := cpuid(7, 0)
	if b7&avx2 == 0 || kept&ymm != ymm {
		return Portable
	}
	const all = avx512f | avx512dq | avx512bw | avx512vl
	if b7&all != all || c7&vnni == 0 || kept&zmm != zmm {
		return AVX2
	}
	return AVX512
}
