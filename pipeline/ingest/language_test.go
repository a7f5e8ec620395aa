package ingest

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"github.com/onrecord-nlp/onrecord/internal/shared"
)

func TestLanguageOf(t *testing.T) {
	cases := []struct{ want, text string }{
		{"en", "The minister said on Tuesday that she would not resign, but that the vote had been a warning to the government."},
		{"de", "Der Minister sagte am Dienstag, er werde nicht zurücktreten, aber die Abstimmung sei eine Warnung für die Regierung."},
		{"fr", "Le ministre a déclaré mardi qu'il ne démissionnerait pas, mais que le vote était un avertissement pour le gouvernement."},
		{"es", "El ministro dijo el martes que no dimitirá, pero que la votación ha sido una advertencia para el gobierno."},
		{"it", "Il ministro ha detto martedì che non si dimetterà, ma che il voto è stato un avvertimento per il governo."},
		{"pt", "O ministro disse na terça-feira que não vai se demitir, mas que a votação foi um aviso para o governo."},
		{"nl", "De minister zei dinsdag dat hij niet zal aftreden, maar dat de stemming een waarschuwing voor de regering was."},
		{"sv", "Ministern sade på tisdagen att han inte kommer att avgå, men att omröstningen var en varning till regeringen och för partiet."},
		{"ru", "Министр заявил во вторник, что не уйдет в отставку, но голосование стало предупреждением."},

		{"de", "DER MINISTER SAGTE AM DIENSTAG, ER WERDE NICHT ZURÜCKTRETEN, ABER DIE ABSTIMMUNG SEI EINE WARNUNG FÜR DIE REGIERUNG."},
		{"af", "Die veerboot na die eiland sal nie meer vaar nie, het die minister gesê. Die inwoners is kwaad omdat hulle nou met 'n ompad van drie uur moet ry om by die hospitaal uit te kom."},
		{"ca", "El transbordador que uneix l'illa amb el port no tornarà a sortir fins al maig, segons ha dit la consellera. Els veïns es queixen que no hi ha cap altra manera d'arribar a l'hospital, però el govern diu que no té diners."},
		{"cs", "Trajekt na ostrov už letos nevyjede, uvedl ministr dopravy. Obyvatelé si stěžují, že se do nemocnice dostanou jen po silnici, která je v zimě často zavřená, ale vláda říká, že na opravu nemá peníze."},
		{"da", "Færgen til øen sejler ikke mere i år, siger ministeren. Beboerne er vrede over, at de nu skal køre tre timer for at komme til sygehuset, men regeringen siger, at der ikke er penge til en ny motor."},
		{"et", "Praam saarele sel aastal enam ei sõida, ütles minister. Elanikud on pahased, sest nad peavad nüüd haiglasse jõudmiseks kolm tundi autoga sõitma, kuid valitsus ütleb, et uue mootori jaoks ei ole raha."},
		{"fi", "Lautta saarelle ei kulje enää tänä vuonna, kertoo ministeri. Asukkaat ovat vihaisia, koska heidän on nyt ajettava kolme tuntia sairaalaan, mutta hallitus sanoo, että uuteen moottoriin ei ole rahaa."},
		{"hr", "Trajekt prema otoku ove godine više neće ploviti, rekao je ministar. Stanovnici su ljuti jer sada moraju voziti tri sata kako bi došli do bolnice, ali vlada kaže da nema novca za novi motor."},
		{"hu", "A komp idén már nem közlekedik a szigetre, mondta a miniszter. A lakók dühösek, mert most három órát kell autózniuk, hogy eljussanak a kórházba, de a kormány szerint nincs pénz új motorra."},
		{"id", "Feri ke pulau itu tidak akan berlayar lagi tahun ini, kata menteri. Warga marah karena mereka kini harus menempuh perjalanan tiga jam untuk sampai ke rumah sakit, tetapi pemerintah mengatakan tidak ada uang untuk mesin yang baru."},
		{"is", "Ferjan til eyjarinnar siglir ekki meira á þessu ári, segir ráðherra. Íbúar eru reiðir því að þeir þurfa nú að aka í þrjá tíma til að komast á sjúkrahús, en ríkisstjórnin segir að ekki sé til fé fyrir nýja vél."},
		{"lt", "Keltas į salą šiemet daugiau neplauks, sakė ministras. Gyventojai pikti, nes dabar jie turi tris valandas važiuoti iki ligoninės, tačiau vyriausybė sako, kad pinigų naujam varikliui nėra."},
		{"lv", "Prāmis uz salu šogad vairs nekursēs, teica ministrs. Iedzīvotāji ir dusmīgi, jo viņiem tagad jābrauc trīs stundas līdz slimnīcai, bet valdība saka, ka naudas jaunam motoram nav un arī nebūs."},
		{"no", "Ferjen til øya går ikke mer i år, sier statsråden. Innbyggerne er sinte fordi de nå må kjøre i tre timer for å komme til sykehuset, men regjeringen sier at det ikke finnes penger til en ny motor."},
		{"pl", "Prom na wyspę w tym roku już nie popłynie, powiedział minister. Mieszkańcy są źli, ponieważ do szpitala muszą teraz jechać trzy godziny, ale rząd mówi, że nie ma pieniędzy na nowy silnik."},
		{"ro", "Feribotul spre insulă nu va mai circula anul acesta, a spus ministrul. Locuitorii sunt supărați pentru că trebuie să meargă trei ore cu mașina până la spital, dar guvernul spune că nu are bani pentru un motor nou."},
		{"sk", "Trajekt na ostrov sa tento rok už nevydá, povedal minister. Obyvatelia sa hnevajú, že do nemocnice sa dostanú len po ceste, ktorá je v zime často zavretá, ale vláda hovorí, že na nový motor nemá peniaze."},
		{"sl", "Trajekt na otok letos ne bo več vozil, je povedal minister. Prebivalci so jezni, ker se morajo zdaj voziti tri ure, da pridejo do bolnišnice, vlada pa pravi, da za nov motor ni denarja."},
		{"sq", "Trageti për në ishull nuk do të lundrojë më këtë vit, tha ministri. Banorët janë të zemëruar sepse tani duhet të udhëtojnë tri orë me makinë për të arritur në spital, por qeveria thotë se nuk ka para për një motor të ri."},
		{"sw", "Kivuko cha kwenda kisiwani hakitasafiri tena mwaka huu, alisema waziri. Wakazi wana hasira kwa sababu sasa ni lazima wasafiri kwa saa tatu ili kufika hospitali, lakini serikali inasema kuwa haina fedha za injini mpya."},
		{"tl", "Hindi na maglalayag ang ferry papunta sa isla ngayong taon, ayon sa kalihim. Galit ang mga residente dahil kailangan na nilang magbiyahe nang tatlong oras para makarating sa ospital, pero sinabi ng pamahalaan na walang pera para sa bagong makina."},
		{"tr", "Bakan, adaya giden feribotun bu yıl artık sefer yapmayacağını söyledi. Ada sakinleri hastaneye ulaşmak için üç saat yol gitmek zorunda oldukları için öfkeli, ancak hükümet yeni bir motor için para olmadığını belirtti."},
		{"vi", "Bộ trưởng cho biết chuyến phà ra đảo sẽ không còn chạy trong năm nay. Người dân tức giận vì bây giờ họ phải đi xe ba giờ để đến bệnh viện, nhưng chính phủ nói rằng không có tiền cho một động cơ mới."},

		{"bg", "Фериботът до острова няма да плава повече тази година, каза министърът. Жителите са ядосани, защото сега трябва да пътуват три часа до болницата, но правителството казва, че няма пари за нов двигател."},
		{"sr", "Трајект до острва ове године више неће пловити, рекао је министар. Становници су љути јер сада морају да возе три сата да би дошли до болнице, али влада каже да нема новца за нови мотор."},
		{"uk", "Пором на острів цього року більше не ходитиме, сказав міністр. Мешканці обурені, бо тепер до лікарні треба їхати три години, але уряд каже, що грошей на новий двигун немає."},
		{"und-Cyrl", "Утрауга паром быел башкача йөрмәячәк, диде министр. Халык ачулы, чөнки хәзер хастаханәгә өч сәгать барырга кирәк, әмма хөкүмәт яңа двигательгә акча юк дип белдерә."},
		{"el", "Το πλοίο για το νησί δεν θα ξαναπλεύσει φέτος, είπε ο υπουργός. Οι κάτοικοι είναι θυμωμένοι."},
		{"ar", "قال الوزير إن العبارة إلى الجزيرة لن تبحر مرة أخرى هذا العام، والسكان غاضبون من ذلك لأن عليهم السفر ثلاث ساعات إلى المستشفى."},
		{"fa", "وزیر گفت که کشتی به جزیره امسال دیگر حرکت نخواهد کرد. مردم از این تصمیم خشمگین هستند و باید سه ساعت تا بیمارستان بروند."},
		{"ur", "وزیر نے کہا کہ جزیرے کے لیے کشتی اس سال نہیں چلے گی۔ لوگ ناراض ہیں کیونکہ ان کو ہسپتال تک تین گھنٹے کا سفر کرنا پڑتا ہے۔"},
		{"he", "השר אמר כי המעבורת אל האי לא תפליג עוד השנה, והתושבים כועסים על ההחלטה."},
		{"hi", "मंत्री ने कहा कि द्वीप के लिए नौका इस साल नहीं चलेगी। लोग नाराज हैं क्योंकि अस्पताल तक तीन घंटे का सफर करना पड़ता है।"},
		{"ne", "मन्त्रीले यो वर्ष टापुमा डुङ्गा नचल्ने बताएका छन्। अस्पताल पुग्न तीन घण्टा लाग्ने भएको छ र मानिसहरू रिसाएका छन्।"},
		{"bn", "মন্ত্রী বলেছেন, দ্বীপে যাওয়ার ফেরি এ বছর আর চলবে না।"},
		{"ta", "தீவுக்குச் செல்லும் படகு இந்த ஆண்டு இனி இயங்காது என்று அமைச்சர் கூறினார்."},
		{"th", "รัฐมนตรีกล่าวว่าเรือข้ามฟากไปเกาะจะไม่ให้บริการอีกในปีนี้"},
		{"ka", "მინისტრმა თქვა, რომ ბორანი კუნძულზე წელს აღარ გავა."},
		{"hy", "Նախարարն ասաց, որ լաստանավն այս տարի այլևս չի գնա կղզի։"},
		{"am", "ሚኒስትሩ ወደ ደሴቱ የሚሄደው ጀልባ በዚህ ዓመት እንደማይጓዝ ተናገሩ።"},
		{"ko", "장관은 섬으로 가는 여객선이 올해는 더 이상 운항하지 않을 것이라고 말했다."},
		{"ja", "大臣は、島への渡し船は今年はもう運航しないと述べた。住民は怒っている。"},
		{"zh", "部长表示，今年前往该岛的渡轮将不再航行。居民对此感到愤怒。"},
		{"und-Zzzz", "ᎠᏂᏴᏫᏯᎢ ᎤᎾᏓᏡᎬ ᎠᏰᎵ ᎦᏚᎲ ᎢᎦ ᎤᏂᏃᎮᎸ"}, // Cherokee

		// Of a language without a list it is known that it is not English.
		{"und-Latn", strings.Repeat("Tseba ea naheng lotho mokhatlo, ntate moholo bolela hantle thuso ntho kaofela mosebetsi letsatsing tumelong. ", 5)},

		// Too little to tell by.
		{"und", "Liverpool 2 Everton 1, Chelsea 0 Arsenal 3, Spurs 1 Leeds 1"},
		{"und", "Yes."},
		{"und", "Да."},
		{"und", "12.5 + 3 = 15.5 (!)"},
		{"und", ""},
	}
	for _, c := range cases {
		if got := LanguageOf(c.text); got != c.want {
			t.Errorf("%q: got %s, want %s", c.text, got, c.want)
		}
	}
}

