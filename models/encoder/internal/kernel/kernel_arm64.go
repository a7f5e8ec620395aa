package kernel

//go:noescape
func productNEON(p *product)

//go:noescape
func quantizeNEON(p *rowwise)

//go:noescape
func addNormNEON(p *rowwise)

//go:noescape
func geluNEON(p *rowwise)

//go:noescape
func queriesNEON(p *rowwise)

//go:noescape
func keysNEON(p *rowwise)

//go:noescape
func packKeysNEON(p *rowwise)

//go:noescape
func maxColumnsNEON(p *rowwise)

//go:noescape
func packValuesNEON(p *rowwise)

//go:noescape
func softmaxNEON(p *rowwise)

//go:noescape
func addEndsNEON(p *rowwise)

//go:noescape
func embedNEON(p *rowwise)

//go:noescape
func addNEON(p *rowwise)

//go:noescape
func pairsNEON(p *rowwise)

// tile is how many rows and columns product multiplies at once.
func (Path) tile(int) (rows, columns int) { return 4, 16 }

func (Path) product(g *product, _ int) { productNEON(g) }

func (Path) headRows(g *rowwise, keys bool) {
	if keys {
		keysNEON(g)
	} else {
		queriesNEON(g)
	}
}

func (Path) quantizeRows(g *rowwise) { quantizeNEON(g) }

func (Path) addNormRows(g *rowwise) { addNormNEON(g) }

func (Path) geluRows(g *rowwise) { geluNEON(g) }

func (Path) maxColumnsRows(g *rowwise) { maxColumnsNEON(g) }

func (Path) packValueRows(g *rowwise) { packValuesNEON(g) }

func (Path) softmaxRows(g *rowwise) { softmaxNEON(g) }

func (Path) packKeyRows(g *rowwise) { packKeysNEON(g) }

func (Path) addEndsRows(g *rowwise) { addEndsNEON(g) }

func (Path) embedRow(g *rowwise) { embedNEON(g) }

func (Path) addRow(g *rowwise) { addNEON(g) }

func (Path) pairRows(g *rowwise) { pairsNEON(g) }
