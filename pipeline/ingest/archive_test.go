package ingest_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// Made with zip and tar, which cannot be made here: two members under a
// password, and two archives, in gzip, of a file that is a hole of 1 MiB and
// then "end".
const (
	encryptedZip = "UEsDBAoACQAAALdad13Bb1UREwAAAAcAAAAFAAAAcy50eHRTY+uq8gUmedUxSYDJsbm9iUoVUEsHCMFvVRETAAAABwAAAFBLAwQKAAkAAAC3Wndd6vm3YjMAAAAnAAAABQAAAHAudHh0oiWyrcSDVB46tGyOkvWHTILd8z8Lvh0HeFfpT04VOO78OsXZHAshTvKaA16datbdzspCUEsHCOr5t2IzAAAAJwAAAFBLAQIeAwoACQAAALdad13Bb1UREwAAAAcAAAAFAAAAAAAAAAEAAACkgQAAAABzLnR4dFBLAQIeAwoACQAAALdad13q+bdiMwAAACcAAAAFAAAAAAAAAAEAAACkgUYAAABwLnR4dFBLBQYAAAAAAgACAGYAAACsAAAAAAA="
	sparseGNU    = "H4sIAAAAAAACA+3QQQrCQAwF0BxlTiBKx/YgnqCgWwt1BI/v4Eq01UWpILy3+SFZBH6/KbcS69pWbc6PrF6zap7mut/t266LdIgfuF5KP6YU4zB87OHbfVE7eaaRPNHOggfN+/F0PgYAAAAAAAAAAAD/5w6xjQ2ZACgAAA=="
	sparsePAX    = "H4sIAAAAAAACA+3UzUrEMBQF4KzzFH2CNDc/TbroVl2JID5AcLKozLRDUqH49MaqOFRwNuPAMOfbpNxTKGl6KuqHMN/FsIkp10FM88ROThaNMctarFepzM/1MidSpFk1szN4zVNI5fHsOilV3d4/ibwPKUexCy9j6oivpv1QppIrezgdwi52yxfDNR0GKYZt7t9iR9J461quZRWmvtxNrrVGa+2loMY503jjP9LnX6ltv1IG/0rU5eQel4O76bdRkPP21P+BI/0nKfWq/5a0Y5U8Z//TOP655WP5enOX0n/+2dKGa/7dV4nWXY04bPASAAAAAAAAAAAAAAAAAAAALtw7GlYAFgAoAAA="
)

// member is a file in an archive to be.
type member struct{ name, content string }

func zipped(members ...member) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		f, err := w.Create(m.name)
		if err != nil {
			panic(err)
		}
		f.Write([]byte(m.content))
	}
	w.Close()
	return b.String()
}

func tarred(members ...member) string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		h := &tar.Header{Name: m.name, Size: int64(len(m.content)), Mode: 0o644}
		if strings.HasSuffix(m.name, "/") {
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			panic(err)
		}
		w.Write([]byte(m.content))
	}
	w.Close()
	return b.String()
}

