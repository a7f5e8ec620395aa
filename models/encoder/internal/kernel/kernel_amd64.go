package kernel

//go:noescape
func productWideAVX512(p *product)

//go:noescape
func productNarrowAVX512(p *product)

//go:noescape
func productWideAVXVNNI(p *product)

//go:noescape
func productNarrowAVXVNNI(p *product)

//go:noescape
func productAVX2(p *product)

//go:noescape
func quantizeAVX512(p *rowwise)

//go:noescape
func quantizeAVX2(p *rowwise)

//go:noescape
func addNormAVX512(p *rowwise)

//go:noescape
func addNormAVX2(p *rowwise)

//go:noescape
func geluAVX512(p *rowwise)

//go:noescape
func geluAVX2(p *rowwise)

//go:noescape
func queriesAVX512(p *rowwise)

//go:noescape
func queriesAVX2(p *rowwise)

//go:noescape
func keysAVX512(p *rowwise)

//go:noescape
func keysAVX2(p *rowwise)

//go:noescape
func packKeysAVX2(p *rowwise)

//go:noescape
func maxColumnsAVX512(p *rowwise)

//go:noescape
func maxColumnsAVX2(p *rowwise)

//go:noescape
func packValuesAVX512(p *rowwise)

//go:noescape
func packValuesAVX2(p *rowwise)

//go:noescape
func softmaxAVX512(p *rowwise)

//go:noescape
func softmaxAVX2(p *rowwise)

//go:noescape
func addEndsAVX2(p *rowwise)

//go:noescape
func embedAVX2(p *rowwise)

//go:noescape
func addAVX2(p *rowwise)

//go:noescape
func pairsAVX2(p *rowwise)

// tile is how many rows and columns product multiplies at once.
func (p Path) tile(width int) (rows, columns int) {
	switch p {
	case AVX512:
		return 8, width
	case AVXVNNI:
		return 4, width / 2
	default:
		return 4, 16
	}
}

func (p Path) product(g *product, width int) {
	switch {
	case p == AVX2:
		productAVX2(g)
	case p == AVXVNNI && width == Wide:
		productWideAVXVNNI(g)
	case p == AVXVNNI:
		productNarrowAVXVNNI(g)
	case width == Wide:
		productWideAVX512(g)
	default:
		productNarrowAVX512(g)
	}
}

// The rest is the same with and without VNNI, and where AVX-512 has nothing to add
// there is one for both.

func (p Path) quantizeRows(g *rowwise) {
	if p == AVX512 {
		quantizeAVX512(g)
	} else {
		quantizeAVX2(g)
	}
}

func (p Path) addNormRows(g *rowwise) {
	if p == AVX512 {
		addNormAVX512(g)
	} else {
		addNormAVX2(g)
	}
}

func (p Path) geluRows(g *rowwise) {
	if p == AVX512 {
		geluAVX512(g)
	} else {
		geluAVX2(g)
	}
}

func (p Path) headRows(g *rowwise, keys bool) {
	switch {
	case p == AVX512 && keys:
		keysAVX512(g)
	case p == AVX512:
		queriesAVX512(g)
	case keys:
		keysAVX2(g)
	default:
		queriesAVX2(g)
	}
}

func (p Path) maxColumnsRows(g *rowwise) {
	if p == AVX512 {
		maxColumnsAVX512(g)
	} else {
		maxColumnsAVX2(g)
	}
}

func (p Path) packValueRows(g *rowwise) {
	if p == AVX512 {
		packValuesAVX512(g)
	} else {
		packValuesAVX2(g)
	}
}

func (p Path) softmaxRows(g *rowwise) {
	if p == AVX512 {
		softmaxAVX512(g)
	} else {
		softmaxAVX2(g)
	}
}

func (Path) packKeyRows(g *rowwise) { packKeysAVX2(g) }

func (Path) addEndsRows(g *rowwise) { addEndsAVX2(g) }

func (Path) embedRow(g *rowwise) { embedAVX2(g) }

func (Path) addRow(g *rowwise) { addAVX2(g) }

func (Path) pairRows(g *rowwise) { pairsAVX2(g) }
