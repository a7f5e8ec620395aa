package kernel

// assembly lists the paths in assembly that processor and operating system can run.
// Every processor of 64 bits has NEON; its products of bytes, SDOT, came with
// ARMv8.2, and those before ARMv8.4 may lack them.
func assembly() []Path {
	if !hasProducts() {
		return nil
	}
	return []Path{NEON}
}
