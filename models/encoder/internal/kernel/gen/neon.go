package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/onrecord-nlp/onrecord/models/encoder/internal/kernel"
)

// neon writes the kernels for arm64. Sixteen numbers are four registers V here, and
// are handled one after the other.
//
// What moves numbers is written as Go does. What calculates with vectors is a WORD,
// for Go's assembler knows few of these instructions; beside it stands the instruction
// as Arm writes it, by which the tests here check the number.
//
// Use of registers, where a kernel does not say otherwise:
//
//	R0       the argument, a *product or *rowwise
//	R1, R2   the row of numbers that is read, the row of bytes that is written
//	R3       another row
//	R4, R5   where the row's scale and offset go
//	R6       rows left
//	R7, R8   gain and bias
//	R9       what is left of a row
//	R10 up   where in the rows the loop is
//	R15      the kernel's table of constants
type neon struct {
	writer
	tables []table
}

// table is a row of constants in memory, each eight times: loading two registers at
// once costs nothing where the next instruction adds to them, copying them would.
type table struct {
	name      string
	constants []float32
}

func arm64() []byte {
	a := &neon{}
	a.head()
	a.product()
	a.quantize()
	a.addNorm()
	a.gelu()
	a.heads(false)
	a.heads(true)
	a.packKeys()
	a.maxColumns()
	a.packValues()
	a.softmax()
	a.addEnds()
	a.embed()
	a.add()
	a.pairs()
	for _, t := range a.tables {
		a.line("")
		for k, c := range t.constants {
			for e := range 4 {
				a.line("DATA %s<>+%d(SB)/8, $%#x // %v", t.name, 32*k+8*e, twice(c), c)
			}
		}
		a.line("GLOBL %s<>(SB), RODATA|NOPTR, $%d", t.name, 32*len(t.constants))
	}
	return a.out.Bytes()
}

// operations are the instructions on vectors, as Arm writes them, and what they are
// with all registers 0.
var operations = map[string]struct {
	text string
	bits uint32
}{
	"fadd":    {"fadd v%d.4s, v%d.4s, v%d.4s", 0x4e20d400},
	"fsub":    {"fsub v%d.4s, v%d.4s, v%d.4s", 0x4ea0d400},
	"fmul":    {"fmul v%d.4s, v%d.4s, v%d.4s", 0x6e20dc00},
	"fmla":    {"fmla v%d.4s, v%d.4s, v%d.4s", 0x4e20cc00},
	"fmax":    {"fmax v%d.4s, v%d.4s, v%d.4s", 0x4e20f400},
	"fmin":    {"fmin v%d.4s, v%d.4s, v%d.4s", 0x4ea0f400},
	"add":     {"add v%d.4s, v%d.4s, v%d.4s", 0x4ea08400},
	"eor":     {"eor v%d.16b, v%d.16b, v%d.16b", 0x6e201c00},
	"zip1":    {"zip1 v%d.4s, v%d.4s, v%d.4s", 0x4e803800},
	"zip2":    {"zip2 v%d.4s, v%d.4s, v%d.4s", 0x4e807800},
	"words":   {"uzp1 v%d.8h, v%d.8h, v%d.8h", 0x4e401800},
	"bytes":   {"uzp1 v%d.16b, v%d.16b, v%d.16b", 0x4e001800},
	"upper":   {"ext v%d.16b, v%d.16b, v%d.16b, #8", 0x6e004000},
	"sdot":    {"sdot v%d.4s, v%d.16b, v%d.16b", 0x4e809400},
	"udot":    {"udot v%d.4s, v%d.16b, v%d.16b", 0x6e809400},
	"sdot[]":  {"sdot v%d.4s, v%d.16b, v%d.4b[%d]", 0x4f80e000},
	"fmla[]":  {"fmla v%d.4s, v%d.4s, v%d.s[%d]", 0x4f801000},
	"fmul[]":  {"fmul v%d.4s, v%d.4s, v%d.s[%d]", 0x4f809000},
	"fabs":    {"fabs v%d.4s, v%d.4s", 0x4ea0f800},
	"fcvtns":  {"fcvtns v%d.4s, v%d.4s", 0x4e21a800},
	"scvtf":   {"scvtf v%d.4s, v%d.4s", 0x4e21d800},
	"dup":     {"dup v%d.4s, v%d.s[0]", 0x4e040400},
	"sxtl8":   {"sxtl v%d.8h, v%d.8b", 0x0f08a400},
	"sxtl8+":  {"sxtl2 v%d.8h, v%d.16b", 0x4f08a400},
	"sxtl16":  {"sxtl v%d.4s, v%d.4h", 0x0f10a400},
	"sxtl16+": {"sxtl2 v%d.4s, v%d.8h", 0x4f10a400},
	"shl7":    {"shl v%d.4s, v%d.4s, #7", 0x4f275400},
	"shl23":   {"shl v%d.4s, v%d.4s, #23", 0x4f375400},
	"sli8":    {"sli v%d.4s, v%d.4s, #8", 0x6f285400},
	"sli16":   {"sli v%d.4s, v%d.4s, #16", 0x6f305400},
	"sli24":   {"sli v%d.4s, v%d.4s, #24", 0x6f385400},
	"fmaxv":   {"fmaxv s%d, v%d.4s", 0x6e30f800},
	"fminv":   {"fminv s%d, v%d.4s", 0x6eb0f800},
	"addv":    {"addv s%d, v%d.4s", 0x4eb1b800},
	"faddp":   {"faddp s%d, v%d.2s", 0x7e30d800},
	"fmaxp":   {"fmaxp s%d, v%d.2s", 0x7e30f800},
	"zero":    {"movi v%d.16b, #0x0", 0x4f00e400},
	"ones":    {"movi v%d.16b, #0x1", 0x4f00e420},
	"tops":    {"movi v%d.16b, #0x80", 0x4f04e400},
}