const german = "Die Fähre zur Insel fährt in diesem Jahr nicht mehr, sagte der Minister. Die Bewohner sind wütend, weil sie jetzt drei Stunden bis zum Krankenhaus fahren müssen. "

// TestEnglishStays: an English article is English whatever else stands in it.
func TestEnglishStays(t *testing.T) {
	const (
		chinese = "部长表示，今年前往该岛的渡轮将不再航行。居民对此感到愤怒。"
		short   = "The minister said on Tuesday that she would not resign, but that the vote had been a warning to the government. "
	)
	for what, text := range map[string]string{
		"in capitals":                 strings.ToUpper(article),
		"every word capitalized":      capitalized(article),
		"after a German one as long":  strings.Repeat(german, len(article)/len(german)+1) + "\n\n" + article,
		"with a Chinese translation":  article + "\n" + strings.Repeat(chinese, 3),
		"with a quotation in French":  short + "“Je ne démissionnerai pas, mais le vote est un avertissement pour le gouvernement”, she said.",
		"with Spanish names":          short + strings.Repeat("Juan de la Cruz of Los Angeles, María de los Ángeles y Ortega of El Paso, and Luis del Río of Las Vegas. ", 4),
		"with results":                short + strings.Repeat("Real Sociedad 2 Real Betis 1; Bayern 3 Borussia 0; La Coruña 1 Las Palmas 1; St. Pauli 0 Köln 2\n", 8),
		"of one sentence":             short,
		"a list of ingredients":       "You need these:\n" + strings.Repeat("2 cups flour\n1 teaspoon baking soda\n3 eggs\nhalf a cup of milk, with the skin taken off\n", 5),
		"with a long piece of German": short + short + short + german + short + german,
	} {
		if got := LanguageOf(text); got != "en" {
			t.Errorf("%s: got %s", what, got)
		}
	}
	// These are not told from other texts without sentences, but are not taken
	// for another language either.
	for what, text := range map[string]string{
		"Spanish names":    strings.Repeat("Juan de la Cruz, Los Angeles; Luis del Río, El Paso; Ana y Eva de Las Vegas; ", 10),
		"results":          strings.Repeat("Real Sociedad 2 Real Betis 1; Bayern 3 Borussia 0; La Coruña 1 Las Palmas 1; St. Pauli 0 Köln 2\n", 10),
		"stocks":           strings.Repeat("Open 201.30 Close 203.11 Volume 1.2m Change +0.4%\n", 30),
		"German stocks":    short + strings.Repeat("ADS.DE 201.30 +1.2% | SAP.DE 175.11 -0.4% | BMW.DE 99.02 +0.1%\n", 20),
		"names of players": strings.Repeat("Van de Beek, De Ligt, Van der Sar, De Gea, Di María, El Shaarawy, De la Fuente\n", 10),
	} {
		if got := LanguageOf(text); got != "en" && got != "und" {
			t.Errorf("%s: got %s", what, got)
		}
	}
}

