"""Racial or ethnic origin, caste and tribe included."""

from __future__ import annotations

from kept.detectors.reading.topics import topic

TERMS = """
romani, roma origin, roma family, sinti, gypsy, traveller community, irish traveller, sami, saami, inuit, métis, metis,
first nations, native american, american indian, cherokee, navajo, sioux, apache tribe, aboriginal, torres strait islander,
maori, māori, pacific islander, native hawaiian,
african american, african-american, afro-caribbean, afro-latina, afro-latino, black british, black woman, black man,
black person, white british, caucasian, mixed race, mixed-race, biracial, multiracial, hispanic, latina, latino, latinx,
chicano, mestizo, mulatto, south asian, east asian, asian american, person of colour, person of color, people of colour,
people of color,
ashkenazi, sephardi*, mizrahi, kurd, kurdish, uyghur, uighur, rohingya, tamil, sinhalese, punjabi origin, bengali origin,
pashtun, hazara, baloch, tutsi, hutu, yoruba, igbo, hausa, zulu, xhosa, amhara, tigrayan, oromo, berber, amazigh,
arab descent, of arab, armenian descent, assyrian, yazidi, crimean tatar, tatar, chechen, circassian, basque descent,
han chinese, hmong, ainu, dalit, adivasi, scheduled caste, scheduled tribe, obc certificate, sc/st, other backward class,
caste certificate, jat, maratha, rajput, vanniyar, bhumihar, kayastha, yadav caste, caste, mulato, quilombola, gitan*,
gitano, gitana, zigeuner, romska, romsk*, cigano, रोमानी, दलित, आदिवासी, цыган*, татар*, чеченец
"""
PHRASES = (
    r"\bof (?:[\w-]+ ){0,2}(?:origin|descent|ancestry|heritage|extraction|ethnicity)\b|"
    r"\bethnic(?:ally)? (?:[A-Z]\w+|is|chinese|german|russian|albanian|hungarian|kurd|serb|turk)|\b(?:my|his|her|"
    r"their) (?:race|ethnicity|ethnic (?:origin|background|group)|skin colou?r|caste|tribe|heritage|ancestry|"
    r"roots are)\b"
    r"|\b(?:identif(?:y|ies|ied) as|i am|i'm|he is|he's|she is|she's|they are|we are|was born) (?:a |"
    r"an )?(?:black|white|brown|asian|arab|hispanic|latin[oax]|indigenous|half[- ][a-z]+|"
    r"part[- ](?:[a-z]+))(?: (?:man|woman|person|male|female|guy|girl|british|american|african|family|household|"
    r"european|and|but)\b|[.,!?]|$)"
    r"|\b(?:dark|light|brown|black)-skinned\b|\b(?:first|second|third)-generation (?:[A-Z]\w+|immigrant|migrant)|"
    r"\b(?:parents|grandparents|family|mother|father|ancestors) (?:are|is|were|was|came|come|emigrated|"
    r"fled) (?:originally )?from [A-Z]\w+|\bracially profiled\b|\bmigrationshintergrund\b|\bd'origine [a-zé]+\b|"
    r"\bde origen [a-záéíóú]+\b|\bdi origine [a-z]+\b|\bpochodzenia [a-z]+\b"
)
UNLIKE = (
    r"race (?:conditions?|detector|car|day|track|winner)|data races?|arms race|country of origin|(?:same|cross|"
    r"git|remote|request|cors|certificate of|point of|place of|server|policy of) origin|of (?:unknown|this|the|"
    r"its|their) origin|of origin|origin/\w+|master/slave|white (?:space|list|box|paper|label|collar|house|board)|"
    r"black (?:list|box|friday|friday|hole|coffee|out)|(?:tamil|punjabi|bengali|arabic) (?:nadu|language|"
    r"translation|font|keyboard|class(?:es)?|movie|song|restaurant)s?|apache (?:kafka|spark|http|license|"
    r"foundation|web|tribe of)|navajo (?:code)|cherokee (?:jeep|web ?server)|jeep cherokee|zulu (?:time|jdk|"
    r"openjdk)|azul zulu|of technical heritage|world heritage|heritage (?:site|building|hotel)|of (?:swiss|"
    r"german) (?:design|engineering)|brown (?:bread|university)|tatar sauce|class inheritance"
)

DETECTOR = topic(
    kind="ethnicity",
    title="Racial or ethnic origin",
    category="user.demographic.race_ethnicity",
    terms=TERMS,
    phrases=PHRASES,
    unlike=UNLIKE,
    names=(r"(?:^|_)(?:race|racial_\w+|ethnic\w*|caste|tribe|skin_colou?r|ancestry)(?:_|$)",),
    source="GDPR Art. 9(1); groups as the censuses of the UK, US, Canada, Australia and India list them",
)
