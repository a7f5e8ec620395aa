// Package people joins the speakers of many documents into people and
// organizations.
//
// It reads each document's speakers, with its outlet and date, twice: once by
// [Builder.Add], which keeps of each name what tells its bearers apart, and once
// by [Register.Link], which says of each speaker who it is, by which rule, and
// how sure that is. [Register.People] then counts what each of them said.
//
// Speakers of one full name are one person unless description, pronoun and
// company (who else speaks in the articles) speak against it. Other spellings,
// initials, middle names and short forms of given names are joined where the
// evidence outweighs what such names have in common by chance, and where no
// other bearer is as likely. A surname alone is joined with a bearer by evidence
// only. Organizations are joined by their name, and by an abbreviation that an
// article uses for it. What is described and not named ("a spokeswoman", "the
// company"), groups and documents are nobody's.
//
// The evidence is added up as log-odds, each piece from how often it is met
// between mentions of one person and by chance (Fellegi and Sunter, A theory for
// record linkage, 1969). Names are compared within blocks of one surname, or of
// surnames that sound alike, and never all with all.
//
// The same documents give the same people and ids in whatever order they come.
// What is kept of a name is bounded by choosing, of more than is kept, those with
// the least hash, which no order changes (bottom-k sketches: Cohen and Kaplan,
// Summarizing data using bottom-k sketches, 2007). Memory grows with the
// number of distinct names and descriptions, and of single names that nothing
// joins; not with documents.
package people