// v is an instruction on vectors. Of its registers the first is written, and the
// others are read; where its name ends in [] the last number is a lane of the last.
func (a *neon) v(name string, operands ...int) {
	o, ok := operations[name]
	if !ok || strings.Count(o.text, "%d") != len(operands) {
		panic("gen: no instruction " + name + " of so many registers")
	}
	bits, shifts := o.bits, []int{0, 5, 16}
	var text []any
	for k, n := range operands {
		text = append(text, n)
		if k == 3 {
			bits |= uint32(n&1)<<21 | uint32(n>>1)<<11
		} else {
			bits |= uint32(n) << shifts[k]
		}
	}
	a.i("WORD $%#08x // "+o.text, append([]any{bits}, text...)...)
}

// copy copies a register.
func (a *neon) copy(to, from int) { a.i("VORR V%d.B16, V%d.B16, V%d.B16", from, from, to) }

// each is an instruction on n registers of each operand, one after the other from the
// registers given. Those of shared are the same each time.
func (a *neon) each(name string, n int, operands []int, shared ...int) {
	for k := range n {
		var all []int
		for _, o := range operands {
			all = append(all, o+k)
		}
		a.v(name, append(all, shared...)...)
	}
}

// read loads n registers, an even number, from offset bytes behind base.
func (a *neon) read(to, n int, base string, offset int) {
	for k := 0; k < n; k += 2 {
		a.i("FLDPQ %d(%s), (F%d, F%d)", offset+16*k, base, to+k, to+k+1)
	}
}

func (a *neon) write(from, n int, base string, offset int) {
	for k := 0; k < n; k += 2 {
		a.i("FSTPQ (F%d, F%d), %d(%s)", from+k, from+k+1, offset+16*k, base)
	}
}

// constant sets all lanes of a register to x.
func (a *neon) constant(to int, x float32) {
	a.i("VMOVQ $%#x, $%#[1]x, V%d // %v", twice(x), to, x)
}

// twice is x, two times.
func twice(x float32) uint64 {
	bits := uint64(math.Float32bits(x))
	return bits<<32 | bits
}

// table puts where constants are into R15.
func (a *neon) table(name string, constants ...float32) {
	a.tables = append(a.tables, table{name, constants})
	a.i("MOVD $%s<>(SB), R15", name)
}

// fill sets n registers, one or an even number, to constant k of the table.
func (a *neon) fill(to, n, k int) {
	if n == 1 {
		a.i("FMOVQ %d(R15), F%d", 32*k, to)
	}
	for r := 0; r+1 < n; r += 2 {
		a.i("FLDPQ %d(R15), (F%d, F%d)", 32*k, to+r, to+r+1)
	}
}

// number sets the first lane of a register to x.
func (a *neon) number(to int, x float32) {
	a.i("VMOVS $%#x, V%d // %v", math.Float32bits(x), to, x)
}

