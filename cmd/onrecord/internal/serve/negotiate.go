package serve

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html/charset"
)

// Media types of bodies.
const (
	mediaJSON   = "application/json"
	mediaNDJSON = "application/x-ndjson"
	mediaText   = "text/plain"
	mediaHTML   = "text/html"
)

// negotiate returns the one of the offers, the likeliest first, that the Accept
// headers like best, or "" where they leave all out. No header takes all.
func negotiate(h http.Header, offers ...string) string {
	accept := h.Values("Accept")
	if len(accept) == 0 {
		return offers[0]
	}
	best, bestQ := "", 0.0
	for _, offer := range offers {
		if q := quality(strings.Join(accept, ","), offer); q > bestQ {
			best, bestQ = offer, q
		}
	}
	return best
}

// quality is the weight of a media type in an Accept header, by the range that
// fits it most closely.
func quality(accept, media string) float64 {
	kind, _, _ := strings.Cut(media, "/")
	closest, q := 0, 0.0
	for r := range strings.SplitSeq(accept, ",") {
		name, params, _ := strings.Cut(r, ";")
		fit := 0
		switch strings.ToLower(strings.TrimSpace(name)) {
		case media:
			fit = 3
		case kind + "/*":
			fit = 2
		case "*/*":
			fit = 1
		}
		if fit <= closest {
			continue
		}
		closest, q = fit, 1
		for p := range strings.SplitSeq(params, ";") {
			if key, value, _ := strings.Cut(p, "="); strings.EqualFold(strings.TrimSpace(key), "q") {
				q, _ = strconv.ParseFloat(strings.TrimSpace(value), 64)
			}
		}
	}
	return q
}

// content is the type of a request's body.
type content struct {
	media   string
	charset string // a label that is known, or ""
}

// consumes returns the type of the body, and answers 415 where it is none of
// the media types, or in an encoding that is not known.
func (x *exchange) consumes(media ...string) (content, bool) {
	refuse := func(format string, args ...any) (content, bool) {
		x.w.Header().Set("Accept", strings.Join(media, ", ")) // RFC 9110, 12.5.1
		x.fail(problemf(http.StatusUnsupportedMediaType, "media_type", format, args...))
		return content{}, false
	}
	header := x.r.Header.Get("Content-Type")
	name, params, err := mime.ParseMediaType(header)
	if name == "" || err != nil || !slices.Contains(media, name) {
		return refuse("The Content-Type %.100q is none that is read here: send %s.", header, strings.Join(media, ", "))
	}
	c := content{name, params["charset"]}
	if c.charset == "" {
		return c, true
	}
	if e, label := charset.Lookup(c.charset); e == nil || label == "replacement" {
		return refuse("The charset %.100q is not known: send UTF-8, or name the charset by a label such as windows-1252.", c.charset)
	} else if (name == mediaJSON || name == mediaNDJSON) && label != "utf-8" {
		return refuse("The charset %.100q is not one of JSON: send it in UTF-8.", c.charset)
	}
	return c, true
}