func capitalized(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, " ")
}

// TestEnglishFurniture: a menu and a notice in English make no English article
// of one in another language.
func TestEnglishFurniture(t *testing.T) {
	const notice = "Sign up for our newsletter. By using this site you agree to the terms. All rights reserved. "
	if got := LanguageOf(notice + strings.Repeat(german, 4) + notice); got != "de" {
		t.Errorf("got %s", got)
	}
}

// TestLanguageWords: every list has enough words, all of one script, and every
// tag is one.
func TestLanguageWords(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range functionWords {
		if _, err := language.Parse(l.tag); err != nil || seen[l.tag] {
			t.Errorf("%s: %v, or twice", l.tag, err)
		}
		seen[l.tag] = true
		words := strings.Fields(l.words)
		if len(words) < 12 {
			t.Errorf("%s: only %d words", l.tag, len(words))
		}
		script := scriptOf([]rune(words[0])[0])
		for _, w := range words {
			for _, r := range w {
				if scriptOf(r) != script {
					t.Errorf("%s: %q is not of one script", l.tag, w)
				}
			}
			if w != strings.ToLower(w) {
				t.Errorf("%s: %q is capitalized", l.tag, w)
			}
		}
	}
	for _, tag := range scriptTags {
		if _, err := language.Parse(tag); err != nil {
			t.Errorf("%s: %v", tag, err)
		}
	}
	for i := 1; i < len(scriptBlocks); i++ {
		if scriptBlocks[i-1].last >= scriptBlocks[i].first {
			t.Errorf("block %d overlaps the one before", i)
		}
	}
	if n := len(functionWords); n >= englishAlone {
		t.Errorf("%d languages, where there is room for %d", n, englishAlone)
	}
}