// text begins a kernel of one argument, put into R0, and loads fields of it, each
// given as field:register.
func (a *neon) text(name, args string, fields ...string) {
	a.line("\n// func %sNEON(p *%s)\nTEXT ·%sNEON(SB), NOSPLIT, $0-8", name, args, name)
	a.i("MOVD p+0(FP), R0")
	a.load(args, fields...)
}

func (a *neon) load(args string, fields ...string) {
	for _, f := range fields {
		name, register, _ := strings.Cut(f, ":")
		a.i("MOVD %s_%s(R0), %s", args, name, register)
	}
}

// count writes a loop that ends when register, less step each time, is 0.
func (a *neon) count(register string, step int, body func()) {
	a.loop(body, "BNE", fmt.Sprintf("SUBS $%d, %s", step, register))
}

// along writes a loop over a row, by sixteens at a time. Each of pointers steps over
// them, and begins at the row given: row:pointer.
func (a *neon) along(sixteens int, body func(), pointers ...string) {
	a.load("rowwise", "n:R9")
	for _, p := range pointers {
		if row, pointer, _ := strings.Cut(p, ":"); row != pointer {
			a.i("MOVD %s, %s", row, pointer)
		}
	}
	a.count("R9", sixteens, func() {
		body()
		for _, p := range pointers {
			_, pointer, _ := strings.Cut(p, ":")
			a.i("ADD $%d, %s", 64*sixteens, pointer)
		}
	})
}

// rows writes a loop over the rows at R1 and R2, whose scales are at R4.
func (a *neon) rows(body func()) {
	a.load("rowwise", "lds:R16", "ldd:R17")
	a.count("R6", 1, func() {
		body()
		a.i("ADD R16, R1")
		a.i("ADD R17, R2")
		a.i("ADD $4, R4")
	})
}

// combine makes n registers from the first on one by name, an instruction of three
// registers: upper half and lower, until one is left, the first.
func (a *neon) combine(name string, first, n int) {
	for n /= 2; n > 0; n /= 2 {
		a.each(name, n, []int{first, first, first + n})
	}
}

// sum adds the sixteen numbers of four registers into the first lane of the first. It
// spoils register t.
func (a *neon) sum(first, t int) {
	a.combine("fadd", first, 4)
	a.v("upper", t, first, first)
	a.v("fadd", first, first, t)
	a.v("faddp", first, first)
}

// pack makes sixteen bytes in the first of four registers of integers, of each its
// lowest eight bits.
func (a *neon) pack(first int) {
	a.v("words", first, first, first+1)
	a.v("words", first+1, first+2, first+3)
	a.v("bytes", first, first, first+1)
}

// integral added to a number leaves no bits behind the point, and the number rounded,
// halves to even, is in the lowest bits. Unlike what converts, every processor adds
// fast. It does for numbers below 1<<22.
const integral = 1.5 * (1 << 23)

// horner sets n registers to the polynomial of those from x on, the first constants of
// the table, lowest power first. It takes 2n registers from p on, and gives the first
// that has the result.
func (a *neon) horner(degree, n, x, p int) int {
	other := p + n
	a.fill(other, n, degree)
	for c := degree - 1; c >= 0; c-- {
		a.fill(p, n, c)
		a.each("fmla", n, []int{p, other, x})
		p, other = other, p
	}
	return other
}