// Members are taken and passed over as the files of a folder would be.
func TestArchives(t *testing.T) {
	members := []member{
		{"b/", ""},
		{"b/two.txt", "Two."},
		{"b/lines.jsonl", "{\"id\":\"j\",\"text\":\"Line.\"}\n{}"},
		{"a.html", "<title>T</title><p>Page."},
		{"photo.jpg", "\xFF\xD8\xFF"},
		{".hidden.txt", "Hidden."},
		{"b/.git/x.txt", "Hidden."},
		{"__MACOSX/a.txt", "Made by a system."},
		{"report.pdf", "%PDF-1.7"},
		{"plain", "No suffix."},
		{"raw", "\x00\x01\x02\x03\x04\x05\x06\x07"},
		{"empty.txt", ""},
		{"z.txt.gz", gzipped("Zipped.")},
		{"inner.zip", zipped(member{"x/deep.txt", "Deep."})},
		{"inner.tar.gz", gzipped(tarred(member{"deep.txt", "Deep too."}))},
		{"../up/./and/../away.txt", "Away."},
		{"na\x01me caf\x82.txt", "Named."},
		{`win\dows.txt`, "Slashes."},
		{"b/two.txt", "Two again."},
		{strings.Repeat("long/", 30) + "name.txt", "Long."},
	}
	want := func(name string) (lines []string) {
		for _, l := range []string{
			"@b/two.txt | @b/two.txt | Two.",
			"j | @b/lines.jsonl#1 | Line.",
			"! no_text | @b/lines.jsonl | 2 | 26 | @b/lines.jsonl#2",
			"@a.html | @a.html | Page.",
			"! unsupported | @report.pdf | 0 | -1 | ",
			"@plain | @plain | No suffix.",
			"! empty_file | @empty.txt | 0 | -1 | ",
			"@z.txt.gz | @z.txt.gz | Zipped.",
			"@inner.zip!/x/deep.txt | @inner.zip!/x/deep.txt | Deep.",
			"@inner.tar.gz!/deep.txt | @inner.tar.gz!/deep.txt | Deep too.",
			"@up/away.txt | @up/away.txt | Away.",
			"@na\uFFFDme café.txt | @na\uFFFDme café.txt | Named.",
			"@win/dows.txt | @win/dows.txt | Slashes.",
			"! duplicate_id | @b/two.txt | 0 | -1 | @b/two.txt",
			fmt.Sprintf("@%[1]s | @%[1]s | Long.", strings.Repeat("long/", 30)+"name.txt"),
		} {
			lines = append(lines, strings.ReplaceAll(l, "@", name+"!/"))
		}
		return lines
	}
	tarMembers := append(members[:15:15], members[17:]...) // whose names may not be anything
	tarWant := func(name string) []string {
		w := want(name)
		return append(w[:10:10], w[12:]...)
	}
	asZip, asTar := zipped(members...), tarred(tarMembers...)
	for _, c := range []struct {
		name, content string
		want          []string
	}{
		{"d/a.zip", asZip, want("d/a.zip")},
		{"d/a.tar", asTar, tarWant("d/a.tar")},
		{"d/a.tar.gz", gzipped(asTar), tarWant("d/a.tar.gz")},
		{"d/a.tgz", gzipped(asTar), tarWant("d/a.tgz")},
		{"d/a.tar.zst", zstandard(asTar), tarWant("d/a.tar.zst")},
		{"d/a.tar.lz4", lz4Frame(asTar), tarWant("d/a.tar.lz4")},
		{"d/plain", asZip, want("d/plain")},
	} {
		t.Run(c.name, func(t *testing.T) {
			files{c.name: c.content}.write(t)
			equal(t, read(t, ingest.Options{Workers: 1}, "d"), c.want...)
			equal(t, read(t, ingest.Options{Workers: 8}, c.name), c.want...)
			stdin := ingest.Options{Stdin: strings.NewReader(c.content), StdinName: c.name}
			equal(t, read(t, stdin, "-"), c.want...)
		})
	}
}

func TestArchivesRefused(t *testing.T) {
	text := member{"a.txt", strings.Repeat("The minister said nothing. ", 40)}
	nested := func(pack func(...member) string, ext string, depth int) string {
		s := pack(text)
		for range depth {
			s = pack(member{"in" + ext, s})
		}
		return s
	}
	flip := func(s string, at int) string { b := []byte(s); b[at] ^= 0xFF; return string(b) }
	one := zipped(text)
	two := zipped(text, member{"b.txt", "Fine."})
	tarTwo := tarred(text, member{"b.txt", "Fine."})
	cases := []struct {
		name, content string
		want          []string
	}{
		{"no members", zipped(), []string{"! no_files | x | 0 | -1 | "}},
		{"nothing to read", tarred(member{"photo.jpg", "\xFF\xD8"}), []string{"! no_files | x | 0 | -1 | "}},
		{"an office document", zipped(member{"_rels/.rels", "<a/>"}, member{"[Content_Types].xml", "<a/>"}, member{"word/document.xml", "<a/>"}), []string{"! unsupported | x | 0 | -1 | "}},
		{"an e-book", zipped(member{"mimetype", "application/epub+zip"}, member{"a.xhtml", "<p>A."}), []string{"! unsupported | x | 0 | -1 | "}},
		{"passwords", base64Of(encryptedZip), []string{"! encrypted | x!/s.txt | 0 | -1 | ", "! encrypted | x!/p.txt | 0 | -1 | "}},
		{"archives in archives", nested(zipped, ".zip", 2), []string{fmt.Sprintf("x!/in.zip!/in.zip!/a.txt | x!/in.zip!/in.zip!/a.txt | %s", text.content)}},
		{"and no more", nested(zipped, ".zip", 3), []string{"! too_nested | x!/in.zip!/in.zip!/in.zip | 0 | -1 | "}},
		{"tar likewise", nested(tarred, ".tar", 3), []string{"! too_nested | x!/in.tar!/in.tar!/in.tar | 0 | -1 | "}},
		{"a broken member", flip(two, 60), []string{"! bad_archive | x!/a.txt | 0 | -1 | ", "x!/b.txt | x!/b.txt | Fine."}},
		{"a list that is cut off", one[:len(one)-30], []string{"! bad_archive | x | 0 | -1 | "}},
		{"tar cut off in a member", tarTwo[:700], []string{"! bad_archive | x!/a.txt | 0 | -1 | "}},
		{"tar cut off in a header", tarTwo[:2100], []string{"x!/a.txt | x!/a.txt | " + text.content, "! bad_archive | x | 0 | -1 | "}},
		{"tar with a broken header", flip(tarTwo, 2048), []string{"x!/a.txt | x!/a.txt | " + text.content, "! bad_archive | x | 0 | -1 | "}},
		{"tar whose compression is cut off", gzipped(tarTwo)[:70], []string{"! corrupt_compression | x | 0 | -1 | "}},
		{"a file with holes", base64Of(sparseGNU), []string{"! unsupported | x!/a.txt | 0 | -1 | "}},
		{"the same by POSIX", base64Of(sparsePAX), []string{"! unsupported | x!/a.txt | 0 | -1 | "}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files{"x": c.content}.write(t)
			equal(t, read(t, ingest.Options{}, "x"), c.want...)
		})
	}
}

