package pipeline

// Readings hold what an encoder says of the tokens of a document: rows of
// numbers for the stages behind the one that ran it, which know what stands
// where in them (package models/accurate). They are no layer: the stages
// work without them, less well. The zero Readings hold none.
type Readings struct {
	Width int       // of a row
	Rows  []float32 // one row after the other
	Row   []int32   // of each token the number of its row, or -1; tokens may share one
}

// Any reports whether there are readings.
func (r *Readings) Any() bool { return len(r.Rows) > 0 }

// Of returns the row of a token, or nil where it has none.
func (r *Readings) Of(token int) []float32 {
	if token >= len(r.Row) || r.Row[token] < 0 {
		return nil
	}
	at := int(r.Row[token]) * r.Width
	return r.Rows[at : at+r.Width : at+r.Width]
}
