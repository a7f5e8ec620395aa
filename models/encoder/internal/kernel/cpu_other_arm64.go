//go:build !linux && !windows

package kernel

import "runtime"

// hasProducts is true on macOS: the first processor that it ran on of this kind, the
// M1, has ARMv8.4, which demands them, and those of later ones include it. Of other
// systems nothing is known.
func hasProducts() bool { return runtime.GOOS == "darwin" }