// Other methods of ZIP than the usual one.
func TestZipMethods(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(zstd.ZipMethodWinZip, zstd.ZipCompressor())
	for _, m := range []uint16{zip.Store, zstd.ZipMethodWinZip} {
		f, err := w.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("%d.txt", m), Method: m})
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte("Text."))
	}
	for _, m := range []struct {
		method uint16
		packed string
	}{{12, base64Of(packedBzip2)}, {95, base64Of(packedXz)}, {9, "deflate64"}} {
		f, err := w.CreateRaw(&zip.FileHeader{Name: fmt.Sprintf("%d.txt", m.method), Method: m.method, CRC32: 0x62B7F9EA,
			CompressedSize64: uint64(len(m.packed)), UncompressedSize64: uint64(len(packedText))})
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte(m.packed))
	}
	w.Close()
	files{"m.zip": b.String()}.write(t)
	equal(t, read(t, ingest.Options{}, "m.zip"),
		"m.zip!/0.txt | m.zip!/0.txt | Text.",
		"m.zip!/93.txt | m.zip!/93.txt | Text.",
		"m.zip!/12.txt | m.zip!/12.txt | "+packedText,
		"m.zip!/95.txt | m.zip!/95.txt | "+packedText,
		"! unsupported | m.zip!/9.txt | 0 | -1 | ")
}

// A ZIP archive that is no file of its own is held in memory, within the limit
// on a record.
func TestZipWithinLimits(t *testing.T) {
	z := zipped(member{"a.txt", "A text."})
	opts := ingest.Options{Stdin: strings.NewReader(z), MaxRecord: len(z) - 1}
	equal(t, read(t, opts, "-"), "! too_long | stdin | 0 | -1 | ")
	files{"z.zip": z}.write(t)
	equal(t, read(t, opts, "z.zip"), "z.zip!/a.txt | z.zip!/a.txt | A text.")
}

// Many members that are each too long end an archive as one would.
func TestZipBomb(t *testing.T) {
	one := member{"a.txt", strings.Repeat("x", 40<<20)}
	var members []member
	for i := range 12 {
		one.name = fmt.Sprintf("%d.txt", i)
		members = append(members, one)
	}
	members = append(members, member{"z.txt", "Never read."})
	files{"z.zip": zipped(members...)}.write(t)
	got := read(t, ingest.Options{MaxRecord: 32 << 20}, "z.zip")
	if n := len(got); n != 10 || got[0] != "! too_long | z.zip!/0.txt | 0 | -1 | " || !strings.HasPrefix(got[n-2], "! bomb | z.zip!/") || got[n-1] != "! bomb | z.zip | 0 | -1 | " {
		t.Errorf("%d results: %q", len(got), got)
	}
}

// A member that is a bomb ends the archives around it.
func TestBombInArchive(t *testing.T) {
	bomb := blow(gzipped, "", 'x', 400)
	inner := zipped(member{"a.txt", "A."}, member{"b.jsonl.gz", bomb}, member{"c.txt", "Never read."})
	files{"z.tar": tarred(member{"in.zip", inner}, member{"d.txt", "Never read."}), "z.txt": "Z."}.write(t)
	equal(t, read(t, ingest.Options{MaxRecord: 1 << 20}, "z.tar", "z.txt"),
		"z.tar!/in.zip!/a.txt | z.tar!/in.zip!/a.txt | A.",
		"! bomb | z.tar!/in.zip!/b.jsonl.gz | 1 | 269484032 | ",
		"! bomb | z.tar!/in.zip | 0 | -1 | ",
		"! bomb | z.tar | 0 | -1 | ",
		"z.txt | z.txt | Z.")
}

func TestProgressOfArchives(t *testing.T) {
	z := zipped(member{"a.txt", "A text."}, member{"b.jpg", "x"}, member{"c.css", "x"})
	files{"z.zip": z, "t.tar": tarred(member{"a.txt", "A text."}, member{"b.jpg", "x"})}.write(t)
	r, err := ingest.Open([]string{"z.zip", "t.tar"}, ingest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range r.Documents(t.Context()) {
		if err != nil {
			t.Error(err)
		}
	}
	if p := r.Progress(); p.Skipped != 3 || p.Files != 2 || p.Documents != 2 || p.Bytes < 2048 {
		t.Errorf("%+v", p)
	}
}
