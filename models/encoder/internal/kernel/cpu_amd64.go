package kernel

func cpuid(leaf, sub uint32) (a, b, c, d uint32)

func xgetbv() (lo, hi uint32)

// assembly lists the paths in assembly that processor and operating system can run,
// fastest first.
func assembly() []Path {
	const (
		// Leaf 1, c.
		fma, osxsave = 1 << 12, 1 << 27
		// Leaf 7, b; c; and a of its second part.
		avx2, avx512f, avx512dq, avx512bw, avx512vl = 1 << 5, 1 << 16, 1 << 17, 1 << 30, 1 << 31
		avx512vnni                                  = 1 << 11
		avxvnni                                     = 1 << 4
		// What the operating system keeps of each program: the registers of AVX, and
		// those of AVX-512.
		ymm = 1<<1 | 1<<2
		zmm = ymm | 1<<5 | 1<<6 | 1<<7
	)
	if top, _, _, _ := cpuid(0, 0); top < 7 {
		return nil
	}
	_, _, c1, _ := cpuid(1, 0)
	if c1&(fma|osxsave) != fma|osxsave {
		return nil
	}
	kept, _ := xgetbv()
	parts, b, c, _ := cpuid(7, 0)
	if b&avx2 == 0 || kept&ymm != ymm {
		return nil
	}
	var paths []Path
	const all = avx512f | avx512dq | avx512bw | avx512vl
	if b&all == all && c&avx512vnni != 0 && kept&zmm == zmm {
		paths = append(paths, AVX512)
	}
	if parts >= 1 {
		if a, _, _, _ := cpuid(7, 1); a&avxvnni != 0 {
			paths = append(paths, AVXVNNI)
		}
	}
	return append(paths, AVX2)
}