// product multiplies four rows with sixteen columns at a time, by SDOT: from each
// byte of a row 128 is subtracted, which makes it signed, and the sums begin at 128
// times the sum of a column.
//
//	R1, R11 up  the rows; R2 one row, R14 what of it is behind the numbers
//	R3, R11 up  the rows of the result; R4 one row
//	R5, R6      scale and offset of the rows; R7 groups left
//	R8          the columns; R9 how far it is to the next four numbers of them
//	R10         fours of numbers left
//	R15 up      factor, bias and sum of the columns
//	V0 up       sums: four registers a row
//	V16 up      numbers of each row
//	V20 up      columns
//	V27         128 in each byte
//	V28 up      what sums begin with
func (a *neon) product() {
	a.text("product", "product", "a:R1", "lda:R2", "c:R3", "ldc:R4", "scale:R5", "offset:R6", "groups:R7",
		"ldb:R9", "factor:R15", "bias:R16", "sums:R17", "b:R8", "quads:R10")
	a.i("SUB R10<<2, R2, R14")
	a.v("ones", 27)
	for k := range 4 {
		a.v("zero", 28+k)
	}
	a.count("R10", 1, func() {
		a.read(20, 4, "R8", 0)
		a.i("ADD R9, R8")
		a.each("sdot", 4, []int{28, 20}, 27)
	})
	a.each("shl7", 4, []int{28, 28})
	a.v("tops", 27)
	first, others := "R1", []string{"R11", "R12", "R13"}
	a.count("R7", 1, func() {
		a.load("product", "b:R8", "quads:R10")
		a.follow(first, "R2", others)
		for k := range 16 {
			a.copy(k, 28+k%4)
		}
		a.count("R10", 4, func() {
			for r, row := range append([]string{first}, others...) {
				a.i("FMOVQ.P 16(%s), F%d", row, 16+r)
				a.v("eor", 16+r, 16+r, 27)
			}
			for four := range 4 {
				a.read(20, 4, "R8", 0)
				a.i("ADD R9, R8")
				for k := range 4 {
					for r := range 4 {
						a.v("sdot[]", 4*r+k, 20+k, 16+r, four)
					}
				}
			}
		})
		a.i("ADD R14, R13, R1")
		// Integers become numbers.
		a.follow("R3", "R4", others)
		a.i("FMOVQ.P 16(R5), F16")
		a.i("FMOVQ.P 16(R6), F17")
		for k := range 4 {
			a.i("FMOVQ %d(R15), F18", 16*k)
			a.i("FMOVQ %d(R17), F19", 16*k)
			for r, row := range append([]string{"R3"}, others...) {
				s, x := 4*r+k, 20+r
				a.v("scvtf", s, s)
				a.v("fmul[]", s, s, 16, r)
				a.i("FMOVQ %d(R16), F%d", 16*k, x)
				a.v("fmla", x, s, 18)
				a.v("fmla[]", x, 19, 17, r)
				a.i("FMOVQ F%d, %d(%s)", x, 16*k, row)
			}
		}
		a.i("ADD R4, R13, R3")
	})
	a.i("RET")
}

// follow sets pointers to the rows that follow on that at first.
func (a *neon) follow(first, stride string, others []string) {
	for _, o := range others {
		a.i("ADD %s, %s, %s", stride, first, o)
		first = o
	}
}

// quantizeRow quantizes the row at base, whose least number is first in V28 and whose
// greatest is first in V29, as quantizeRow of portable.go does.
func (a *neon) quantizeRow(base string) {
	a.i("FMOVS.P F28, 4(R5)")
	a.i("FSUBS F28, F29, F29")
	a.number(30, kernel.Tiny)
	a.i("FMAXS F30, F29, F29")
	a.number(30, 1/float32(255))
	a.i("FMULS F30, F29, F30")
	a.i("FMOVS F30, (R4)")
	a.number(30, 255)
	a.i("FDIVS F29, F30, F30")
	a.v("dup", 28, 28)
	a.v("dup", 30, 30)
	a.constant(29, integral)
	a.i("MOVD R2, R11")
	a.along(2, func() {
		for k := 0; k < 8; k += 4 {
			a.read(k, 4, "R10", 16*k)
			a.each("fsub", 4, []int{k, k}, 28)
			a.each("fmul", 4, []int{k, k}, 30)
			a.each("fadd", 4, []int{k, k}, 29)
			a.pack(k)
			a.i("FMOVQ.P F%d, 16(R11)", k)
		}
	}, base+":R10")
}

// extremes keeps the least and the greatest of four registers in those from least and
// from most on, and of four registers each.
func (a *neon) extremes(x, least, most int) {
	a.each("fmin", 4, []int{least, least, x})
	a.each("fmax", 4, []int{most, most, x})
}

// extreme puts the least and the greatest number of all into V28 and V29.
func (a *neon) extreme(least, most, n int) {
	a.combine("fmin", least, n)
	a.combine("fmax", most, n)
	a.v("fminv", 28, least)
	a.v("fmaxv", 29, most)
}

// unbounded begins n registers each of what extremes keeps.
func (a *neon) unbounded(least, most, n int) {
	a.constant(least, float32(math.Inf(1)))
	a.constant(most, float32(math.Inf(-1)))
	for k := 1; k < n; k++ {
		a.copy(least+k, least)
		a.copy(most+k, most)
	}
}

