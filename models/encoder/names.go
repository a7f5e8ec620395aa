package encoder

import "github.com/onrecord-nlp/onrecord/models/encoder/internal/kernel"

// AllPaths lists every implementation that there is, on whatever processor, and
// [Paths] those of them that this one can run.
func AllPaths() []string {
	var names []string
	for p := int(kernel.AVX512); p >= int(kernel.Portable); p-- {
		names = append(names, kernel.Path(p).String())
	}
	return names
}
