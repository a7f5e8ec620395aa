package main

import "fmt"

// productAVX512 multiplies eight rows with a panel of registers times sixteen
// columns at a time.
//
//	AX, BX   rows 0 and 4; CX, DX one and three rows
//	SI       the panel
//	R8       the first of four rows of the result; R12 one row
//	R9, R13  scale and offset of the rows; R15 bias of the columns
//	R10      fours of numbers left, then three rows of the result
//	R11      groups left
//	Z0 up    sums: row by row, registers a row
//	then     as many registers for columns, then those for a number of a row
func (a *assembler) productAVX512(name string, registers int) {
	a.text("product"+name+"AVX512", "product", 0)
	a.product("a:AX", "lda:CX", "c:R8", "ldc:R12", "scale:R9", "offset:R13", "bias:R15", "groups:R11")
	a.i("LEAQ (CX)(CX*2), DX")
	sum := func(r, k int) int { return r*registers + k }
	column := 8 * registers
	rows := []string{"(AX)", "(AX)(CX*1)", "(AX)(CX*2)", "(AX)(DX*1)", "(BX)", "(BX)(CX*1)", "(BX)(CX*2)", "(BX)(DX*1)"}
	a.loop(func() {
		a.product("b:SI", "quads:R10")
		a.i("LEAQ (AX)(CX*4), BX")
		for k := range 8 * registers {
			a.i("VPXORD Z%d, Z%d, Z%d", k, k, k)
		}
		const unroll = 2
		a.loop(func() {
			for u := range unroll {
				for k := range registers {
					a.i("VMOVDQU32 %d(SI), Z%d", (u*registers+k)*64, column+k)
				}
				for r, address := range rows {
					four := column + registers + r%4
					a.i("VPBROADCASTD %d%s, Z%d", 4*u, address, four)
					for k := range registers {
						a.i("VPDPBUSD Z%d, Z%d, Z%d", column+k, four, sum(r, k))
					}
				}
			}
			a.i("ADDQ $%d, SI", unroll*registers*64)
		}, "JNZ", fmt.Sprintf("ADDQ $%d, AX", 4*unroll), fmt.Sprintf("ADDQ $%d, BX", 4*unroll), fmt.Sprintf("SUBQ $%d, R10", unroll))

		// Integers become numbers: factor and sum of the columns where columns and
		// rows were.
		a.i("MOVQ product_factor(DI), SI")
		a.i("MOVQ product_sums(DI), BX")
		for k := range registers {
			a.i("VMOVUPS %d(SI), Z%d", 64*k, column+k)
			a.i("VMOVUPS %d(BX), Z%d", 64*k, column+registers+k)
		}
		a.i("LEAQ (R12)(R12*2), R10")
		for r := range 8 {
			for k := range registers {
				s := sum(r, k)
				a.i("VCVTDQ2PS Z%d, Z%d", s, s)
				a.i("VMULPS.BCST %d(R9), Z%d, Z%d", 4*r, s, s)
				a.i("VFMADD213PS %d(R15), Z%d, Z%d", 64*k, column+k, s)
				a.i("VFMADD231PS.BCST %d(R13), Z%d, Z%d", 4*r, column+registers+k, s)
				a.i("VMOVUPS Z%d, %d%s", s, 64*k, []string{"(R8)", "(R8)(R12*1)", "(R8)(R12*2)", "(R8)(R10*1)"}[r%4])
			}
			if r%4 == 3 {
				a.i("LEAQ (R8)(R12*4), R8")
			}
		}
		// AX is behind the first row of the group: on to the next group.
		a.i("MOVQ product_quads(DI), R10")
		a.i("SHLQ $2, R10")
		a.i("SUBQ R10, AX")
	}, "JNZ", "LEAQ (AX)(CX*8), AX", "ADDQ $32, R9", "ADDQ $32, R13", "DECQ R11")
	a.end()
}

