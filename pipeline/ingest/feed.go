package ingest

import "golang.org/x/text/encoding"

// readFeed reads the entries of an RSS or Atom feed. It reports whether to go
// on.
func (s *stream) readFeed(f file, src *source, enc encoding.Encoding) bool {
	return s.fail(place{file: f.name, offset: -1}.fail(Unsupported, nil, "feeds are not read"))
}
