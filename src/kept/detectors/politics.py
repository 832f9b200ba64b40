"""Political opinion: parties, votes, campaigns, protests."""

from __future__ import annotations

from kept.detectors.reading.topics import topic

TERMS = """
republican, democrat, gop, labour party, tory, tories, conservative party, conservatives, lib dem, liberal democrat,
green party, ukip, reform uk, brexit party, plaid cymru, snp, sinn féin, sinn fein, dup, fine gael, fianna fáil,
cdu, csu, spd, afd, die linke, fdp, grünen, bündnis 90, fpö, övp, spö, front national, rassemblement national,
la france insoumise, parti socialiste, macroniste, ps militant, podemos, vox, psoe, partido popular, ciudadanos,
lega nord, forza italia, fratelli d'italia, partito democratico, movimento 5 stelle, prawo i sprawiedliwość,
platforma obywatelska, konfederacja, pvv, vvd, d66, groenlinks, syriza, fidesz,
bjp, bharatiya janata party, congress party, indian national congress, aap, aam aadmi party, tmc, trinamool, cpi(m), cpim,
shiv sena, dmk, aiadmk, samajwadi party, bahujan samaj, rss, ncp, rjd, janata dal,
communist, communist party, socialist, marxist, anarchist, libertarian, far-right, far-left, fascist, neo-nazi, antifa, maga,
never trumper, brexiteer, remainer, leaver, pro-life activist, feminist activist, left-wing, right-wing, social democrat,
campaign volunteer, party member, party membership, party card, political party, political activist, councillor candidate,
canvassed, canvassing, phone-banking, picketed parliament, political asylum, dissident, political refugee,
opposition activist, activist
monarchist, separatist, leftist, parteimitglied, partei mitglied, sozialdemokrat*, kommunist*, militant, parti communiste,
comunist*, socialista, konserwatyst*, भाजपा, कांग्रेस
"""
PHRASES = (
    r"\b(?:i|he|she|they|we|who) (?:always |usually |just |proudly )?(?:vote|votes|voted|voting|will vote|"
    r"campaigned|campaigns|canvassed|canvasses|rallied|marched|donated|donates) (?:for|against|with|"
    r"to) (?:the )?(?:[A-Z]\w+|labou?r|conservatives?|democrats?|republicans?|greens?|trump|biden|modi|harris|"
    r"independence|brexit|remain|leave|party)"
    r"|\bvotes? (?:labou?r|conservative|tory|democrat(?:ic)?|republican|green|liberal|left|right|bjp|congress|spd|"
    r"cdu|afd)\b|\bran for (?:office|mayor|parliament|congress|senate|city council|the council|election)\b|"
    r"\bstood for (?:election|parliament|council|mayor)\b"
    r"|\bregistered (?:republican|democrat|voter for)\b|\b(?:card-carrying|paid-up|"
    r"lifelong) (?:member of the )?(?:communist|labou?r|conservative|tory|democrat|republican|party)\b|"
    r"\bmember of (?:the )?(?:[A-Z]\w+ ){0,3}party\b"
    r"|\b(?:arrested|detained|went|go|going|marched|attended) (?:at|to|in|on) (?:a |an |"
    r"the )?(?:[\w-]+ ){0,2}(?:protest|rally|demonstration|sit-in|strike for climate|march)\b|"
    r"\bblack lives matter (?:march|protest|rally|sign)\b"
    r"|\b(?:my|his|her|their) (?:political (?:views|opinions?|beliefs|leanings?)|vote went|party (?:card|"
    r"membership))\b|\byard sign\b|\b(?:wähle|wählt|wählte) (?:die |den )?(?:spd|cdu|afd|grünen|linke|fdp)\b|"
    r"\bvote (?:à gauche|à droite|écolo)\b|\bknock(?:ed|ing|s)? on doors for\b|\bhands? out leaflets\b|"
    r"\bleaflet(?:ed|ing|s)? for\b"
)
UNLIKE = (
    r"third[- ]party|party (?:library|cookies?|hall|planning|supplies)|political science(?: department)?|"
    r"department of politics|office politics|democratic republic|republican street|conservative (?:estimate|guess|"
    r"approach|default|setting|value|garbage)s?|be conservative|green party (?:dress|lights)"
    r"|labou?r (?:cost|market|hours|law|room|ward|pains?|force)|vox (?:media|pop)|rss (?:feed|reader|item|link|"
    r"url|format)|socialist (?:realism)|congress (?:street|centre|center|avenue|hall)|aap (?:ka|ke|ki|kaise|log|"
    r"hain|ho|se|ko|ne|bhi)|dup(?:licate)?s?|far[- ]right (?:column|corner|button|side|panel)|"
    r"far[- ]left (?:column|corner|button|side|panel)|left-wing (?:player|back)|vote (?:button|count)"
    r"|dissident (?:node|record)|ran for office (?:supplies|hours)|activist investor"
)

DETECTOR = topic(
    kind="politics",
    title="Political opinion",
    category="user.demographic.political_opinion",
    terms=TERMS,
    phrases=PHRASES,
    unlike=UNLIKE,
    names=(
        r"(?:^|_)(?:political(?:_\w+)?|party_affiliation|party_membership|voting_preference|politics|"
        r"vote_intention)(?:_|$)",
    ),
    source="GDPR Art. 9(1); parties represented in the parliaments of India, the EU's large states, the UK and the US",
)