func FuzzLanguageOf(f *testing.F) {
	for _, s := range []string{article, german, "部长表示", "ĲSSEL", "\xff\xfe", strings.Repeat("é", 5000), strings.Repeat("a ", 3000), strings.Repeat("\x80", 5000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := LanguageOf(s)
		if got != LanguageOf(s) {
			t.Error("not the same again")
		}
		if _, err := language.Parse(got); err != nil {
			t.Errorf("%q: %v", got, err)
		}
	})
}

// TestMeasureLanguage tells the language of real articles, and of their
// first 200 bytes and paragraphs of as many and more, where they are at hand.
func TestMeasureLanguage(t *testing.T) {
	for _, c := range []struct {
		file, want string
		articles   float64 // the least share, in percent, that is told right
		paragraphs float64
		others     int // articles in another language, read and judged
	}{
		{"polnear/train.jsonl", "en", 100, 98.5, 0},
		{"polnear/dev.jsonl", "en", 100, 98.5, 0},
		{"basil/articles.jsonl", "en", 100, 98.5, 0},
		{"html_news/gold.jsonl", "en", 100, 98.5, 3}, // two in Italian, one in Spanish
		{"german/train.jsonl", "de", 99.8, 98.5, 0},
		{"german/dev.jsonl", "de", 99.8, 98.5, 0},
	} {
		f, err := os.Open(shared.Path(t, "data/"+c.file))
		if err != nil {
			t.Skip("no articles: ", err)
		}
		defer f.Close()
		var all, right, refused, pieces, piecesRight, piecesRefused int
		lines := bufio.NewScanner(f)
		for lines.Buffer(nil, 16<<20); lines.Scan(); {
			var a struct{ Text string }
			if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
				t.Fatal(c.file, ": ", err)
			}
			if len(a.Text) < languageBytes {
				continue
			}
			all++
			whole := LanguageOf(a.Text)
			if whole == c.want {
				right++
			} else if whole != und {
				refused++
				continue // its paragraphs are no English ones
			}
			for p := range strings.Lines(a.Text[:languageBytes] + "\n" + a.Text) {
				if len(p) < languageBytes {
					continue
				}
				pieces++
				if got := LanguageOf(p); got == c.want {
					piecesRight++
				} else if got != und {
					piecesRefused++
				}
			}
		}
		if err := lines.Err(); err != nil {
			t.Fatal(c.file, ": ", err)
		}
		share := func(n, of int) float64 { return 100 * float64(n) / float64(of) }
		t.Logf("%-22s %s: of %4d articles %.2f%%, %d in another language; of %5d paragraphs %.2f%%, %d in another language",
			c.file, c.want, all, share(right, all-c.others), refused, pieces, share(piecesRight, pieces), piecesRefused)
		if c.want == "en" && piecesRefused > 0 {
			t.Errorf("%s: %d English paragraphs are taken for another language", c.file, piecesRefused)
		}
		if refused > c.others || share(right, all-c.others) < c.articles || share(piecesRight, pieces) < c.paragraphs {
			t.Errorf("%s: worse than %.1f%% of articles and %.1f%% of paragraphs", c.file, c.articles, c.paragraphs)
		}
	}
}
