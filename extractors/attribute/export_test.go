package attribute

// HardTexts are texts that strain the cutting into passages, by name.
var HardTexts = hardTexts

// Slow and NeedsKernel tell of the processor.
var (
	Slow        = slow
	NeedsKernel = needsKernel
)

// LongestPara is the most tokens of a paragraph of the accurate engine.
const LongestPara = longestPara
