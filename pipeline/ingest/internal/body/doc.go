// Package body tells which paragraphs of a page are the body of its article.
//
// It reads what package markup makes of a page, and what the page says about the
// article, and writes one flag a paragraph. Two models work one after the other.
// The first is linear, over the words of a paragraph, the words of which the
// classes around it are made, its size and its links, and those of its neighbours
// (features.go). The second, boosted trees, looks at the first's scores, and at how
// the paragraphs that it chose lie in the page: which part of them stands in the
// same element, or in paragraphs set alike, how far the next is (numbers.go). That
// shallow features of text and links suffice was found by C. Kohlschütter, P.
// Fankhauser and W. Nejdl, "Boilerplate Detection using Shallow Text Features",
// WSDM 2010; that class names help, by M. Peters and D. Lecocq, "Content
// extraction using diverse feature sets", WWW 2013.
//
// Both models count in whole numbers: the same page gives the same answer on every
// machine. The cost is linear in the size of the page. The weights are made by the
// tests of this package; docs/html.md is their card.
package body
