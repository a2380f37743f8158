"""Words of labelled values by language. Some stand in the rule packs and some do not, as in life."""

from __future__ import annotations

MAIL_DOMAINS = ("example.org", "example.net", "mail.example.com", "post.example.de", "correo.example.es")
USER_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0",
)
ICD = (
    "E11.9",
    "I10",
    "J45.0",
    "F32.1",
    "M54.5",
    "K21.0",
    "G43.9",
    "N39.0",
    "C50.9",
    "L20",
    "H10.1",
    "R51",
    "Z23",
)

PHONES = {
    "en": ("020 7### ####", "07### ######", "+44 161 4## ####", "01## ### ####"),
    "de": ("030 ########", "0171 #######", "+49 89 #######", "040/#######"),
    "fr": ("01 ## ## ## ##", "06 ## ## ## ##", "+33 6 ## ## ## ##"),
    "es": ("91# ### ###", "6## ### ###", "+34 6## ## ## ##"),
    "it": ("02 #######", "3## #######", "+39 06 #######"),
    "pl": ("22 ### ## ##", "6## ### ###", "+48 5## ### ###"),
    "nl": ("020-#######", "06-########", "+31 6 ########"),
    "pt": ("21# ### ###", "91# ### ###", "+351 96# ### ###"),
    "sv": ("08-### ### ##", "070-### ## ##", "+46 70 ### ## ##"),
    "cs": ("6## ### ###", "+420 7## ### ###", "22# ### ###"),
}
POSTCODES = {
    "en": ("@@# #@@", "@## #@@", "@# #@@"), "de": ("#####",), "fr": ("#####",), "es": ("#####",), "it": ("#####",),
    "pl": ("##-###",), "nl": ("#### @@",), "pt": ("####-###",), "sv": ("### ##",), "cs": ("### ##",),
}  # fmt: skip
STREETS = {
    "en": (
        "{n} {name} Road",
        "{n} {name} Street",
        "Flat 2, {n} {name} Lane",
        "{n} High Street",
        "{n} Church Avenue",
    ),
    "de": ("{name}straße {n}", "Am {name}berg {n}", "Hauptstr. {n}", "{name}weg {n}a", "Bahnhofstraße {n}"),
    "fr": ("{n} rue {name}", "{n}, avenue {name}", "{n} bis boulevard {name}", "{n} place {name}"),
    "es": ("Calle {name}, {n}", "C/ {name} {n}, 2º B", "Avenida de {name} {n}", "Plaza {name}, {n}"),
    "it": ("Via {name} {n}", "Corso {name}, {n}", "Viale {name} {n}/A", "Piazza {name} {n}"),
    "pl": ("ul. {name} {n}", "ul. {name} {n}/4", "al. {name} {n}", "os. {name} {n}"),
    "nl": ("{name}straat {n}", "{name}laan {n}", "Kerkweg {n}", "{name}plein {n}"),
    "pt": ("Rua {name}, {n}", "Avenida {name} {n}", "Travessa {name}, {n}"),
    "sv": ("{name}gatan {n}", "{name}vägen {n}", "Storgatan {n}"),
    "cs": ("{name}ova {n}", "Hlavní {n}", "Na {name} {n}"),
}
CITIES = {
    "en": (
        "Leeds",
        "Bristol",
        "Hexham",
        "Truro",
        "York",
        "Stroud",
        "Kendal",
        "Oxford",
        "Ludlow",
        "Whitby",
        "Derby",
    ),
    "fr": ("Lyon", "Nantes", "Albi", "Rodez", "Lille", "Auch", "Dijon", "Vannes", "Pau", "Arras", "Grenoble"),
    "es": (
        "Sevilla",
        "Burgos",
        "Soria",
        "Teruel",
        "Vigo",
        "Murcia",
        "Jaca",
        "Lugo",
        "Cuenca",
        "Madrid",
        "Zamora",
    ),
}
REGIONS = {
    "en": ("Kent", "Devon", "Essex", "Norfolk", "Cumbria", "Dorset"),
    "de": ("Bayern", "Hessen", "Sachsen", "Berlin", "Niedersachsen", "Hamburg"),
    "fr": ("Bretagne", "Normandie", "Occitanie", "Île-de-France", "Corse"),
    "es": ("Navarra", "Aragón", "Sevilla", "Burgos", "Galicia", "Asturias"),
    "it": ("Lazio", "Toscana", "Milano", "Torino", "Veneto", "MI", "RM"),
    "pl": ("mazowieckie", "śląskie", "pomorskie", "małopolskie", "lubelskie"),
    "nl": ("Utrecht", "Zeeland", "Drenthe", "Limburg", "Noord-Holland"),
    "pt": ("Lisboa", "Porto", "Braga", "Faro"),
    "sv": ("Skåne län", "Uppsala län", "Stockholms län", "Norrbottens län"),
    "cs": ("Jihomoravský kraj", "Středočeský kraj", "Plzeňský kraj"),
}
COUNTRIES = {
    "en": ("France", "Germany", "United Kingdom", "Ireland", "Spain", "Italy", "Poland"),
    "de": ("Deutschland", "Österreich", "Frankreich", "Schweiz", "Polen", "Türkei"),
    "fr": ("France", "Belgique", "Suisse", "Allemagne", "Espagne", "Maroc"),
    "es": ("España", "Francia", "Portugal", "Alemania", "Colombia", "Argentina"),
    "it": ("Italia", "Francia", "Germania", "Svizzera", "Spagna", "Albania"),
    "pl": ("Polska", "Niemcy", "Ukraina", "Czechy", "Litwa", "Francja"),
    "nl": ("Nederland", "België", "Duitsland", "Frankrijk"),
    "pt": ("Portugal", "Espanha", "França", "Brasil"),
    "sv": ("Sverige", "Norge", "Danmark", "Finland", "Tyskland"),
    "cs": ("Česko", "Slovensko", "Německo", "Polsko"),
}
COMPANY_FORMS = {
    "en": ("Ltd", "& Sons Ltd", "Holdings plc", "Services", "Consulting LLP", "Foods Inc"),
    "de": ("GmbH", "AG", "& Söhne KG", "Bau GmbH", "Logistik e.K."),
    "fr": ("SARL", "SA", "et Fils", "SAS", "Bâtiment"),
    "es": ("S.L.", "S.A.", "Hermanos", "Construcciones", "e Hijos S.L."),
    "it": ("S.r.l.", "S.p.A.", "& Figli", "Costruzioni", "Trasporti Srl"),
    "pl": ("sp. z o.o.", "S.A.", "Transport", "i Wspólnicy", "Bud"),
    "nl": ("B.V.", "N.V.", "& Zonen", "Groep"),
    "pt": ("Lda", "S.A.", "& Filhos"),
    "sv": ("AB", "Bygg AB", "& Söner"),
    "cs": ("s.r.o.", "a.s.", "Stavby"),
}
SALUTATIONS = {
    "en": ("Mr", "Mrs", "Ms", "Dr", "Miss"), "de": ("Herr", "Frau", "Herr Dr.", "Frau Prof."), "fr": ("M.", "Mme", "Mlle"),
    "es": ("Sr.", "Sra.", "D.", "Dña."), "it": ("Sig.", "Sig.ra", "Dott.", "Avv."), "pl": ("Pan", "Pani"),
    "nl": ("Dhr.", "Mevr.", "Mw."), "pt": ("Sr.", "Sra.", "Dr."), "sv": ("Herr", "Fru"), "cs": ("pan", "paní", "Ing."),
}  # fmt: skip
SEXES = {
    "en": ("male", "female", "other"), "de": ("männlich", "weiblich", "divers"), "fr": ("Homme", "Femme"),
    "es": ("Hombre", "Mujer"), "it": ("Maschio", "Femmina"), "pl": ("mężczyzna", "kobieta"), "nl": ("man", "vrouw"),
    "pt": ("Masculino", "Feminino"), "sv": ("man", "kvinna"), "cs": ("muž", "žena"),
}  # fmt: skip
SEX_LETTERS = {
    "en": ("M", "F"), "de": ("m", "w", "d"), "fr": ("H", "F"), "es": ("H", "M"), "it": ("M", "F"), "pl": ("M", "K"),
    "nl": ("M", "V"), "pt": ("M", "F"), "sv": ("M", "K"), "cs": ("M", "Z"),
}  # fmt: skip
MARITAL = {
    "en": ("single", "married", "divorced", "widowed", "engaged"),
    "de": ("ledig", "verheiratet", "geschieden", "verwitwet", "in Trennung"),
    "fr": ("célibataire", "marié(e)", "divorcé", "veuf", "pacsé"),
    "es": ("soltero", "casada", "divorciado", "viuda", "pareja de hecho"),
    "it": ("celibe", "nubile", "coniugato", "vedova", "separata"),
    "pl": ("kawaler", "panna", "żonaty", "mężatka", "rozwiedziona"),
    "nl": ("ongehuwd", "gehuwd", "gescheiden", "samenwonend"),
    "pt": ("solteira", "casado", "divorciado", "viúva"),
    "sv": ("ogift", "gift", "skild", "änka"),
    "cs": ("svobodný", "ženatý", "vdaná", "rozvedený"),
}
NATIONALITIES = {
    "en": ("British", "Irish", "Polish", "Nigerian", "Indian"), "de": ("deutsch", "türkisch", "polnisch", "syrisch", "ghanaisch"),
    "fr": ("Française", "Belge", "Marocaine", "Malienne"), "es": ("española", "rumana", "marroquí", "peruana"),
    "it": ("italiana", "rumena", "albanese", "peruviana"), "pl": ("polskie", "ukraińskie", "białoruskie", "wietnamskie"),
    "nl": ("Nederlandse", "Turkse", "Poolse", "Syrische"), "pt": ("portuguesa", "brasileira", "angolana"),
    "sv": ("svensk", "finsk", "syrisk"), "cs": ("česká", "slovenská", "ukrajinská"),
}  # fmt: skip
JOBS = {
    "en": ("Nurse", "Site Manager", "Accountant", "Bus Driver", "Teacher", "Beekeeper", "Sales Assistant"),
    "de": ("Krankenpfleger", "Lehrerin", "Sachbearbeiter", "Fräser", "Kauffrau", "Imker", "Elektriker"),
    "fr": ("infirmière", "comptable", "chauffeur", "apiculteur", "vendeuse", "ingénieur d'études"),
    "es": ("enfermera", "contable", "conductor", "apicultor", "profesor", "dependienta"),
    "it": ("infermiera", "impiegato", "autista", "apicoltore", "insegnante", "operaio"),
    "pl": ("pielęgniarka", "księgowa", "kierowca", "pszczelarz", "nauczyciel", "tokarz"),
    "nl": ("verpleegkundige", "leraar", "chauffeur", "imker", "boekhouder"),
    "pt": ("enfermeira", "motorista", "professora", "apicultor"),
    "sv": ("sjuksköterska", "lärare", "snickare", "biodlare"),
    "cs": ("učitel", "zedník", "včelař", "účetní"),
}
EDUCATION = {
    "en": ("Bachelor", "A levels", "GCSE", "PhD", "Apprenticeship"), "de": ("Abitur", "Hauptschulabschluss", "Master", "Lehre"),
    "fr": ("Baccalauréat", "Licence", "CAP", "Doctorat"), "es": ("Bachillerato", "Grado", "ESO", "Doctorado"),
    "it": ("Licenza media", "Maturità", "Laurea triennale"), "pl": ("podstawowe", "średnie", "wyższe"),
    "nl": ("mbo", "hbo", "wo", "vmbo"), "pt": ("Licenciatura", "12º ano"), "sv": ("Gymnasium", "Högskola"),
    "cs": ("základní", "středoškolské", "vysokoškolské"),
}  # fmt: skip
ILLNESSES = {
    "en": ("Asthma", "Hypertension", "Type 2 diabetes", "Migraine", "Tinnitus", "Gout", "Lower back pain"),
    "de": (
        "Asthma bronchiale",
        "Bluthochdruck",
        "Diabetes mellitus",
        "Migräne",
        "Tinnitus",
        "Gicht",
        "Rückenschmerzen",
    ),
    "fr": ("Asthme", "Hypertension", "Diabète de type 2", "Migraine", "Acouphènes", "Goutte", "Lombalgie"),
    "es": ("Asma", "Hipertensión", "Diabetes", "Migraña", "Acúfenos", "Gota", "Lumbalgia"),
    "it": ("Asma", "Ipertensione", "Diabete", "Emicrania", "Acufene", "Gotta", "Lombalgia"),
    "pl": ("Astma", "Nadciśnienie", "Cukrzyca", "Migrena", "Szumy uszne", "Dna moczanowa", "Zapalenie płuc"),
    "nl": ("Astma", "Hoge bloeddruk", "Suikerziekte", "Migraine", "Jicht", "Hooikoorts"),
    "pt": ("Asma", "Hipertensão", "Diabetes", "Enxaqueca", "Gota"),
    "sv": ("Astma", "Högt blodtryck", "Diabetes", "Migrän", "Gikt"),
    "cs": ("Astma", "Vysoký tlak", "Cukrovka", "Migréna", "Dna"),
}
DRUGS = {"en": ("Ibuprofen", "Metformin", "Ramipril", "Salbutamol", "Amoxicillin", "Torasemid", "Bisoprolol")}
BELIEFS = {
    "en": ("Catholic", "Church of England", "Muslim", "Jewish", "none", "Zoroastrian"),
    "de": ("römisch-katholisch", "evangelisch", "islamisch", "ohne", "jüdisch"),
    "fr": ("catholique", "protestante", "musulmane", "juive", "sans"), "es": ("católica", "evangélica", "musulmana", "ninguna"),
    "it": ("cattolica", "ortodossa", "islamica", "nessuna"), "pl": ("rzymskokatolickie", "prawosławne", "bezwyznaniowy"),
    "nl": ("rooms-katholiek", "hervormd", "islamitisch", "geen"), "pt": ("católica", "evangélica", "sem religião"),
    "sv": ("Svenska kyrkan", "muslimsk", "ingen"), "cs": ("římskokatolické", "evangelík", "bez vyznání"),
}  # fmt: skip
PARTIES = {
    "en": ("Labour", "Conservative", "Liberal Democrats", "Green Party"), "de": ("SPD", "CDU", "Die Linke", "FDP", "Grüne"),
    "fr": ("Parti socialiste", "Les Républicains", "Renaissance"), "es": ("PSOE", "Partido Popular", "Vox", "Sumar"),
    "it": ("Partito Democratico", "Lega", "Forza Italia"), "pl": ("Platforma Obywatelska", "PiS", "Lewica"),
    "nl": ("VVD", "PvdA", "D66", "CDA"), "sv": ("Moderaterna", "Centerpartiet"), "cs": ("ODS", "Piráti", "TOP 09"),
    "pt": ("Partido Socialista", "PSD", "Chega"),
}  # fmt: skip
UNIONS = {
    "en": ("Unison", "Unite", "GMB"), "de": ("ver.di", "IG Metall", "GEW"), "fr": ("CGT", "CFDT", "FO"),
    "es": ("CCOO", "UGT", "USO"), "it": ("CGIL", "CISL", "UIL"), "pl": ("Solidarność", "OPZZ"), "nl": ("FNV", "CNV"),
}  # fmt: skip
ETHNIC = {
    "en": ("White British", "Asian Indian", "Black Caribbean", "Mixed", "White Irish"), "de": ("Roma", "kurdisch", "sorbisch", "weiß"),
    "fr": ("Maghrébine", "Européenne", "Africaine"), "es": ("gitana", "mestiza", "blanco"), "it": ("caucasica", "africana", "rom"),
    "pl": ("romskie", "kaszubskie", "śląskie"), "nl": ("Surinaams", "Turks", "Marokkaans"),
}  # fmt: skip
ORIENTATIONS = {
    "en": ("heterosexual", "gay", "bisexual", "lesbian"), "de": ("heterosexuell", "homosexuell", "bisexuell"),
    "fr": ("hétérosexuelle", "homosexuel", "bisexuelle"), "es": ("heterosexual", "homosexual", "bisexual"),
    "it": ("eterosessuale", "omosessuale", "bisessuale"), "pl": ("heteroseksualna", "homoseksualna", "biseksualna"),
    "nl": ("heteroseksueel", "homoseksueel"),
}  # fmt: skip
OFFENCES = {
    "en": ("Theft", "Burglary", "Assault", "Affray", "Drink driving"), "de": ("Diebstahl", "Betrug", "Körperverletzung", "Hehlerei"),
    "fr": ("vol", "escroquerie", "outrage", "recel"), "es": ("hurto", "estafa", "lesiones", "desobediencia"),
    "it": ("furto", "truffa", "lesioni", "oltraggio"), "pl": ("kradzież", "oszustwo", "pobicie", "groźby"),
    "nl": ("diefstal", "mishandeling", "oplichting"), "sv": ("stöld", "misshandel"), "cs": ("krádež", "podvod"),
}  # fmt: skip
NOTES = {
    "en": ("Spoke to {full} about the delay, call back on {phone}.", "{given} asked that we write to {email} from now on.",
           "Mr {family} was not at home, left a card with the neighbour.", "Complained about the invoice, very polite."),
    "de": ("Mit {full} telefoniert, Rückruf unter {phone} erbeten.", "{given} bittet um Post an {email}.",
           "Frau {family} war nicht zu Hause, Karte beim Nachbarn.", "Hat sich über die Rechnung beschwert."),
    "fr": ("Parlé avec {full}, rappeler au {phone} demain matin.", "{given} souhaite recevoir les courriers à {email}.",
           "Mme {family} absente, avis laissé chez le voisin.", "Mécontent de la facture du mois dernier."),
    "es": ("Hablé con {full}, volver a llamar al {phone} mañana.", "{given} pide que escribamos a {email} desde ahora.",
           "La Sra. {family} no estaba en casa.", "Se quejó de la última factura recibida."),
    "it": ("Parlato con {full}, richiamare al {phone} domani.", "{given} chiede di scrivere a {email} da ora in poi.",
           "La Sig.ra {family} non era in casa.", "Si lamenta dell'ultima fattura ricevuta."),
    "pl": ("Rozmowa z {full}, oddzwonić na {phone} jutro rano.", "{given} prosi o kontakt na {email} od teraz.",
           "Pani {family} nie było w domu.", "Reklamacja dotycząca ostatniej faktury."),
    "nl": ("Gesproken met {full}, terugbellen op {phone} morgen.", "{given} wil post op {email} ontvangen.",
           "Mevrouw {family} was niet thuis vandaag.", "Klacht over de laatste factuur."),
    "sv": ("Pratade med {full}, ring tillbaka på {phone} imorgon.", "Fru {family} var inte hemma idag."),
    "cs": ("Mluveno s {full}, zavolat zpět na {phone} zítra.", "Paní {family} nebyla dnes doma."),
    "pt": ("Falei com {full}, voltar a ligar para {phone} amanhã.", "A Sra. {family} não estava em casa hoje."),
}  # fmt: skip
HEALTH_NOTES = {
    "en": ("Known {illness}, started on {drug}, review in two weeks.", "Complains of {illness} since spring, sleeps badly.",
           "Mother had {illness}; blood pressure taken, Dr {family} to see her."),
    "de": ("Bekannte {illness}, Beginn mit {drug}, Kontrolle in zwei Wochen.", "Klagt über {illness} seit dem Frühjahr.",
           "Mutter hatte {illness}, Überweisung an Dr. {family}."),
    "fr": ("Antécédent de {illness}, début {drug}, contrôle dans deux semaines.", "Se plaint de {illness} depuis le printemps.",
           "Mère avec {illness}, adressée au Dr {family}."),
    "es": ("Conocida {illness}, inicia {drug}, control en dos semanas.", "Refiere {illness} desde la primavera.",
           "Madre con {illness}, derivada al Dr. {family}."),
    "it": ("Nota {illness}, inizia {drug}, controllo tra due settimane.", "Riferisce {illness} dalla primavera.",
           "Madre con {illness}, inviata al Dr. {family}."),
    "pl": ("Rozpoznana {illness}, włączono {drug}, kontrola za dwa tygodnie.", "Zgłasza {illness} od wiosny.",
           "Matka chorowała: {illness}, skierowana do dr {family}."),
    "nl": ("Bekend met {illness}, start {drug}, controle over twee weken.", "Klaagt over {illness} sinds het voorjaar."),
    "sv": ("Känd {illness}, påbörjar {drug}, återbesök om två veckor.",),
    "cs": ("Známá {illness}, nasazen {drug}, kontrola za dva týdny.",),
    "pt": ("Conhecida {illness}, inicia {drug}, controlo em duas semanas.",),
}  # fmt: skip
PRODUCTS = {
    "en": (
        "Desk lamp",
        "Garden hose",
        "Steel ladder",
        "Paint roller",
        "Coffee grinder",
        "Bookshelf",
        "Rose hip tea",
    ),
    "de": (
        "Schreibtischlampe",
        "Gartenschlauch",
        "Leiter",
        "Farbroller",
        "Kaffeemühle",
        "Regal",
        "Kinderbett",
    ),
    "fr": ("Lampe de bureau", "Tuyau d'arrosage", "Échelle", "Rouleau", "Moulin à café", "Étagère"),
    "es": ("Lámpara", "Manguera", "Escalera", "Rodillo", "Molinillo de café", "Estantería"),
    "it": ("Lampada", "Tubo da giardino", "Scala", "Rullo", "Macinacaffè", "Libreria"),
    "pl": ("Lampa biurkowa", "Wąż ogrodowy", "Drabina", "Wałek", "Młynek do kawy", "Regał"),
    "nl": ("Bureaulamp", "Tuinslang", "Ladder", "Verfroller", "Koffiemolen"),
}
DESCRIPTIONS = {
    "en": (
        "Sturdy and light, for indoor use only.",
        "Comes in three colours with two years of warranty.",
        "Sold in pairs.",
    ),
    "de": (
        "Stabil und leicht, nur für Innenräume.",
        "In drei Farben, zwei Jahre Garantie.",
        "Wird paarweise verkauft.",
    ),
    "fr": ("Solide et léger, pour l'intérieur seulement.", "En trois couleurs, garantie deux ans."),
    "es": ("Resistente y ligero, solo para interior.", "En tres colores, dos años de garantía."),
    "it": ("Robusto e leggero, solo per interni.", "In tre colori, due anni di garanzia."),
    "pl": ("Solidny i lekki, tylko do wnętrz.", "W trzech kolorach, dwa lata gwarancji."),
    "nl": ("Stevig en licht, alleen voor binnen.", "In drie kleuren, twee jaar garantie."),
}
YES_NO = {
    "en": ("yes", "no"), "de": ("ja", "nein"), "fr": ("oui", "non"), "es": ("sí", "no"), "it": ("sì", "no"), "pl": ("tak", "nie"),
    "nl": ("ja", "nee"),
}  # fmt: skip
STATES = {
    "en": ("open", "closed", "pending", "active"), "de": ("offen", "erledigt", "storniert"), "fr": ("ouvert", "clos", "annulé"),
    "es": ("abierto", "cerrado", "anulado"), "it": ("aperto", "chiuso", "annullato"), "pl": ("otwarte", "zamknięte"),
    "nl": ("open", "gesloten"),
}  # fmt: skip
CATEGORIES = {
    "en": ("tools", "garden", "office", "kitchen"), "de": ("Werkzeug", "Garten", "Büro"), "fr": ("outils", "jardin", "bureau"),
    "es": ("herramientas", "jardín"), "it": ("attrezzi", "giardino"), "pl": ("narzędzia", "ogród"), "nl": ("gereedschap", "tuin"),
}  # fmt: skip
