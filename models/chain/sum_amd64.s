#include "textflag.h"

// The bytes that turn the eight hash bytes of a bucket, compared, into where the
// weights of the one that is equal begin, less one: 7, 14, and so on.
DATA offsets<>+0(SB)/8, $0x38312a231c150e07
GLOBL offsets<>(SB), RODATA, $8

// Copies the lowest byte of each word to all of it.
DATA lowest<>+0(SB)/8, $0x0000000000000000
DATA lowest<>+8(SB)/8, $0x0808080808080808
DATA lowest<>+16(SB)/8, $0x0000000000000000
DATA lowest<>+24(SB)/8, $0x0808080808080808
GLOBL lowest<>(SB), RODATA, $32

DATA lanes<>+0(SB)/8, $0x00ff00ff00ff00ff
GLOBL lanes<>(SB), RODATA, $8
DATA zero<>+0(SB)/8, $0x0080808080808080
GLOBL zero<>(SB), RODATA, $8
DATA byte0<>+0(SB)/8, $0xff
GLOBL byte0<>(SB), RODATA, $8

// func sumAVX2(table *byte, buckets uint64, features *uint64, fours int) (even, odd uint64)
TEXT ·sumAVX2(SB), NOSPLIT, $0-48
	MOVQ table+0(FP), DI
	MOVQ features+16(FP), SI
	MOVQ fours+24(FP), CX
	VPBROADCASTQ buckets+8(FP), Y2
	VPBROADCASTQ byte0<>(SB), Y3
	VMOVDQU lowest<>(SB), Y4
	VPBROADCASTQ offsets<>(SB), Y5
	VPBROADCASTQ lanes<>(SB), Y6
	VPBROADCASTQ zero<>(SB), Y7
	VPXOR Y8, Y8, Y8
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	TESTQ CX, CX
	JZ done

loop:
	VMOVDQU (SI), Y9
	VPSRLQ $32, Y9, Y10
	VPMULUDQ Y2, Y10, Y10
	VPSRLQ $32, Y10, Y10
	VPSLLQ $6, Y10, Y10              // where the bucket begins
	VPAND Y3, Y9, Y9
	VPCMPEQQ Y8, Y9, Y11
	VPSUBQ Y11, Y9, Y9               // 0 becomes 1
	VPSHUFB Y4, Y9, Y9               // the fingerprint, eight times
	VPCMPEQD Y12, Y12, Y12
	VPGATHERQQ Y12, (DI)(Y10*1), Y13 // the bucket's hash bytes
	VPCMPEQB Y13, Y9, Y13
	VPAND Y5, Y13, Y13
	VPSADBW Y8, Y13, Y13             // 7 and up, or 0 where none is equal
	VPCMPEQQ Y8, Y13, Y14
	VPADDQ Y13, Y10, Y10
	VPCMPEQD Y12, Y12, Y12
	VPGATHERQQ Y12, (DI)(Y10*1), Y15 // a byte and the weights
	VPSRLQ $8, Y15, Y15
	VPBLENDVB Y14, Y7, Y15, Y15
	VPAND Y6, Y15, Y11
	VPADDQ Y11, Y0, Y0
	VPSRLQ $8, Y15, Y15
	VPAND Y6, Y15, Y15
	VPADDQ Y15, Y1, Y1
	ADDQ $32, SI
	DECQ CX
	JNZ loop

done:
	VEXTRACTI128 $1, Y0, X2
	VPADDQ X2, X0, X0
	VPSRLDQ $8, X0, X2
	VPADDQ X2, X0, X0
	VMOVQ X0, even+32(FP)
	VEXTRACTI128 $1, Y1, X2
	VPADDQ X2, X1, X1
	VPSRLDQ $8, X1, X2
	VPADDQ X2, X1, X1
	VMOVQ X1, odd+40(FP)
	VZEROUPPER
	RET

// func cpuid(leaf, sub uint32) (a, b, c, d uint32)
TEXT ·cpuid(SB), NOSPLIT, $0-24
	MOVL leaf+0(FP), AX
	MOVL sub+4(FP), CX
	CPUID
	MOVL AX, a+8(FP)
	MOVL BX, b+12(FP)
	MOVL CX, c+16(FP)
	MOVL DX, d+20(FP)
	RET

// func xgetbv() (lo, hi uint32)
TEXT ·xgetbv(SB), NOSPLIT, $0-8
	XORL CX, CX
	XGETBV
	MOVL AX, lo+0(FP)
	MOVL DX, hi+4(FP)
	RET
