package kernel

// The numbers that portable.go and the assembly calculate with.
const (
	// GeluLimit is where Gelu takes the share below x to be what it is at the limit.
	GeluLimit = 4.25
	// GeluSquare turns the square of a number within the limit into -1 to 1.
	GeluSquare = 2 / (GeluLimit * GeluLimit)
	// NormEpsilon is added to a variance before its root divides.
	NormEpsilon = 1e-12
	// Tiny is the least range of numbers that is quantized.
	Tiny = 1e-20
	// KeyLimit is the greatest integer that a number of a key, or a value, becomes:
	// two times it is what Weights allows a pair.
	KeyLimit = PairLimit / 2
	// PairLimit is the greatest sum of two numbers of Weights that are summed in
	// sixteen bits: 255 times it is less than 1<<15.
	PairLimit = 128
	// SoftmaxLimit is how far below a row's greatest score the others count, and how
	// far the scores of the ends may be above it.
	SoftmaxLimit = -30
	// EndsBelow is subtracted from the scores of the ends, so that Softmax passes over
	// them: twice SoftmaxLimit and more.
	EndsBelow = 64
	// None is the score of a key that is none.
	None = -1e30
)

// GeluPolynomial is, for x within the limit and u = GeluSquare x^2 - 1, what the
// share of a normal distribution below x exceeds one half by, divided by x: its
// Chebyshev series, lowest power first. With it Gelu errs by less than 8e-5 from -10 to 10.
var GeluPolynomial = [...]float32{
	0.165937371,
	-0.0807454724,
	0.0556211063,
	-0.0395115074,
	0.0260718421,
	-0.0137247376,
	0.00768750572,
	-0.00666222147,
	0.00297465728,
}

// PowerPolynomial is 255 times two to the power of x for x from -0.5 to 0.5, lowest
// power first, to within 0.0007.
var PowerPolynomial = [...]float32{
	255.000019,
	176.745864,
	61.2563738,
	14.2601191,
	2.46738946,
}
