package ingest

// readWARC reads the pages of a WARC or ARC file. It reports whether to go on.
func (s *stream) readWARC(f file, src *source) bool {
	return s.fail(place{file: f.name, offset: -1}.fail(Unsupported, nil, "web archives are not read"))
}