func (a *neon) quantize() {
	a.text("quantize", "rowwise", "src:R1", "dst:R2", "scale:R4", "offset:R5", "rows:R6")
	a.rows(func() {
		a.unbounded(16, 20, 4)
		a.along(2, func() {
			a.read(0, 8, "R10", 0)
			a.extremes(0, 16, 20)
			a.extremes(4, 16, 20)
		}, "R1:R10")
		a.extreme(16, 20, 4)
		a.quantizeRow("R1")
	})
	a.i("RET")
}

func (a *neon) addNorm() {
	a.text("addNorm", "rowwise", "src:R1", "dst:R2", "x:R3", "scale:R4", "offset:R5", "rows:R6", "gain:R7", "bias:R8")
	a.i("FMOVS rowwise_factor(R0), F24")
	a.rows(func() {
		// The sum, in V8 to V23, and its mean, in V25.
		for k := range 16 {
			a.v("zero", 8+k)
		}
		a.along(4, func() {
			for k := range 4 {
				a.read(0, 4, "R10", 64*k)
				a.read(4, 4, "R11", 64*k)
				a.each("fadd", 4, []int{0, 0, 4})
				a.write(0, 4, "R11", 64*k)
				a.each("fadd", 4, []int{8 + 4*k, 8 + 4*k, 0})
			}
		}, "R1:R10", "R3:R11")
		a.each("fadd", 4, []int{8, 8, 12})
		a.each("fadd", 4, []int{16, 16, 20})
		a.each("fadd", 4, []int{8, 8, 16})
		a.sum(8, 0)
		a.i("FMULS F24, F8, F8")
		a.v("dup", 25, 8)
		// The sum of squares of the distances from it, in V8 to V15, and the inverse
		// of its root, in V26.
		for k := range 8 {
			a.v("zero", 8+k)
		}
		a.along(2, func() {
			a.read(0, 8, "R11", 0)
			a.each("fsub", 8, []int{0, 0}, 25)
			a.each("fmla", 8, []int{8, 0, 0})
		}, "R3:R11")
		a.each("fadd", 4, []int{8, 8, 12})
		a.sum(8, 0)
		a.i("FMULS F24, F8, F8")
		a.number(0, kernel.NormEpsilon)
		a.i("FADDS F0, F8, F8")
		a.i("FSQRTS F8, F8")
		a.number(0, 1)
		a.i("FDIVS F8, F0, F0")
		a.v("dup", 26, 0)
		// The numbers, the least of them in V12 to V15, the greatest in V16 to V19.
		a.unbounded(12, 16, 4)
		a.along(1, func() {
			a.read(0, 4, "R11", 0)
			a.read(4, 4, "R12", 0)
			a.read(8, 4, "R13", 0)
			a.each("fsub", 4, []int{0, 0}, 25)
			a.each("fmul", 4, []int{0, 0}, 26)
			a.each("fmla", 4, []int{8, 0, 4})
			a.write(8, 4, "R11", 0)
			a.extremes(8, 12, 16)
		}, "R3:R11", "R7:R12", "R8:R13")
		a.extreme(12, 16, 4)
		a.quantizeRow("R3")
		a.i("MOVD R10, R3")
	})
	a.i("RET")
}

// gelu has x within the limits in V0 to V3, u in V4 to V7, what multiplies x in V8 to
// V15, and x in V16 to V19.
func (a *neon) gelu() {
	a.text("gelu", "rowwise", "src:R1", "dst:R2", "scale:R4", "offset:R5", "rows:R6")
	const least, most, limit, under, square = 20, 24, 28, 29, 30
	half := len(kernel.GeluPolynomial)
	minus := half + 1
	a.table("gelu", append(kernel.GeluPolynomial[:], 0.5, -1)...)
	a.rows(func() {
		a.constant(limit, kernel.GeluLimit)
		a.constant(under, -kernel.GeluLimit)
		a.constant(square, kernel.GeluSquare)
		a.unbounded(least, most, 4)
		a.along(1, func() {
			a.read(16, 4, "R10", 0)
			a.each("fmin", 4, []int{0, 16}, limit)
			a.each("fmax", 4, []int{0, 0}, under)
			a.each("fmul", 4, []int{8, 0, 0})
			a.fill(4, 4, minus)
			a.each("fmla", 4, []int{4, 8}, square)
			p := a.horner(half-1, 4, 4, 8)
			a.fill(4, 4, half)
			a.each("fmla", 4, []int{4, p, 0})
			a.each("fmul", 4, []int{16, 16, 4})
			a.write(16, 4, "R10", 0)
			a.extremes(16, least, most)
		}, "R1:R10")
		a.extreme(least, most, 4)
		a.quantizeRow("R1")
	})
	a.i("RET")
}

