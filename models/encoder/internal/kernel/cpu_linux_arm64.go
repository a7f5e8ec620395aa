package kernel

import (
	"encoding/binary"
	"os"
)

// hasProducts is what the kernel says of the processor in the vector that it gives
// every program: pairs of a kind and a value.
func hasProducts() bool {
	const (
		capabilities = 16      // AT_HWCAP
		products     = 1 << 20 // HWCAP_ASIMDDP
	)
	vector, err := os.ReadFile("/proc/self/auxv")
	if err != nil {
		return false
	}
	for ; len(vector) >= 16; vector = vector[16:] {
		if binary.LittleEndian.Uint64(vector) == capabilities {
			return binary.LittleEndian.Uint64(vector[8:])&products != 0
		}
	}
	return false
}
