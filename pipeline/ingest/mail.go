package ingest

// readMail reads a message. It reports whether to go on.
func (s *stream) readMail(f file, src *source) bool {
	return s.fail(place{file: f.name, offset: -1}.fail(Unsupported, nil, "messages are not read"))
}