// heads is the kernel of queries, or that of keys. R12 and R13 are where scale and
// offset, or sum, of this head of this row go, R4 and R5 those of its first head, R14
// how far it is from head to head, R9 heads left.
func (a *neon) heads(keys bool) {
	name, limit := "queries", float32(127)
	if keys {
		name, limit = "keys", kernel.KeyLimit
	}
	a.text(name, "rowwise", "src:R1", "dst:R2", "scale:R4", "offset:R5", "rows:R6", "per:R14")
	a.i("FMOVS rowwise_factor(R0), F24")
	a.number(25, kernel.Tiny)
	a.number(26, 1/limit)
	a.number(27, limit)
	a.number(28, -128)
	a.v("tops", 29)
	a.v("ones", 30)
	a.constant(31, integral)
	a.rows(func() {
		a.load("rowwise", "heads:R9")
		for _, m := range []string{"R1, R10", "R2, R11", "R4, R12", "R5, R13"} {
			a.i("MOVD %s", m)
		}
		a.count("R9", 1, func() {
			a.read(0, 8, "R10", 0)
			a.each("fabs", 8, []int{8, 0})
			a.combine("fmax", 8, 8)
			a.v("fmaxv", 8, 8)
			a.i("FMAXS F25, F8, F8")
			a.i("FMULS F26, F8, F16")
			a.i("FMULS F24, F16, F16")
			a.i("FMOVS F16, (R12)")
			a.i("FDIVS F8, F27, F17")
			a.each("fmul[]", 8, []int{0, 0}, 17, 0)
			a.each("fadd", 8, []int{0, 0}, 31)
			a.pack(0)
			a.pack(4)
			if keys {
				a.v("zero", 8)
				a.v("sdot", 8, 0, 30)
				a.v("sdot", 8, 4, 30)
				a.v("addv", 8, 8)
				a.v("scvtf", 8, 8)
				a.i("FMULS F16, F8, F8")
			} else {
				a.i("FMULS F28, F16, F8")
				a.v("eor", 0, 0, 29)
				a.v("eor", 4, 4, 29)
			}
			a.i("FMOVS F8, (R13)")
			a.i("FSTPQ.P (F0, F4), 32(R11)")
			a.i("ADD $%d, R10", kernel.Head*4)
			a.i("ADD R14, R12")
			a.i("ADD R14, R13")
		})
		a.i("ADD $4, R5")
	})
	a.i("RET")
}

// packKeys transposes four rows of eight fours of bytes at a time. R6 counts panels,
// R9 fours of rows in one.
func (a *neon) packKeys() {
	a.text("packKeys", "rowwise", "src:R1", "dst:R2", "lds:R16", "rows:R6")
	others := []string{"R10", "R11", "R12"}
	a.count("R6", 1, func() {
		a.i("MOVD $%d, R9", kernel.Narrow/4)
		a.count("R9", 1, func() {
			a.follow("R1", "R16", others)
			for r, row := range append([]string{"R1"}, others...) {
				a.i("FLDPQ (%s), (F%d, F%d)", row, r, 4+r)
			}
			for h := range 2 {
				for k := range 2 { // numbers of rows 0 and 2, and of 1 and 3
					a.v("zip1", 8+k, 4*h+k, 4*h+2+k)
					a.v("zip2", 10+k, 4*h+k, 4*h+2+k)
				}
				for k := range 4 {
					a.v([]string{"zip1", "zip2"}[k%2], 12+k, 8+k/2*2, 9+k/2*2)
					a.i("FMOVQ F%d, %d(R2)", 12+k, kernel.Narrow*4*(4*h+k))
				}
			}
			a.i("ADD R16, R12, R1")
			a.i("ADD $16, R2")
		})
		a.i("ADD $%d, R2", kernel.Narrow*(kernel.Head-4))
	})
	a.i("RET")
}

