package people

// Rule says how a speaker came to its person, or why to none.
type Rule uint8

// Rules.
const (
	RuleNone         Rule = iota // nothing joins them
	RuleAlone                    // nobody else in the run has this name
	RuleName                     // the same name, but for case, diacritics, hyphens, titles
	RuleSpelling                 // a name spelled nearly the same
	RuleMiddle                   // with and without middle names
	RuleInitials                 // initials for given names
	RuleNickname                 // a short form of the given name
	RuleSuffix                   // with and without Jr, Sr, II
	RuleSurname                  // a surname, or a single name, by evidence
	RuleAbbreviation             // an organization's initials
	RuleUser                     // the user's file of people says so
	RuleApart                    // one of several bearers of the name, told apart
	RuleSingle                   // a single name that nothing joins
	RuleDescribed                // described, not named
	RuleUnnamed                  // an unnamed source
	RuleGroup                    // a group
	RuleDocument                 // a document
	numRules
)

var ruleNames = [numRules]string{
	"none", "alone", "same_name", "spelling", "middle_name", "initials", "nickname", "suffix", "surname", "abbreviation",
	"user", "told_apart", "single_name", "described", "unnamed", "group", "document",
}

func (r Rule) String() string { return ruleNames[r] }

// ParseRule is the inverse of [Rule.String].
func ParseRule(s string) (Rule, bool) {
	for r, n := range ruleNames {
		if n == s {
			return Rule(r), true
		}
	}
	return 0, false
}

// Nobody reports whether speakers of the rule have no person.
func (r Rule) Nobody() bool { return r >= RuleDescribed }

// Evidence is a set of what spoke for a link, or against another.
type Evidence uint16

// Pieces of evidence.
const (
	ForDescription Evidence = 1 << iota
	ForCompany              // others who speak in the articles
	ForOutlet
	ForTime
	AgainstDescription
	AgainstPronoun
	AgainstCompany
	AgainstRivals // other bearers are as likely
	ForProminence // no other bearer is met nearly as often
)

var evidenceNames = [...]string{
	"description", "company", "outlet", "time", "other description", "other pronoun", "other company", "other bearers", "prominence",
}

// Names lists the pieces in words.
func (e Evidence) Names() []string {
	var names []string
	for i, n := range evidenceNames {
		if e&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}
