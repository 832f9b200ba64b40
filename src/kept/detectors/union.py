"""Trade-union membership."""

from __future__ import annotations

from kept.detectors.reading.topics import topic

TERMS = """
trade union, trades union, labor union, labour union, union member, union membership, union rep, union representative,
union dues, union card, union steward, shop steward, union organiser, union organizer, union meeting, union subs,
union branch, union official, union delegate, union leader, unionised, unionized, unionist, unionize, unionise,
unison, unite the union, gmb, tuc, rmt, aslef, ucu, nasuwt, neu, usdaw, pcs union, nhs unison, teamsters, afl-cio, seiu, uaw,
afscme, iww, cwa, ibew, unite here, united auto workers, united steelworkers, writers guild, sag-aftra,
citu, intuc, aituc, bms union, bharatiya mazdoor sangh, hind mazdoor sabha, hms union, ig metall, verdi, ver.di, dgb, gew,
igbce, ig bau, cgt, cfdt, force ouvrière, unsa, ccoo, comisiones obreras, ugt, cgil, cisl, uil, fiom, solidarność, opzz, fnv,
cnv vakmensen, abvv, acv, ögb,
works council, works councillor, betriebsrat, betriebsrätin, gewerkschaft*, syndicat, syndiqué*, délégué syndical, sindicat*,
sindacat*, sindacalista, związ* zawodow*, vakbond*, fackförbund, fagforening, picket line, strike ballot, strike committee,
strike fund, collective bargaining committee, facility time, dues check-off, check-off dues, यूनियन
"""
PHRASES = (
    r"\b(?:joined|joins|joining|left|leave|member of|belongs? to|organi[sz](?:es?|ed|ing)|elected (?:by|to)|"
    r"represent(?:s|ed|ing)?|active in|quit|paid|pays|dues to) (?:the |a |our |my |his |her |"
    r"their )?(?:[\w-]+ )?(?:union|local \d+|works council|picket|gewerkschaft|syndicat|sindicato)\b"
    r"|\b(?:shop steward|picket line|works council|union dues|union rep)\b|\b(?:went|gone|going|go|was|were|"
    r"been) (?:out )?on strike\b|\b(?:voted|vote|votes|ballot(?:ed)?) (?:to|for) (?:strike|unioni[sz]e|"
    r"unioni[sz]ation|industrial action)\b|\bwalked out with (?:the )?(?:strikers|union)\b|\bunion (?:member|rep|"
    r"steward|organi[sz]er|delegate)s?\b"
    r"|\b(?:my|his|her|our|their) union\b|\bbargaining unit\b"
)
UNLIKE = (
    r"union (?:all|select|query|find|type|types|square|station|street|jack|pacific|bank|of sets|set|operator|"
    r"distinct|field|keyword|clause|by|injection)|(?:sql|set|disjoint|tagged|discriminated|european|soviet|credit|"
    r"western|student|civil|monetary|customs|african|postal|rugby) union|unions? in (?:c|rust|sql)|in unison|"
    r"(?:whats|what are) (?:union members)|typing\.union|join (?:and|or|vs) union|state of the union|"
    r"union territory|unite (?:all|both) \w+|verdi(?:'s)? (?:opera|requiem|aida)|giuseppe verdi"
)

DETECTOR = topic(
    kind="union",
    title="Trade-union membership",
    category="user.workplace",
    terms=TERMS,
    phrases=PHRASES,
    unlike=UNLIKE,
    names=(r"(?:^|_)(?:union_(?:member(?:ship)?|dues|card|name|code)|trade_union|works_council|is_union)(?:_|$)",),
    source="GDPR Art. 9(1); the confederations in the membership lists of ITUC and ETUC",
)
