package kernel

import "syscall"

// hasProducts asks Windows, for it runs on processors older than ARMv8.2 too. Where
// it is too old to know the question it says no.
func hasProducts() bool {
	const products = 43 // PF_ARM_V82_DP_INSTRUCTIONS_AVAILABLE
	ask := syscall.NewLazyDLL("kernel32.dll").NewProc("IsProcessorFeaturePresent")
	if ask.Find() != nil {
		return false
	}
	yes, _, _ := ask.Call(products)
	return yes != 0
}
