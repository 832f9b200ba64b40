"""Criminal convictions, offences, proceedings and sanctions."""

from __future__ import annotations

from kept.detectors.reading.topics import topic

TERMS = """
convicted, conviction, criminal record, criminal history, criminal conviction, police record, rap sheet, felon, felony,
ex-convict, ex-offender, sex offender, offender, inmate, prisoner, prison, jail, jailed, imprisoned, incarcerated,
imprisonment, parole, paroled, probation officer, on probation, on bail, bail hearing, granted bail, out on bail, remanded,
in custody, arrested, arrest warrant, arrest, indicted, indictment, arraigned, pleaded guilty, pled guilty, plea deal,
found guilty, sentenced, suspended sentence, community service order, custodial sentence, acquitted, charge sheet,
chargesheet, fir against, fir registered, house arrest, ankle monitor, ankle tag, restraining order, juvenile detention,
mugshot, expunged, expungement, shoplifting, burglary, robbery, larceny, theft, fraud conviction, forgery, embezzlement,
money laundering, tax evasion, perjury, arson, manslaughter, murder, homicide, rape, sexual assault, assault charge, assault,
battery charge, domestic violence, drug possession, drug trafficking, drunk driving, drink-driving, dui, dwi, hit-and-run,
stalking, vandalism, kidnapping, bribery, extortion, blackmail, insider trading, dbs check, penal code, penitentiary,
correctional facility,
vorbestraft, verurteilt, vorstrafe*, gefängnis, haftstrafe, festgenommen, angeklagt, führungszeugnis, bewährung, condamné*,
casier judiciaire, en prison, incarcéré*, garde à vue, condenad*, antecedentes penales, en la cárcel, cárcel, detenid*,
condannat*, precedenti penali, in carcere, arrestat*, skazan*, karany, karana, w więzieniu, aresztowan*, veroordeeld,
strafblad, gevangenis, जेल, गिरफ्तार, судим*, арестован*
"""
PHRASES = (
    r"\b(?:was|were|is|am|been|got|being|'s) (?:\w+ )?(?:convicted|arrested|jailed|imprisoned|charged with|"
    r"sentenced|indicted|accused of|remanded|cautioned by the police|booked under|found guilty|acquitted)\b|"
    r"\b(?:served|serving|serves|did|doing) (?:[\w-]+ ){0,3}(?:time|months?|years?|weeks?) (?:in |for |"
    r"behind bars|inside)"
    r"|\b(?:behind bars|on parole|on probation|on bail|out on bail|in jail|in prison|criminal record|ex-con|"
    r"pleaded guilty|pled guilty|did time|prison term|jail term|prior convictions?)\b|\b(?:his|her|my|"
    r"their) (?:arrest|conviction|trial|sentence|parole officer|probation officer|criminal record|police record|"
    r"mugshot|bail|dui)\b|\bspent (?:[\w-]+ ){0,3}(?:nights?|days?|weeks?|months?|years?) in (?:jail|prison|"
    r"custody|a cell)\b|\btagged by the court\b"
)
UNLIKE = (
    r"(?:jail|chroot|freebsd|code)(?:break|broken|breaking)|jailbr\w+|(?:free)?bsd jails?|chroot jail|"
    r"jail(?:ed)? (?:process|shell|environment)|charged with (?:the |a )?(?:task|responsib\w+|organi[sz]ing|"
    r"leading|managing|battery|usb)|convicted (?:that)|cardiac arrest|robbery simulation|"
    r"identity theft protection|theft protection|murder (?:mystery|novel|book|of crows)|probation (?:period|"
    r"review|end|time|meeting)|on probation (?:until|at work|period)|(?:his|her|my|their) (?:probation period|"
    r"sentence (?:is|was|has|structure|ends|reads|ending))|trial (?:period|version|account|subscription|expires|"
    r"plan|ends)|(?:free|clinical|drug|medical|field) trials?|prison break (?:season|episode)|assault course|"
    r"rape ?seed|sentence (?:structure|embedding|splitter|case)s?|in custody of (?:the )?(?:keys|bank|funds)|"
    r"fraud (?:detection|prevention|score|check|team|alert)|arresting (?:view|beauty)|time in (?:meetings|london|"
    r"office)"
)

DETECTOR = topic(
    kind="criminal",
    title="Criminal convictions and offences",
    category="user.criminal_history",
    terms=TERMS,
    phrases=PHRASES,
    unlike=UNLIKE,
    names=(
        r"(?:^|_)(?:criminal\w*|conviction\w*|arrest\w*|offen[cs]e\w*|felony|background_check\w*|police_record|"
        r"dbs_check)(?:_|$)",
    ),
    source="GDPR Art. 10; offence groups of the International Classification of Crime for Statistical Purposes (UNODC)",
)
