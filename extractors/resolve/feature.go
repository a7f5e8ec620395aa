package resolve

// anaphor is a class of phrases that are resolved alike.
type anaphor uint8

const (
	anaphorPerson  anaphor = iota // he, she
	anaphorThey                   // they
	anaphorIt                     // it, which
	anaphorNominal                // the minister
	anaphorBody                   // the ministry, the report
	numAnaphors
)

// feature is one thing that tells whether an entity is what a phrase stands
// for. Values are 0 or 1 but where noted.
type feature uint8

const (
	fNone         feature = iota // the candidate is nothing mentioned before
	fSameSentence                // its last mention stands in the same sentence
	fLastSentence                // in the one before
	fSecondLast
	fDistance     // logarithm of the sentences between, from the third
	fSameBlock    // in the same paragraph
	fNextBlock    // in the one before
	fSubject      // its last mention is a subject
	fOpening      // its last mention opens its sentence
	fOblique      // stands after a preposition
	fOwner        // is a possessive
	fSource       // is a source
	fLastTurn     // it is the source of the last attribution
	fTurnBefore   // of the one before that
	fSpeaks       // it is a source somewhere before
	fPronoun      // its last mention is a pronoun
	fSamePronoun  // the same pronoun
	fName         // its last mention is a name
	fQuoted       // its last mention stands in a quotation
	fContent      // in the content of the attribution of which the anaphor is the source
	fReported     // its last mention stands in what somebody else is reported to say
	fSubjectHere  // it was a subject in this sentence, outside what is reported
	fSubjectLast  // in the last sentence, likewise
	fSubjectLost  // it was one in neither, and its last mention is not one
	fMentions     // logarithm of its mentions before
	fFirst        // the nearest of the candidates
	fSecond       // the second nearest
	fSexAgrees    // strong evidence
	fSexMayAgree  // its given name
	fSexUnknown   //
	fSexMayClash  // its given name
	fThey         // it has been "they"
	fPlural       //
	fNameless     // a nominal entity
	fOrg          //
	fDoc          //
	fPersonUnsure // little tells that it is a person
	fSameHead     // described by the anaphor's noun, or the noun stands in its name
	fSameSense    // described by a noun that may stand for it
	fClash        // described by that noun with other modifiers
	fRole         // described as something else only
	fAhead        // the entity is first mentioned after the anaphor
	fOwnerIs      // the anaphor is owned by the candidate itself
	fKin          // the anaphor is kin of somebody who has the candidate's surname
	fNearestBody  // the nearest organization that has a name
	fAnyBody      // it may be a company, and the anaphor says only that it is some organization

	// Of the candidate that is nothing mentioned before.
	fGeneric  // the anaphor's noun says nothing but that it is a person, or a company
	fOwned    // it is owned: "her lawyer"
	fBare     // it has no determiner
	fHeadline // it stands in a headline
	numFeatures
)

var featureNames = [numFeatures]string{
	"none", "same_sentence", "last_sentence", "second_last", "distance", "same_block", "next_block", "subject",
	"opening", "oblique", "owner", "source", "last_turn", "turn_before", "speaks", "pronoun", "same_pronoun", "name",
	"quoted", "content", "reported", "subject_here", "subject_last", "subject_lost", "mentions", "first", "second", "sex_agrees", "sex_may_agree", "sex_unknown", "sex_may_clash",
	"they", "plural", "nameless", "org", "doc", "person_unsure", "same_head", "same_sense", "clash", "role",
	"ahead", "owner_is", "kin", "nearest_body", "any_body", "generic", "owned", "bare", "headline",
}

var anaphorNames = [numAnaphors]string{"person", "they", "it", "nominal", "body"}

// features is a candidate's. The zero value has none.
type features struct {
	set    uint64 // the features that values holds, as bits
	values [numFeatures]float32
}

const _ = uint(64 - numFeatures) // they fit

func (f *features) put(x feature, value float32) {
	f.set |= 1 << x
	f.values[x] = value
}

// is notes that a feature of value 0 or 1 is 1.
func (f *features) is(x feature) { f.put(x, 1) }

func (f *features) has(x feature) bool { return f.set>>x&1 != 0 }

// all returns the values of all features.
func (f *features) all() []float32 {
	values := make([]float32, numFeatures)
	for x := range values {
		if f.has(feature(x)) {
			values[x] = f.values[x]
		}
	}
	return values
}