// productAVX2 multiplies four rows, widened to int16, with eight columns at a time,
// four numbers of each: products of pairs of numbers are summed apart, and the two
// of a column added at the end. Sixteen bits times sixteen cannot overflow 32.
//
//	AX       the rows
//	SI       the columns; CX how far it is to the next four numbers of them
//	R8       the row of the result; R12 one row
//	R9, R13  scale and offset of the rows
//	R10      fours of numbers left
//	R11      groups left
//	Y0 to Y7 sums: two registers a row, four columns each
//	Y8, Y9   columns; Y10 a row; Y11, Y12 products
//	Y13 to Y15 factor, bias and sum of the columns
func (a *assembler) productAVX2() {
	a.text("productAVX2", "product", 0)
	a.product("factor:AX", "bias:BX", "sums:DX")
	a.i("VMOVUPS (AX), Y13")
	a.i("VMOVUPS (BX), Y14")
	a.i("VMOVUPS (DX), Y15")
	a.product("a:AX", "ldb:CX", "c:R8", "ldc:R12", "scale:R9", "offset:R13", "groups:R11")
	a.loop(func() {
		a.product("b:SI", "quads:R10")
		for k := range 8 {
			a.i("VPXOR Y%d, Y%d, Y%d", k, k, k)
		}
		a.loop(func() {
			a.i("VPMOVSXBW (SI), Y8")
			a.i("VPMOVSXBW 16(SI), Y9")
			for r := range 4 {
				a.i("VPBROADCASTQ %d(AX), Y10", 8*r)
				a.i("VPMADDWD Y8, Y10, Y11")
				a.i("VPMADDWD Y9, Y10, Y12")
				a.i("VPADDD Y11, Y%d, Y%d", 2*r, 2*r)
				a.i("VPADDD Y12, Y%d, Y%d", 2*r+1, 2*r+1)
			}
		}, "JNZ", "ADDQ CX, SI", "ADDQ $32, AX", "DECQ R10")
		for r := range 4 {
			a.i("VPHADDD Y%d, Y%d, Y8", 2*r+1, 2*r) // columns 0 1 4 5, 2 3 6 7
			a.i("VPERMQ $0xD8, Y8, Y8")
			a.i("VCVTDQ2PS Y8, Y8")
			a.i("VBROADCASTSS %d(R9), Y9", 4*r)
			a.i("VMULPS Y9, Y8, Y8")
			a.i("VFMADD213PS Y14, Y13, Y8")
			a.i("VBROADCASTSS %d(R13), Y9", 4*r)
			a.i("VFMADD231PS Y9, Y15, Y8")
			a.i("VMOVUPS Y8, (R8)")
			a.i("ADDQ R12, R8")
		}
	}, "JNZ", "ADDQ $16, R9", "ADDQ $16, R13", "DECQ R11")
	a.end()
}

// widen takes sixteen bytes of each of four rows at a time. R11 counts groups, R10
// sixteens of bytes; CX and DX are one and three rows, R8 is the first.
func (a *assembler) widen() {
	a.text("widenAVX2", "rowwise", 0)
	a.arguments("src:R8", "dst:BX", "rows:R11", "lds:CX")
	a.i("LEAQ (CX)(CX*2), DX")
	a.loop(func() {
		a.i("MOVQ R8, SI")
		a.i("MOVQ rowwise_n(DI), R10")
		a.loop(func() {
			for r, address := range []string{"(SI)", "(SI)(CX*1)", "(SI)(CX*2)", "(SI)(DX*1)"} {
				a.i("VMOVDQU %s, X%d", address, r)
			}
			for r := 0; r < 4; r += 2 { // pairs of rows
				a.i("VPUNPCKLDQ X%d, X%d, X%d", r+1, r, 4+r)
				a.i("VPUNPCKHDQ X%d, X%d, X%d", r+1, r, 5+r)
			}
			a.i("VPUNPCKLQDQ X6, X4, X0") // fours of rows
			a.i("VPUNPCKHQDQ X6, X4, X1")
			a.i("VPUNPCKLQDQ X7, X5, X2")
			a.i("VPUNPCKHQDQ X7, X5, X3")
			for r := range 4 {
				a.i("VPMOVZXBW X%d, Y%d", r, r)
				a.i("VMOVDQU Y%d, %d(BX)", r, 32*r)
			}
		}, "JNZ", "ADDQ $16, SI", "ADDQ $128, BX", "DECQ R10")
	}, "JNZ", "LEAQ (R8)(CX*4), R8", "DECQ R11")
	a.end()
}

// product loads fields of the argument, each given as field:register.
func (a *assembler) product(fields ...string) { a.load("product", fields) }
