package serve

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// problem is an error as RFC 9457 has it. Its detail names the cause and the
// remedy.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// problemType is what every type of problem begins with, its code behind it.
const problemType = "urn:onrecord:problem:"

const mediaProblem = "application/problem+json"

func problemf(status int, code, format string, args ...any) *problem {
	return &problem{problemType + code, http.StatusText(status), status, fmt.Sprintf(format, args...)}
}

func (p *problem) code() string { return strings.TrimPrefix(p.Type, problemType) }

// busy is the problem of a request for which there is no room. fail adds when to
// try again.
func busy(why string) *problem {
	return problemf(http.StatusServiceUnavailable, "busy", "The server is busy, as %s: try again in a second, or send fewer requests at once.", why)
}

// ingestProblem says why an article could not be read.
func ingestProblem(e *ingest.Error) *problem {
	at := ""
	if e.Byte >= 0 {
		at = fmt.Sprintf(" (at byte %d)", e.Byte)
	}
	return problemf(http.StatusUnprocessableEntity, string(e.Reason), "%s%s.", upper(e.Message), at)
}

// upper begins a sentence.
func upper(s string) string {
	if s != "" && 'a' <= s[0] && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}

// fail answers with a problem.
func (x *exchange) fail(p *problem) {
	if p.code() == "busy" {
		x.w.Header().Set("Retry-After", "1")
	}
	b, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	x.write(p.Status, mediaProblem, append(b, '\n'))
}