// maxColumns takes 64 columns at a time through all rows.
func (a *neon) maxColumns() {
	a.text("maxColumns", "rowwise", "src:R1", "dst:R2", "lds:R16", "n:R9")
	a.count("R9", 4, func() {
		for k := range 16 {
			a.v("zero", 16+k)
		}
		a.i("MOVD R1, R10")
		a.load("rowwise", "rows:R6")
		a.count("R6", 1, func() {
			a.read(0, 16, "R10", 0)
			a.each("fabs", 16, []int{0, 0})
			a.each("fmax", 16, []int{16, 16, 0})
			a.i("ADD R16, R10")
		})
		a.write(16, 16, "R2", 0)
		a.i("ADD $256, R1")
		a.i("ADD $256, R2")
	})
	a.i("RET")
}

// packValues makes four rows of numbers one row of four bytes each. R6 counts fours of
// rows.
func (a *neon) packValues() {
	a.text("packValues", "rowwise", "src:R1", "dst:R2", "lds:R16", "rows:R6", "gain:R7")
	a.read(24, 8, "R7", 0)
	others := []string{"R10", "R11", "R12"}
	a.count("R6", 1, func() {
		a.follow("R1", "R16", others)
		for k := 0; k < 8; k += 2 {
			for r, row := range append([]string{"R1"}, others...) {
				a.read(2*r, 2, row, 16*k)
				a.each("fmul", 2, []int{2 * r, 2 * r, 24 + k})
				a.each("fcvtns", 2, []int{2 * r, 2 * r})
			}
			for r := 1; r < 4; r++ {
				a.each(fmt.Sprint("sli", 8*r), 2, []int{0, 2 * r})
			}
			a.write(0, 2, "R2", 16*k)
		}
		a.i("ADD R16, R12, R1")
		a.i("ADD $%d, R2", 4*kernel.Head)
	})
	a.i("RET")
}

// softmax keeps the greatest score in V26, the sum of the bytes in V27, the powers of
// the ends in V28.
func (a *neon) softmax() {
	a.text("softmax", "rowwise", "src:R1", "dst:R2", "x:R3", "scale:R4", "rows:R6", "last:R7")
	const limit, below, ones, whole, most, total, ends = 20, 21, 22, 23, 26, 27, 28
	a.table("power", kernel.PowerPolynomial[:]...)
	a.constant(limit, kernel.SoftmaxLimit)
	a.constant(below, kernel.EndsBelow)
	a.constant(whole, integral)
	a.v("ones", ones)
	// power sets n registers to the power of those from 0 on, less the greatest score.
	// It takes 4n registers, and gives the first that has the result.
	power := func(n int) int {
		a.each("fmax", n, []int{0, 0}, limit)
		a.each("fadd", n, []int{n, 0}, whole)
		a.each("fsub", n, []int{2 * n, n}, whole)
		a.each("fsub", n, []int{0, 0, 2 * n})
		a.each("shl23", n, []int{n, n})
		p := a.horner(len(kernel.PowerPolynomial)-1, n, 0, 2*n)
		a.each("add", n, []int{p, p, n})
		return p
	}
	a.rows(func() {
		// The ends, and the greatest score that there may be beside them.
		a.i("FMOVS (R1), F0")
		a.i("FMOVS (R1)(R7), F1")
		a.v("zip1", ends, 0, 1)
		a.v("fadd", ends, ends, below)
		a.v("fadd", most, ends, limit)
		a.v("fmaxp", most, most)
		a.v("dup", most, most)
		for k := range 4 {
			a.copy(16+k, most)
		}
		a.along(2, func() {
			a.read(0, 8, "R10", 0)
			for k := range 2 {
				a.each("fmax", 4, []int{16, 16, 4 * k})
			}
		}, "R1:R10")
		a.combine("fmax", 16, 4)
		a.v("fmaxv", most, 16)
		a.v("dup", most, most)
		a.v("fsub", 0, ends, most)
		a.copy(ends, power(1))
		// The bytes of the others.
		a.v("zero", total)
		a.i("MOVD R2, R11")
		a.along(1, func() {
			a.read(0, 4, "R10", 0)
			a.each("fsub", 4, []int{0, 0}, most)
			p := power(4)
			a.each("fadd", 4, []int{p, p}, whole)
			a.pack(p)
			a.v("udot", total, p, ones)
			a.i("FMOVQ.P F%d, 16(R11)", p)
		}, "R1:R10")
		a.v("addv", 0, total)
		a.v("scvtf", 0, 0)
		a.i("FADDS F%d, F0, F0", ends)
		a.i("VMOV V%d.S[1], V1.S[0]", ends)
		a.i("FADDS F1, F0, F0")
		a.number(1, 1)
		a.i("FDIVS F0, F1, F0")
		a.i("FMOVS F0, (R4)")
		a.v("fmul[]", ends, ends, 0, 0)
		a.i("FMOVD.P F%d, 8(R3)", ends)
	})
	a.i("RET")
}

