// Package style holds the look that the pages of this program share: colours,
// type and a few elements, as a style sheet.
//
// A page takes the sheet whole and adds its own rules behind it, in terms of
// the custom properties that stand at its top. Colours come in a light and a
// dark set, by the reader's preference or by the attribute data-theme of the
// root element ("light", "dark"); print is light. Text on each ground has a
// contrast of at least 4.5 to 1; style_test.go computes it.
package style

import _ "embed"

// CSS is the style sheet.
//
//go:embed style.css
var CSS string

// Speakers is the number of colours for speakers, --s0 to --s(Speakers-1).
const Speakers = 8
