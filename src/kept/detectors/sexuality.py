"""Sex life and sexual orientation, gender transition included."""

from __future__ import annotations

from kept.detectors.reading.topics import topic

TERMS = """
gay, lesbian, bisexual, homosexual, pansexual, asexual, demisexual, heterosexual, queer, lgbt, lgbtq, lgbtqia, transgender,
trans man, trans woman, transman, transwoman, transsexual, transsexuel*, non-binary, nonbinary, genderqueer, genderfluid,
gender dysphoria,
polyamorous, polyamory, same-sex, same sex partner, sexual orientation, sex life, grindr, hinge for men, gay bar, gay club,
pride parade, closeted, aromantic, bicurious, bi-curious, sexually active, one-night stand, affair with, sex worker, swinger,
bdsm, fetish, hrt, top surgery, hijra,
schwul*, lesbisch*, bisexuell*, homosexuell*, homosexuel*, lesbienne, bisexuel*, homosexual*, lesbiana, bisexuales,
omosessual*, lesbica, bisessual*, gejem, gej, lesbijk*, biseksual*, homoseksual*, lésbica, समलैंगिक, гей, лесбиян*,
гомосексуал*
"""
PHRASES = (
    r"\bc(?:o|a)m(?:e|es|ing) out (?:as|to (?:my|his|her|their|me|us|the team|mum|mom|dad|family|parents|"
    r"colleagues))\b|\b(?:attracted to|sleeps? with|slept with|dates?|dating|in love with) (?:only |both |"
    r"other )?(?:men and women|women and men|men|women|the same sex|guys and girls|both sexes)\b"
    r"|\b(?:he|his|him)\b[^.]{0,20}\b(?:boyfriend|husband)\b|\b(?:she|her)\b[^.]{0,20}\b(?:girlfriend|wife)\b|"
    r"\b(?:am|is|'m|'s|not) (?:not )?straight(?: guy| man| woman|,|\.|$)|\b(?:my|his|her|"
    r"their) (?:sexual orientation|sexuality|sex life|gender transition|deadname|same-sex partner)\b|\b(?:mlm|"
    r"wlw)\b|\btransition(?:ed|ing|s) from (?:male|female)\b|\btransition(?:ed|ing) to (?:a )?(?:male|female|man|"
    r"woman)\b"
)
UNLIKE = (
    r"straight (?:answer|line|away|forward|face|lines|from|to|up|talk|edge|after|into|through|on)|straightforward|"
    r"gay (?:street|lussac|gordon)|gender-?neutral|asexual reproduction|trans (?:fat|fats|pacific|atlantic|"
    r"siberian)|same[- ]sex (?:schools?|education|marriage (?:laws?|debate|act|legal))|enola gay|marvin gaye?|"
    r"queer as folk|her (?:mother|father|sister|brother)'s (?:wife|girlfriend)|his (?:mother|sister|aunt|"
    r"daughter)'s (?:boyfriend|husband)|(?:his|her) ex-?(?:husband|wife)"
)

DETECTOR = topic(
    kind="sexuality",
    title="Sex life or sexual orientation",
    category="user.demographic.sexual_orientation",
    terms=TERMS,
    phrases=PHRASES,
    unlike=UNLIKE,
    names=(
        r"(?:^|_)(?:sexual(?:_orientation|ity)?|orientation_sexual|sex_life|lgbtq?|gender_identity|"
        r"is_trans(?:gender)?)(?:_|$)",
    ),
    source="GDPR Art. 9(1); CJEU C-184/20: data that reveals it indirectly counts",
)
