package ingest

import (
	"bytes"
	"fmt"
	"strconv"
)

// arcForm is the form of ARC, which came before WARC: a line of address, IP
// address, date, type and length, with more in between in version 2, and the
// answer of the server. See M. Burner and B. Kahle, "Arc File Format", Internet
// Archive, 1996.
type arcForm struct{}

func (arcForm) starts(b []byte) bool {
	line, _, whole := bytes.Cut(b, []byte("\n"))
	if !whole && len(line) < maxHead {
		return bytes.IndexByte(line, ':') > 0 // cannot be told
	}
	_, ok := arcLine(line)
	return ok
}

func (arcForm) head(b []byte) (h webHead, size int, err error) {
	line, _, whole := bytes.Cut(b, []byte("\n"))
	if !whole {
		return h, 0, nil
	}
	f, ok := arcLine(line)
	if !ok {
		return h, 0, fmt.Errorf("the line %q is not address, IP address, date, type and length", clip(string(bytes.ToValidUTF8(line, []byte("?"))), 80))
	}
	n, err := strconv.ParseInt(string(f.length), 10, 64)
	if err != nil || n < 0 {
		return h, 0, fmt.Errorf("its length is %q", clip(string(bytes.ToValidUTF8(f.length, []byte("?"))), 40))
	}
	h = webHead{kind: "response", address: webAddress(f.address), media: string(f.media), length: n}
	if bytes.HasPrefix(f.address, []byte("filedesc:")) {
		h.kind = "filedesc"
	}
	return h, len(line) + 1, nil
}

// arcFields are those of a record's line that are of use.
type arcFields struct{ address, media, length []byte }

// arcLine takes a record's line apart. Addresses may hold spaces, so that the
// date behind the IP address says where the fields are.
func arcLine(line []byte) (f arcFields, ok bool) {
	line = bytes.TrimRight(line, "\r ")
	if bytes.IndexByte(line, ':') <= 0 {
		return f, false
	}
	// The fields before the one at hand, and where that begins.
	var before []byte
	for at := 0; at < len(line); {
		end := bytes.IndexByte(line[at:], ' ')
		if end < 0 {
			break
		}
		token := line[at : at+end]
		if address, ok := beforeIP(before); ok && isArcDate(token) {
			f.address = address
			rest := line[at+end+1:]
			f.media, _, _ = bytes.Cut(rest, []byte(" "))
			f.length = rest[bytes.LastIndexByte(rest, ' ')+1:]
			return f, len(f.length) < len(rest) // there are two fields at least
		}
		before = line[:at+end]
		at += end + 1
	}
	return f, false
}

// beforeIP returns what stands before an IP address at the end of b.
func beforeIP(b []byte) ([]byte, bool) {
	i := bytes.LastIndexByte(b, ' ')
	if i <= 0 || i+1 == len(b) {
		return nil, false
	}
	for _, c := range b[i+1:] {
		if (c < '0' || c > '9') && c != '.' && c != ':' && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') && c != '-' {
			return nil, false
		}
	}
	return bytes.TrimRight(b[:i], " "), true
}

func isArcDate(b []byte) bool {
	if len(b) < 8 || len(b) > 20 {
		return false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
