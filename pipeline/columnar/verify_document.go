package columnar

import (
	"crypto/sha256"
	"encoding/hex"
	"hash/maphash"
	"slices"
	"strconv"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// documentCheck looks at one document after another, and at its rows.
type documentCheck struct {
	*shardCheck
	document, quote, claim, speaker Shard // the files

	n                                    int64 // the row of documents
	row                                  documentRow
	quotes                               []quoteRow
	claims                               []claimRow
	speakers                             []speakerRow
	firstQuote, firstClaim, firstSpeaker int64 // the number of their first rows

	chars charIndex
	id    []byte
	voice [][2]int32 // by speaker: its quotes and its claims
}

// place is a row of a file.
type place struct {
	file Shard
	row  int64
}

func (d *documentCheck) at(p place, kind FaultKind, column, format string, args ...any) {
	d.fault(kind, p.file, p.row, column, format, args...)
}

func (d *documentCheck) check() {
	d.chars.reset(d.row.text)
	d.docs = append(d.docs, maphash.String(d.seed, d.row.docID))
	d.voice = slices.Grow(d.voice[:0], len(d.speakers))[:len(d.speakers)]
	clear(d.voice)
	d.checkDocument()
	for i := range d.claims {
		d.checkClaim(i)
	}
	for i := range d.quotes {
		d.checkQuote(i)
	}
	for i := range d.speakers {
		d.checkSpeaker(i)
	}
	d.count()
}

func (d *documentCheck) checkDocument() {
	p, r := place{d.document, d.n}, &d.row
	if r.docID == "" {
		d.at(p, FaultIdentity, "doc_id", "empty")
	}
	for _, v := range []struct{ column, value string }{{"source", r.source}, {"language", r.language}} {
		if v.value == "" {
			d.at(p, FaultValue, v.column, "empty")
		}
	}
	if sum := sha256.Sum256([]byte(r.text)); hex.EncodeToString(sum[:]) != r.sha256 {
		d.at(p, FaultSpan, "sha256", "not that of the text")
	}
	if r.fingerprint != "" && !isFingerprint(r.fingerprint) {
		d.at(p, FaultValue, "fingerprint", "%q is none", r.fingerprint)
	}
	if r.duplicateOf != "" {
		d.originals = append(d.originals, maphash.String(d.seed, r.duplicateOf))
	}
	d.equal(p, "n_words", int64(r.nWords), int64(countWords(r.text)))
	d.equal(p, "n_quotes", int64(r.nQuotes), int64(len(d.quotes)))
	d.equal(p, "n_claims", int64(r.nClaims), int64(len(d.claims)))
	end := int64(0)
	for _, b := range r.blocks {
		d.offsets(p, "blocks", b.offsets)
		if b.startByte < end {
			d.at(p, FaultOrder, "blocks", "the block at byte %d begins before the one above it ends", b.startByte)
		}
		end = b.endByte
		_, ok := pipeline.ParseBlockKind(b.kind)
		d.known(p, "blocks.kind", b.kind, ok)
	}
	next := pipeline.LayerBlocks
	for _, name := range r.layers {
		for next <= pipeline.LayerStances && next.String() != name {
			next++
		}
		if next > pipeline.LayerStances {
			d.at(p, FaultValue, "layers", "%q is no layer, or stands out of order", name)
			break
		}
		next++
	}
	for _, made := range []struct {
		layer pipeline.Layer
		rows  int
	}{
		{pipeline.LayerBlocks, len(r.blocks)}, {pipeline.LayerQuotes, len(d.quotes)},
		{pipeline.LayerAttributions, len(d.claims)}, {pipeline.LayerSpeakers, len(d.speakers)},
	} {
		if made.rows > 0 && !d.has(made.layer) {
			d.at(p, FaultValue, "layers", "%s were not looked for, and %d are there", made.layer, made.rows)
		}
	}
}

func (d *documentCheck) has(l pipeline.Layer) bool { return slices.Contains(d.row.layers, l.String()) }

func (d *documentCheck) checkSpeaker(i int) {
	p, r := place{d.speaker, d.firstSpeaker + int64(i)}, &d.speakers[i]
	d.identity(p, "speaker_id", r.speakerID, 's', i)
	if r.name == "" {
		d.at(p, FaultValue, "name", "empty")
	}
	_, ok := pipeline.ParseSpeakerKind(r.kind)
	d.known(p, "kind", r.kind, ok)
	switch r.pronoun {
	case "", "he", "she", "they":
	default:
		d.known(p, "pronoun", r.pronoun, false)
	}
	for _, m := range r.mentions {
		d.span(p, "mentions", m.span)
		switch m.kind {
		case pipeline.MentionName.String(), pipeline.MentionNominal.String(), pipeline.MentionPronoun.String():
		default:
			d.known(p, "mentions.type", m.kind, false)
		}
	}
	d.equal(p, "n_quotes", int64(r.nQuotes), int64(d.voice[i][0]))
	d.equal(p, "n_claims", int64(r.nClaims), int64(d.voice[i][1]))
}

func (d *documentCheck) checkClaim(i int) {
	p, r := place{d.claim, d.firstClaim + int64(i)}, &d.claims[i]
	d.identity(p, "claim_id", r.claimID, 'c', i)
	if int(r.ordinal) != i {
		d.at(p, FaultOrder, "ordinal", "%d, not %d", r.ordinal, i)
	}
	_, ok := pipeline.ParseKind(r.kind)
	d.known(p, "kind", r.kind, ok)
	d.spans(p, "content", r.content)
	d.spans(p, "source", r.source)
	d.spans(p, "cue", r.cue)
	d.spans(p, "stance_evidence", r.stanceEvidence)
	switch {
	case len(r.content) == 0:
		d.at(p, FaultValue, "content", "empty")
	case r.text != joined(r.content):
		d.at(p, FaultSpan, "text", "%q is not the parts of content with a space between", r.text)
	}
	if i > 0 && len(r.content) > 0 && len(d.claims[i-1].content) > 0 {
		before := d.claims[i-1].content
		if follows(before[0].startByte, before[len(before)-1].endByte, r.content[0].startByte, r.content[len(r.content)-1].endByte) {
			d.at(p, FaultOrder, "content", "the claim stands in the text before that of the row above")
		}
	}
	if r.cueClass != "" && len(r.cue) == 0 {
		d.at(p, FaultValue, "cue_class", "%q without a cue", r.cueClass)
	}
	d.cueClass(p, r.cueClass)
	d.speakerOf(p, r.voiceRow, 1)
	d.stance(p, r.stanceRow)
	if r.stance == pipeline.Neutral.String() && len(r.stanceEvidence) > 0 {
		d.at(p, FaultValue, "stance_evidence", "not empty, and the stance is neutral")
	}
	d.probability(p, "confidence", r.confidence)
	_, ok = pipeline.ParseManner(r.attribution)
	d.known(p, "attribution", r.attribution, ok)
}

func (d *documentCheck) checkQuote(i int) {
	p, r := place{d.quote, d.firstQuote + int64(i)}, &d.quotes[i]
	d.identity(p, "quote_id", r.quoteID, 'q', i)
	if int(r.ordinal) != i {
		d.at(p, FaultOrder, "ordinal", "%d, not %d", r.ordinal, i)
	}
	if k, ok := pipeline.ParseKind(r.kind); !ok || k == pipeline.Indirect {
		d.known(p, "kind", r.kind, false)
	}
	if d.span(p, "text", r.span) {
		text := d.row.text
		if want := lastChars(text[:r.startByte], Context); r.before != want {
			d.at(p, FaultSpan, "before", "%q, where the text has %q", r.before, want)
		}
		if want := firstChars(text[r.endByte:], Context); r.after != want {
			d.at(p, FaultSpan, "after", "%q, where the text has %q", r.after, want)
		}
	}
	if i > 0 && follows(d.quotes[i-1].startByte, d.quotes[i-1].endByte, r.startByte, r.endByte) {
		d.at(p, FaultOrder, "start_byte", "the quote stands in the text before that of the row above")
	}
	if r.depth < 0 {
		d.at(p, FaultValue, "depth", "%d", r.depth)
	}
	if r.mention != nil {
		d.span(p, "mention", *r.mention)
	}
	if r.cue != nil {
		d.span(p, "cue", *r.cue)
	}
	_, ok := pipeline.ParseManner(r.attribution)
	d.known(p, "attribution", r.attribution, ok)
	d.cueClass(p, r.cueClass)
	d.claimOf(p, r)
	d.speakerOf(p, r.voiceRow, 0)
	if r.speakerID != "" && !r.attributed {
		d.at(p, FaultLink, "attributed", "false, and there is a speaker")
	}
	d.stance(p, r.stanceRow)
	d.probability(p, "confidence", r.confidence)
}

// follows reports whether a span stands before another in reading order: it
// begins first, or there and ends later.
func follows(startA, endA, startB, endB int64) bool {
	return startB < startA || startB == startA && endB > endA
}

// claimOf holds a quote to the claim that it names.
func (d *documentCheck) claimOf(p place, r *quoteRow) {
	if r.claimID == "" {
		if r.cue != nil || r.cueClass != "" {
			d.at(p, FaultLink, "cue", "there is a cue or its class, and no claim")
		}
		return
	}
	i, ok := d.index(r.claimID, 'c', len(d.claims))
	if !ok {
		d.at(p, FaultLink, "claim_id", "%q is none of the claims of this document", r.claimID)
		return
	}
	claim := &d.claims[i]
	if r.cueClass != claim.cueClass {
		d.at(p, FaultLink, "cue_class", "%q, and that of its claim is %q", r.cueClass, claim.cueClass)
	}
	if r.cue != nil && !slices.Contains(claim.cue, *r.cue) {
		d.at(p, FaultLink, "cue", "none of its claim's")
	}
}

// speakerOf holds a quote (of 0) or a claim (of 1) to the speaker that it
// names, and counts it.
func (d *documentCheck) speakerOf(p place, v voiceRow, of int) {
	if v.speakerID == "" {
		if v.speaker != "" || v.speakerKind != "" {
			d.at(p, FaultLink, "speaker_id", "null, and there is a speaker or its kind")
		}
		return
	}
	i, ok := d.index(v.speakerID, 's', len(d.speakers))
	if !ok {
		d.at(p, FaultLink, "speaker_id", "%q is none of the speakers of this document", v.speakerID)
		return
	}
	s := &d.speakers[i]
	d.voice[i][of]++
	if s.name != v.speaker {
		d.at(p, FaultLink, "speaker", "%q, and the speaker is %q", v.speaker, s.name)
	}
	if s.kind != v.speakerKind {
		d.at(p, FaultLink, "speaker_kind", "%q, and that of the speaker is %q", v.speakerKind, s.kind)
	}
}

// identity holds an id to how it is made: of the document's, of what the row
// is, and of its number.
func (d *documentCheck) identity(p place, column, id string, kind byte, n int) {
	if want := d.makeID(kind, n); id != string(want) {
		d.at(p, FaultIdentity, column, "%q, not %q", id, want)
	}
}

func (d *documentCheck) makeID(kind byte, n int) []byte {
	d.id = append(append(d.id[:0], d.row.docID...), '#', kind)
	d.id = strconv.AppendInt(d.id, int64(n), 10)
	return d.id
}

// index returns the number of the row, of n, that an id names.
func (d *documentCheck) index(id string, kind byte, n int) (int, bool) {
	prefix := len(d.row.docID) + 2
	if len(id) <= prefix {
		return 0, false
	}
	i, err := strconv.Atoi(id[prefix:])
	if err != nil || i < 0 || i >= n || id != string(d.makeID(kind, i)) {
		return 0, false
	}
	return i, true
}

func (d *documentCheck) stance(p place, r stanceRow) {
	position, ok := pipeline.ParsePosition(r.stance)
	d.known(p, "stance", r.stance, ok)
	if ok && position == pipeline.Neutral && r.stanceTarget != "" {
		d.at(p, FaultValue, "stance_target", "%q, and the stance is neutral", r.stanceTarget)
	}
	d.probability(p, "stance_confidence", r.stanceConfidence)
	for i, t := range r.targets {
		switch {
		case t.name == "":
			d.at(p, FaultValue, "targets.name", "empty")
		case slices.ContainsFunc(r.targets[:i], func(o targetRow) bool { return o.name == t.name }):
			d.at(p, FaultValue, "targets.name", "%q is there twice", t.name)
		}
		_, ok := pipeline.ParsePosition(t.stance)
		d.known(p, "targets.stance", t.stance, ok)
		d.probability(p, "targets.confidence", t.confidence)
		if t.mention != nil {
			d.span(p, "targets.mention", *t.mention)
		}
	}
}

func (d *documentCheck) cueClass(p place, name string) {
	_, ok := pipeline.ParseCueClass(name)
	d.known(p, "cue_class", name, ok)
}

func (d *documentCheck) known(p place, column, value string, ok bool) {
	if !ok {
		d.at(p, FaultValue, column, "%q is none of its values", value)
	}
}

func (d *documentCheck) probability(p place, column string, x float32) {
	if !(0 <= x && x <= 1) { // NaN too
		d.at(p, FaultValue, column, "%v is no probability", x)
	}
}

func (d *documentCheck) equal(p place, column string, got, want int64) {
	if got != want {
		d.at(p, FaultCount, column, "%d, counted %d", got, want)
	}
}

func (d *documentCheck) spans(p place, column string, list []span) {
	for i, s := range list {
		d.span(p, column, s)
		if i > 0 && s.startByte < list[i-1].startByte && column != "stance_evidence" {
			d.at(p, FaultOrder, column, "the spans are not in the order of the text")
		}
	}
}

// span holds offsets and words to the text.
func (d *documentCheck) span(p place, column string, s span) bool {
	if !d.offsets(p, column, s.offsets) {
		return false
	}
	if words := d.row.text[s.startByte:s.endByte]; words != s.text {
		d.at(p, FaultSpan, column, "the words are %q, the slice of the document %q", s.text, words)
		return false
	}
	return true
}

// offsets reports whether o is a span of the text, the same in both units.
func (d *documentCheck) offsets(p place, column string, o offsets) bool {
	text := d.row.text
	if o.startByte < 0 || o.startByte > o.endByte || o.endByte > int64(len(text)) {
		d.at(p, FaultSpan, column, "bytes [%d:%d) are no span of a text of %d bytes", o.startByte, o.endByte, len(text))
		return false
	}
	start, end := int(o.startByte), int(o.endByte)
	if !onBoundary(text, start) || !onBoundary(text, end) {
		d.at(p, FaultSpan, column, "bytes [%d:%d) cut a character in two", start, end)
		return false
	}
	if s, e := d.chars.at(start), d.chars.at(end); int64(s) != o.startChar || int64(e) != o.endChar {
		d.at(p, FaultSpan, column, "bytes [%d:%d) are code points [%d:%d), not [%d:%d)", start, end, s, e, o.startChar, o.endChar)
		return false
	}
	return true
}

// count adds the document to the totals.
func (d *documentCheck) count() {
	t := &d.totals
	t.Documents++
	t.Words += int64(d.row.nWords)
	t.Speakers += int64(len(d.speakers))
	for i := range d.quotes {
		t.countQuote(d.quotes[i].kind, d.quotes[i].attributed)
	}
	for i := range d.claims {
		t.countClaim(d.claims[i].kind)
	}
}

func (t *Totals) countQuote(kind string, attributed bool) {
	t.Quotes++
	switch kind {
	case pipeline.Direct.String():
		t.QuotesDirect++
	case pipeline.Mixed.String():
		t.QuotesMixed++
	}
	if attributed {
		t.Attributed++
	}
}

func (t *Totals) countClaim(kind string) {
	t.Claims++
	switch kind {
	case pipeline.Direct.String():
		t.ClaimsDirect++
	case pipeline.Mixed.String():
		t.ClaimsMixed++
	case pipeline.Indirect.String():
		t.ClaimsIndirect++
	}
}
