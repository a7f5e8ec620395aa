package people

import "strings"

func set(words string) map[string]bool {
	m := make(map[string]bool)
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// titles may stand before a name and are no part of it.
var titles = set(`mr mrs ms miss mx dr prof professor sir dame lord lady rev reverend fr hon judge justice sen
	senator rep representative congressman congresswoman gov governor president vp mayor minister secretary
	chancellor ambassador cllr councillor councilman councilwoman councilor gen general col colonel lt capt captain
	maj major sgt sergeant cpl adm admiral cmdr brig det detective insp inspector supt pc constable chief king
	queen prince princess duke pope cardinal bishop archbishop rabbi imam sheikh shaikh ayatollah speaker coach
	sister brother your our herr frau monsieur mme madame shri smt señor senor señora senora ex former then the`)

// honours may stand behind one.
var honours = set(`mp mep msp ms mla phd md jd esq obe mbe cbe kbe kc qc rn dds frs inc ltd llc plc llp corp co gmbh ag sa`)

// suffixes tell bearers of one name in a family apart.
var suffixes = map[string]string{
	"jr": "jr", "junior": "jr", "jnr": "jr", "sr": "sr", "senior": "sr", "snr": "sr", "ii": "ii", "iii": "iii", "iv": "iv",
}

var particles = set(`de da di do dos das del della der den van von la le du el al bin ibn ben abu ter st santa mac zu af av`)

// shortForms lists for a short form of a given name those that it may stand
// for; those that are their beginning (Dan for Daniel) need no place here.
var shortForms = func() map[string][]string {
	m := make(map[string][]string)
	for line := range strings.Lines(`abby abigail
al albert alan alfred alexander
alex alexander alexandra
andy andrew
becky rebecca
beth elizabeth
betsy elizabeth
bill william
billy william
bob robert
bobby robert
cathy catherine
charlie charles
chuck charles
dave david
debbie deborah
dick richard
don donald
drew andrew
ed edward edwin edmund
eddie edward
ellie eleanor
gabby gabriela gabrielle
gene eugene
gerry gerald gerard
gus augustus
hank henry
harry harold henry
jack john
jackie jacqueline
jake jacob
jeff jeffrey geoffrey
jenny jennifer
jerry gerald jerome jeremiah
jim james
jimmy james
joe joseph
johnny john
jon jonathan
kate katherine catherine
kathy katherine kathleen
katie katherine
kit christopher katherine
larry lawrence
leo leonard
libby elizabeth
liz elizabeth
maggie margaret
mandy amanda
manny manuel
matt matthew
meg margaret
mick michael
mike michael
molly mary
nate nathan nathaniel
ned edward
nell eleanor helen
nick nicholas
patty patricia
peg margaret
peggy margaret
penny penelope
pete peter
polly mary
randy randall randolph
ray raymond
rick richard
ricky richard
rob robert
robbie robert
ron ronald
rudy rudolph
russ russell
sally sarah
sandy alexander sandra
sasha alexander alexandra
steve stephen steven
sue susan suzanne
ted edward theodore
terry terence theresa
tim timothy
tina christina
tom thomas
tommy thomas
toni antonia
tony anthony
trish patricia
val valerie
vicky victoria
vince vincent
wally walter
wendy gwendolyn
will william
zach zachary`) {
		words := strings.Fields(line)
		m[words[0]] = words[1:]
	}
	return m
}()

// leaders stand before a description: no organization is told from another by
// them.
var leaders = set(`the a an his her its their our my your this that these those another some any one both all each every no
	own local state federal national former new other same big main`)

// generic are the nouns that describe an organization and do not name it.
var generic = set(`company companies firm firms group groups police government governments ministry department office agency agencies
	council court courts union unions party parties team teams board committee commission campaign administration
	state states city county country bank banks hospital school schools university college church army navy military force
	forces club league association federation organization organisation charity trust fund foundation institute think tank
	newspaper paper magazine outlet station network website site publication media press brand business bosses owner
	operator developer manufacturer retailer airline studio label parliament senate congress house cabinet treasury embassy
	authority authorities regulator watchdog service services corporation industry pac pacs convention panel jury
	prosecution defense defence opposition camp side family staff management leadership body unit branch division bureau
	town village community tribe nation public service center centre coalition alliance movement research plant
	publisher producer startup start-up investor investors partnership partner partners project program programme
	co-op cooperative co-operative consortium parent subsidiary`)

// field is what somebody does, roughly.
type field uint16

const (
	politics field = 1 << iota
	law
	business
	sport
	arts
	media
	science
	health
	faith
	military
	cause
	crime
)

// apart lists for a field those that hardly one person has with it.
var apart = map[field]field{
	politics: sport | arts | health | crime,
	law:      sport | arts | health | faith,
	business: sport | crime,
	sport:    politics | law | business | science | health | faith | military,
	arts:     politics | law | science | health | military,
	media:    health | military | crime,
	science:  sport | arts | military | crime,
	health:   politics | law | sport | arts | media | military,
	faith:    law | sport,
	military: sport | arts | media | science | health,
	crime:    politics | business | media | science,
}

// fields says of the nouns of descriptions in which field they are.
var fields = func() map[string]field {
	m := make(map[string]field)
	for f, words := range map[field]string{
		politics: `minister president premier chancellor senator sen representative rep governor gov mayor congressman congresswoman
			councillor councilor councilman councilwoman mp mep lawmaker legislator politician candidate nominee frontrunner republican
			democrat democratic republicans gop conservative labour whip cabinet parliament senate house speaker party ambassador diplomat envoy
			strategist pollster`,
		law:      `judge justice firefighter lawyer attorney prosecutor solicitor barrister police constable sheriff detective inspector counsel sergeant`,
		business: `ceo cfo coo executive businessman businesswoman entrepreneur billionaire investor banker founder analyst trader manager owner broker managing finance`,
		sport: `striker midfielder defender goalkeeper footballer quarterback pitcher catcher winger coach player athlete boxer
			manager golfer cricketer batsman bowler swimmer sprinter cyclist jockey linebacker cornerback outfielder infielder referee rider skater gymnast`,
		arts:     `actor actress singer musician rapper filmmaker novelist playwright painter artist sculptor composer drummer guitarist bassist dancer comedian designer choreographer`,
		media:    `journalist reporter editor correspondent columnist broadcaster presenter anchor host commentator blogger publisher`,
		science:  `professor scientist researcher economist historian biologist physicist chemist geologist epidemiologist sociologist psychologist academic scholar lecturer dean engineer astronomer`,
		health:   `doctor nurse midwife surgeon physician paramedic gp psychiatrist dentist pharmacist`,
		faith:    `dean pope bishop archbishop cardinal priest pastor rabbi imam vicar reverend ayatollah`,
		military: `soldier colonel admiral lieutenant commander airman sailor brigadier`,
		cause:    `activist campaigner organizer organiser unionist union advocate`,
		crime:    `suspect defendant killer gunman murderer rapist inmate burglar thief`,
	} {
		for w := range strings.FieldsSeq(words) {
			m[w] |= f
		}
	}
	return m
}()

// idle are words of descriptions that say nothing of who is described.
var idle = set(`a an the of for in on at to and or with by from as who whose that this its his her their our my former ex new
	then longtime veteran senior deputy acting assistant chief head lead leading vice top boss member one man woman
	people person mr mrs ms dr us u s it is was has been more most out after before during about than`)
