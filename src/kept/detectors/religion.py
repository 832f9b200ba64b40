"""Religion and belief: membership, worship, conversion, lack of belief."""

from __future__ import annotations

from kept.detectors.reading.topics import topic

TERMS = """
muslim, muslima, islam, sunni, shia, shiite, ahmadi, ismaili, sufi, christian, catholic, protestant, lutheran, anglican,
methodist, baptist, presbyterian, pentecostal,
evangelical, calvinist, quaker, mennonite, amish, mormon, latter-day saint, jehovah's witness, seventh-day adventist,
adventist, orthodox christian, greek orthodox, russian orthodox, coptic, maronite,
jewish, jew, judaism, hasidic, haredi, orthodox jew, buddhist, buddhism, hindu, hinduism, brahmin, sikh, sikhism, jain,
jainism, zoroastrian, parsi, baha'i, bahai, rastafarian, wiccan, pagan, druze, yazidi, taoist, shinto,
scientologist, satanist, atheist, atheism, agnostic, born-again, born again, hare krishna, unitarian, hindutva, lingayat,
vaishnav*, shaiv*,
mosque, masjid, synagogue, shul, gurdwara, gurudwara, mandir, rosary, sabbath, shabbat, kosher, halal, ramadan, eid, hajj,
umrah, bar mitzvah, bat mitzvah, communion, confession, baptised, baptized, baptism, christening, confirmation class,
bible study, bible, torah, quran, koran, qur'an, bhagavad gita, guru granth sahib, imam, rabbi, pastor, parish, parishioner,
congregation, church, sunday mass, mass on sunday, sunday school, prayer group, prayers, namaz, salah, hijab, niqab, burqa,
turban, kippah, yarmulke, lent, church choir, church tax, tithe, tithing, missionary, monastery, seminary, yom kippur,
passover, diwali puja, puja, navratri, temple, kirchensteuer, moschee, kirche, gemeindemitglied,
muslimisch, moslem, evangelisch, katholisch, jüdisch, buddhistisch, konfessionslos, musulman*, chrétien*, juif, juive,
catholique, bouddhiste, athée, judí*, católic*, cristian*, budista, ate*, musulmán*, evangélic*, buddista, cattolic*, ebre*,
ateo, atea, muzułman*, katoli*, żyd*, buddyst*, ateist*, joods, katholiek, moslima, islamitisch, muçulman*, मुस्लिम, हिंदू,
हिन्दू, सिख, ईसाई, मस्जिद, मंदिर, мусульман*, православн*, католи*, иудей*
""".replace(" ate*,", "")
PHRASES = (
    r"\b(?:converted|converting|convert) to (?:islam|judaism|christianity|catholicism|buddhism|hinduism|sikhism|"
    r"orthodoxy)\b|\b(?:i|he|she|they|we) (?:don't|doesn't|do not|does not) believe in god\b"
    r"|\b(?:i|he|she|we|they) (?:pray|prays|prayed|fast|fasts|fasted|worship|worships)\b|\b(?:goes|go|went|"
    r"going) to (?:church|mass|mosque|the mosque|synagogue|temple|the temple|the gurdwara|friday prayers|"
    r"bible study)\b"
    r"|\bfriday prayers?\b|\b(?:keeps?|eats?|observes?|keeping|eating|observing) (?:only )?(?:kosher|halal|"
    r"shabbat|the sabbath|ramadan|lent)\b|\b(?:left|leaving|joined) the church\b|\bjehovah's witness(?:es)?\b|"
    r"\bprayer (?:breaks?|room|times?|mat)\b"
    r"|\bfasting (?:for|during) (?:ramadan|lent|yom kippur|navratri)\b|\bpraise the lord\b|\ba person of faith\b|"
    r"\b(?:my|his|her|their) (?:faith|religion|church|mosque|rabbi|imam|pastor|parish|congregation|temple|"
    r"synagogue)\b|\bwears? (?:a |the |her |his )?(?:hijab|niqab|burqa|turban|kippah|headscarf|dastar)\b"
)
UNLIKE = (
    r"bible of [\w ]+|(?:the )?\w+ bible|temple (?:street|road|university|bar|run|avenue|lane|meads)|"
    r"church (?:street|road|lane|avenue|st|rd|ln|hill|encoding|numerals?)|(?:mosque|temple|church|mandir|masjid|"
    r"gurdwara|synagogue|kirche|moschee) (?:road|street|lane|gate|marg)|alonzo church|religiously|"
    r"orthodox approach"
    r"|christian (?:[A-Z]\w+|dior|louboutin|bale)|convert to (?:pdf|csv|json|xml|\w+)|mass (?:update|email|import|"
    r"mailing|delete|production)|lent (?:me|him|her|us|them|money|out)|agnostic (?:to|of|about|approach|design)|"
    r"(?:cloud|platform|vendor|framework|language|database|provider|model|device)-agnostic|(?:cloud|platform|"
    r"vendor|framework|language|database) agnostic|python evangelist|jewish museum|confession app|"
    r"church of england school"
    r"|near (?:the |a )?(?:[\w]+ ){0,3}(?:temple|church|mosque|masjid|mandir)|(?:behind|opposite|opp|beside|"
    r"next to) (?:the )?(?:[\w]+ ){0,3}(?:temple|church|mosque|masjid|mandir)|parish council|shul of|"
    r"temple of doom|confirmation e?-?mail|salah (?:street|hits|scores)|mohamed salah|jude \w+|eid (?:number|no|"
    r"code)|pagan(?:i| island)"
)

DETECTOR = topic(
    kind="religion",
    title="Religion or belief",
    category="user.demographic.religious_belief",
    terms=TERMS,
    phrases=PHRASES,
    unlike=UNLIKE,
    names=(r"(?:^|_)(?:religion|religious(?:_\w+)?|faith|denomination|konfession|church_tax|caste_religion)(?:_|$)",),
    source="GDPR Art. 9(1); names of communities as the Pew Research Center's surveys list them",
)
