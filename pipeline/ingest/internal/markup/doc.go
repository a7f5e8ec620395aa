// Package markup reads a page of HTML: its text as paragraphs, each with the
// elements that it stands in, and what the page says about itself.
//
// A page is read in one pass over its tokens and no tree is built. What the
// standard's tree construction does beyond matching tags (elements that are
// closed by what follows them, links across blocks) is done where it moves a word
// to another paragraph or into a link, and nowhere else. Time and memory are
// linear in the size of the page, whatever it holds.
package markup