// addEnds keeps the numbers of first in V16 to V23 and those of last in V24 to V31.
func (a *neon) addEnds() {
	a.text("addEnds", "rowwise", "dst:R2", "ldd:R17", "scale:R4", "gain:R7", "bias:R8", "rows:R6")
	a.read(16, 8, "R7", 0)
	a.read(24, 8, "R8", 0)
	a.count("R6", 1, func() {
		a.i("FMOVD.P 8(R4), F8")
		a.read(0, 8, "R2", 0)
		a.each("fmla[]", 8, []int{0, 16}, 8, 0)
		a.each("fmla[]", 8, []int{0, 24}, 8, 1)
		a.write(0, 8, "R2", 0)
		a.i("ADD R17, R2")
	})
	a.i("RET")
}

func (a *neon) embed() {
	a.text("embed", "rowwise", "src:R1", "dst:R2", "x:R3", "n:R9")
	a.i("FMOVS rowwise_factor(R0), F12")
	a.count("R9", 1, func() {
		a.i("FMOVQ.P 16(R1), F0")
		a.v("sxtl8", 1, 0)
		a.v("sxtl8+", 2, 0)
		for k := range 2 {
			a.v("sxtl16", 4+2*k, 1+k)
			a.v("sxtl16+", 5+2*k, 1+k)
		}
		a.each("scvtf", 4, []int{4, 4})
		a.read(8, 4, "R3", 0)
		a.each("fmla[]", 4, []int{8, 4}, 12, 0)
		a.write(8, 4, "R2", 0)
		a.i("ADD $64, R2")
		a.i("ADD $64, R3")
	})
	a.i("RET")
}

func (a *neon) add() {
	a.text("add", "rowwise", "src:R1", "dst:R2", "n:R9")
	a.count("R9", 1, func() {
		a.read(0, 4, "R1", 0)
		a.read(4, 4, "R2", 0)
		a.each("fadd", 4, []int{4, 4, 0})
		a.write(4, 4, "R2", 0)
		a.i("ADD $64, R1")
		a.i("ADD $64, R2")
	})
	a.i("RET")
}

// pairs sums into V16 to V31, two registers each of eight sums, by turns. R1 is the
// row, R11 what is added to all, R12 the row of the table, R13 the weights. The row of
// numbers of the table is at R4, the table at R7.
func (a *neon) pairs() {
	a.text("pairs", "rowwise", "src:R1", "dst:R2", "x:R3", "scale:R4", "offset:R5", "rows:R6", "gain:R7", "bias:R8", "lds:R16")
	a.v("zero", 15)
	a.count("R6", 1, func() {
		a.i("MOVBU.P 1(R4), R12")
		a.i("MADD R16, R7, R12, R12")
		a.i("MOVD R5, R13")
		for k := range 16 {
			a.v("zero", 16+k)
		}
		a.along(1, func() {
			a.read(0, 4, "R1", 0)
			a.read(4, 4, "R11", 0)
			a.read(8, 4, "R12", 0)
			a.each("fadd", 4, []int{0, 0, 4})
			a.each("fadd", 4, []int{0, 0, 8})
			a.each("fmax", 4, []int{0, 0}, 15)
			for k := range 16 {
				weights := 4 + k%4*2
				a.i("FLDPQ.P 32(R13), (F%d, F%d)", weights, weights+1)
				a.each("fmla[]", 2, []int{16 + k%8*2, weights}, k/4, k%4)
			}
		}, "R1:R1", "R3:R11", "R12:R12")
		for step := 2; step < 16; step *= 2 {
			for k := 0; k < 16; k += 2 * step {
				a.each("fadd", 2, []int{16 + k, 16 + k, 16 + k + step})
			}
		}
		a.read(0, 2, "R8", 0)
		a.each("fadd", 2, []int{16, 16, 0})
		a.i("FSTPQ.P (F16, F17), 32(R2)")
	})
	a.i("RET")
}
