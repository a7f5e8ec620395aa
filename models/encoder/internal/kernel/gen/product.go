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

// productAVXVNNI multiplies four rows with half a panel, registers times eight
// columns, at a time.
//
//	AX       the rows; CX, DX one and three rows
//	SI       the columns; BX how far it is to the next four numbers of them
//	R8       the row of the result; R12 one row
//	R9, R13  scale and offset of the rows; R15 bias of the columns
//	R10      fours of numbers left, then sum of the columns
//	R11      groups left
//	Y0 up    sums: registers a row
//	Y12 up   columns, then their factor
//	Y15      a number of a row, then scale or offset
func (a *assembler) productAVXVNNI(name string, registers int) {
	a.text("product"+name+"AVXVNNI", "product", 0)
	a.product("a:AX", "lda:CX", "ldb:BX", "c:R8", "ldc:R12", "scale:R9", "offset:R13", "bias:R15", "groups:R11")
	a.i("LEAQ (CX)(CX*2), DX")
	rows := []string{"(AX)", "(AX)(CX*1)", "(AX)(CX*2)", "(AX)(DX*1)"}
	a.loop(func() {
		a.product("b:SI", "quads:R10")
		for k := range 4 * registers {
			a.i("VPXOR Y%d, Y%d, Y%d", k, k, k)
		}
		const unroll = 2
		a.loop(func() {
			for u := range unroll {
				for k := range registers {
					a.i("VMOVDQU %d(SI), Y%d", 32*k, 12+k)
				}
				for r, address := range rows {
					a.i("VPBROADCASTD %d%s, Y15", 4*u, address)
					for k := range registers {
						a.dot(12+k, 15, r*registers+k)
					}
				}
				a.i("ADDQ BX, SI")
			}
		}, "JNZ", fmt.Sprintf("ADDQ $%d, AX", 4*unroll), fmt.Sprintf("SUBQ $%d, R10", unroll))
		a.product("factor:SI", "sums:R10")
		for k := range registers {
			a.i("VMOVUPS %d(SI), Y%d", 32*k, 12+k)
		}
		for r := range 4 {
			a.i("VBROADCASTSS %d(R9), Y15", 4*r)
			for k := range registers {
				s := r*registers + k
				a.i("VCVTDQ2PS Y%d, Y%d", s, s)
				a.i("VMULPS Y15, Y%d, Y%d", s, s)
				a.i("VFMADD213PS %d(R15), Y%d, Y%d", 32*k, 12+k, s)
			}
			a.i("VBROADCASTSS %d(R13), Y15", 4*r)
			for k := range registers {
				s := r*registers + k
				a.i("VFMADD231PS %d(R10), Y15, Y%d", 32*k, s)
				a.i("VMOVUPS Y%d, %d(R8)", s, 32*k)
			}
			a.i("ADDQ R12, R8")
		}
		a.i("MOVQ product_quads(DI), R10")
		a.i("SHLQ $2, R10")
		a.i("SUBQ R10, AX")
	}, "JNZ", "LEAQ (AX)(CX*4), AX", "ADDQ $16, R9", "ADDQ $16, R13", "DECQ R11")
	a.end()
}

// dot is VPDPBUSD of registers Y: signed times unsigned is added to sum. The Go
// assembler knows the instruction only in its form for AVX-512; this is the other, in
// bytes: VEX.256.66.0F38.W0 50 /r.
func (a *assembler) dot(signed, unsigned, sum int) {
	second := 0x42 // no index register, map 0F38
	if sum < 8 {
		second |= 0x80
	}
	if signed < 8 {
		second |= 0x20
	}
	third := (^unsigned&15)<<3 | 5 // 256 bits, prefix 66
	a.i("BYTE $0xc4; BYTE $%#02x; BYTE $%#02x; BYTE $0x50; BYTE $%#02x // VPDPBUSD Y%d, Y%d, Y%d",
		second, third, 0xc0|sum&7<<3|signed&7, signed, unsigned, sum)
}

