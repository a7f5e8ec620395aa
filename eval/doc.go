// Package eval scores documents against gold documents: it matches what was
// found with what should have been, counts, and reports figures with intervals.
//
// Gold and prediction are the same type, [pipeline.Document], so the same call
// scores a system against gold, one system against another ([Compare]), and
// one labelling against a second one (agreement). Only layers that the gold
// document has are scored. The package knows no extractor: [Predict] runs the
// stages that it is handed, end to end or on gold upstream layers.
//
// # Measures
//
// Figures are percentages. A figure's key is NAME[.SLICE].STAT: NAME from the
// list below; SLICE a kind (direct, mixed, indirect), a class, or a group of
// documents (genre:wire, split:dev, outlet:example.org); STAT one of p, r, f1,
// accuracy, macro_f1.
//
//	polnear.*             the family that the attribution literature on PolNeAR compares by, see below
//	quotes                uttered quotes found: the same inside of the marks, white space and a closing comma apart
//	quotes.source         and the words that name the source are right
//	quotes.speaker        and the speaker's name is right, case, articles and honorifics apart
//	quotes.speaker_loose  and the words of one name all stand in the other
//	quotes.speaker.found, .found_loose   of found quotes: the speaker's name is right, or right by the looser measure
//	quotes.speaker_kind   of found quotes with a speaker: the kind of speaker
//	quotes.speaker.by_name, .by_nominal, .by_pronoun, .by_none   of found quotes whose speaker the gold mentions
//	                      beside them in this form, or not at all: the speaker's name is right
//	quotes.kind           of found quotes: direct or mixed
//	claims                contents found: matched one to one, best first, at intersection over union of at least one half
//	claims.exact          contents found with exactly the same word characters, a leading "that" apart
//	claims.source         found, and the source shares a word character with the gold source
//	claims.speaker, claims.speaker_loose, claims.speaker_kind   as with quotes
//	claims.cue            found, and the cue shares a word character with the gold cue
//	claims.cue_exact      found, and the cue has exactly the same word characters
//	claims.kind           of found claims: direct, mixed or indirect
//	stance.quotes, stance.claims   of found ones: the position (accuracy, macro-F1, and F1 a class)
//	stance.quotes.target, stance.claims.target   of found ones to which both sides give support or opposition: the target
//	                      has a content word of the gold target, or is the same
//	stance.quotes.with_target, stance.claims.with_target   as stance.quotes, stance.claims, but that support or opposition
//	                      is right only if its target is, too; where the gold names no target the position is enough
//	cue_class             of found claims with a cue: its class
//	blocks                the kind of block that each word character lies in
//	blocks.body_kept      share of the body's word characters that lie in blocks from which statements are taken
//	blocks.boilerplate_excluded, blocks.furniture_excluded   share of boilerplate's (all furniture's) that lie elsewhere
//	speakers.mentions     mentions of speakers found
//	speakers.b3           mentions grouped by speaker, B³ (Bagga and Baldwin 1998)
//
// Of articles whose gold holds only some of the mentions
// ([goldform.Article.SomeMentions]), speakers.b3 counts predicted mentions that
// match a gold one and no others, and speakers.mentions counts nothing.
//
// Precision counts what was predicted, recall what is in the gold; a slice by
// kind uses the predicted kind for one and the gold kind for the other.
//
// The polnear family has three parts. quoted: every pair of double quotation
// marks is one decision, attributed speech or not; a document says yes by
// covering at least half of it with a content (det), and the source must be
// right too (attr). rel, rel_src: contents matched as in claims, and with the
// right source; exact: the first and last word character agree. soft: P, R and
// F1 weighted by overlap (Johansson and Moschitti 2013).
//
// Beside a figure of classes stands what the most frequent class of the gold,
// always guessed, would score (with_target: guessed and with no target), and
// beside any what other simple rules score that are handed in as predictions
// ([Baseline]).
//
// Beside the figures a report holds tables of classes taken for one another
// ([Confusion]) and of how far confidences can be believed ([Reliability]).
// [Cases] lists what was wrong, and [Changes] what became of each wrong case
// between two sets of predictions.
//
// Intervals are percentile intervals of a bootstrap over documents with a
// fixed seed, so that the same input gives the same report.
package eval
