package ingest

// archiveKind is a kind of file that holds files.
type archiveKind uint8

const (
	noArchive archiveKind = iota
	zipArchive
	tarArchive
)

// archiveOf tells by the first bytes whether a file holds files.
func archiveOf(head []byte) archiveKind { return noArchive }

// readArchive reads the members of an archive, each as a file of its own. It
// reports whether to go on.
func (s *stream) readArchive(f file, src *source, kind archiveKind, depth int) bool {
	return s.fail(place{file: f.name, offset: -1}.fail(Unsupported, nil, "archives are not read"))
}