// productAVX2 multiplies four rows with sixteen columns at a time. Products are
// summed by pairs in sixteen bits, which Weights keeps from overflowing, and these by
// pairs in 32.
//
//	AX       the rows; CX, DX one and three rows
//	SI       the columns; BX how far it is to the next four numbers of them
//	R8       the row of the result; R12 one row
//	R9, R13  scale and offset of the rows; R15 bias of the columns
//	R10      fours of numbers left, then sum of the columns
//	R11      groups left
//	Y0 to Y7 sums: two registers a row
//	Y8, Y9   columns, then their factor
//	Y10      a number of a row, then scale or offset
//	Y11, Y12 products
//	Y13, Y14 sum of the columns
//	Y15      ones, sixteen bits each
func (a *assembler) productAVX2() {
	a.text("productAVX2", "product", 0)
	a.product("a:AX", "lda:CX", "ldb:BX", "c:R8", "ldc:R12", "scale:R9", "offset:R13", "bias:R15", "groups:R11")
	a.i("LEAQ (CX)(CX*2), DX")
	a.i("VPCMPEQW Y15, Y15, Y15")
	a.i("VPSRLW $15, Y15, Y15")
	rows := []string{"(AX)", "(AX)(CX*1)", "(AX)(CX*2)", "(AX)(DX*1)"}
	a.loop(func() {
		a.product("b:SI", "quads:R10")
		for k := range 8 {
			a.i("VPXOR Y%d, Y%d, Y%d", k, k, k)
		}
		const unroll = 2
		a.loop(func() {
			for u := range unroll {
				a.i("VMOVDQU (SI), Y8")
				a.i("VMOVDQU 32(SI), Y9")
				for r, address := range rows {
					a.i("VPBROADCASTD %d%s, Y10", 4*u, address)
					a.i("VPMADDUBSW Y8, Y10, Y11")
					a.i("VPMADDUBSW Y9, Y10, Y12")
					a.i("VPMADDWD Y15, Y11, Y11")
					a.i("VPMADDWD Y15, Y12, Y12")
					a.i("VPADDD Y11, Y%d, Y%d", 2*r, 2*r)
					a.i("VPADDD Y12, Y%d, Y%d", 2*r+1, 2*r+1)
				}
				a.i("ADDQ BX, SI")
			}
		}, "JNZ", fmt.Sprintf("ADDQ $%d, AX", 4*unroll), fmt.Sprintf("SUBQ $%d, R10", unroll))
		a.product("factor:SI", "sums:R10")
		for k := range 2 {
			a.i("VMOVUPS %d(SI), Y%d", 32*k, 8+k)
			a.i("VMOVUPS %d(R10), Y%d", 32*k, 13+k)
		}
		for r := range 4 {
			a.i("VBROADCASTSS %d(R9), Y10", 4*r)
			a.i("VBROADCASTSS %d(R13), Y11", 4*r)
			for k := range 2 {
				s := 2*r + k
				a.i("VCVTDQ2PS Y%d, Y%d", s, s)
				a.i("VMULPS Y10, Y%d, Y%d", s, s)
				a.i("VFMADD213PS %d(R15), Y%d, Y%d", 32*k, 8+k, s)
				a.i("VFMADD231PS Y11, Y%d, Y%d", 13+k, s)
				a.i("VMOVUPS Y%d, %d(R8)", s, 32*k)
			}
			a.i("ADDQ R12, R8")
		}
		a.i("MOVQ product_quads(DI), R10")
		a.i("SHLQ $2, R10")
		a.i("SUBQ R10, AX")
	}, "JNZ", "LEAQ (AX)(CX*4), AX", "ADDQ $16, R9", "ADDQ $16, R13", "DECQ R11")
	a.end()
}

// product loads fields of the argument, each given as field:register.
func (a *assembler) product(fields ...string) { a.load("product", fields) }
