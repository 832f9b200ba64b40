"""Health: diagnoses, medication, treatment, disability, pregnancy, addiction."""

from __future__ import annotations

from kept.detectors.reading.topics import topic

TERMS = """
asthma, asthmatic, cd4 count, viral load, fever, chemo port, insulin pump, diabet*, insulin, migraine, cancer, tumour, tumor,
leukaemi*, leukemi*, lymphoma, melanoma, carcinoma,
chemo, chemotherapy,
radiotherapy, metastas*, oncologist, remission, depression, antidepressant, anxiety, panic attack, panic disorder, bipolar,
schizophreni*, psychosis,
psychotic, psychiatr*, psychotherap*, ptsd, ocd, adhd, autis*, asperger*, dyslexi*, tourette*, anorexi*, bulimi*,
eating disorder, suicidal, suicide attempt,
self-harm, burnout, insomnia, dementia, alzheimer*, parkinson's, parkinson's disease, parkinsons, epilep*, seizure,
multiple sclerosis, stroke, aneurysm,
heart attack, heart disease, heart failure, arrhythmia, angina, pacemaker, hypertension, high blood pressure, hypertensive,
cholesterol, anaemi*, anemi*,
haemophili*, hemophili*, hiv, hiv-positive, hiv positive, aids, hepatitis, tuberculosis, malaria, dengue, typhoid, covid,
covid-19, pneumonia, bronchitis, copd, emphysema,
cirrhosis, crohn's, crohn, colitis, celiac, coeliac, ibs, irritable bowel, gastritis, ulcer, kidney stone, kidney failure,
dialysis, transplant, lupus, fibromyalgia, arthritis,
rheumat*, osteoporosis, psoriasis, eczema, dermatitis, endometriosis, pcos, infertil*, ivf, pregnan*, miscarriage,
miscarried, abortion, antenatal, prenatal, menopause,
erectile dysfunction, chlamydia, gonorrh*, syphilis, herpes, std, sti, hypothyroid*, hyperthyroid*, thyroid, goitre, obesity,
obese, glaucoma, cataract, hearing loss,
hearing aid, wheelchair, paraplegi*, quadriplegi*, amputat*, prosthe*, disabled, disability, blood pressure, blood sugar,
hba1c, chronic pain, chronic fatigue, sciatica,
slipped disc, concussion, fractured, appendicitis, appendectomy, hysterectomy, mastectomy, biopsy, colonoscopy, mammogram,
mri scan, ct scan, x-ray, surgery, surgeon,
hospitalised, hospitalized, icu, intensive care, sick leave, medical leave, sick note, doctor's note, prescription,
prescribed, medication, meds, antibiotic*,
alcoholi*, alcoholics anonymous, rehab, drug addict, addicted, overdos*, methadone, sobriety, withdrawal symptoms, allerg*,
anaphyla*, epipen, inhaler, sleep apnea, sleep apnoea, cpap,
aspirin, paracetamol, ibuprofen, metformin, fluoxetine, prozac, sertraline, zoloft, citalopram, escitalopram, lexapro,
paroxetine, venlafaxine, duloxetine, bupropion, lithium carbonate,
quetiapine, olanzapine, risperidone, aripiprazole, clozapine, diazepam, valium, lorazepam, alprazolam, xanax, clonazepam,
zolpidem, methylphenidate, ritalin, adderall, lisdexamfetamine,
atorvastatin, simvastatin, rosuvastatin, lisinopril, ramipril, amlodipine, losartan, bisoprolol, metoprolol, warfarin,
apixaban, clopidogrel, furosemide, omeprazole, pantoprazole,
levothyroxine, prednisone, prednisolone, hydrocortisone, salbutamol, albuterol, ventolin, montelukast, amoxicillin,
azithromycin, doxycycline, methotrexate, adalimumab, humira,
tamoxifen, levodopa, donepezil, gabapentin, pregabalin, carbamazepine, lamotrigine, valproate, levetiracetam, sumatriptan,
tramadol, codeine, oxycodone, morphine, fentanyl, buprenorphine,
naltrexone, semaglutide, ozempic, wegovy, sildenafil, viagra, truvada, antiretroviral*, tenofovir, isotretinoin, accutane,
estradiol, testosterone therapy, clomid, mifepristone,
diagnosis, diagnosed, cardiologist, neurologist, gynaecologist, gynecologist, urologist, endocrinologist, nephrologist,
oncology, cardiology, dermatologist, rheumatologist, psychologist, physiotherap*,
chronic kidney disease, sickle cell disease, sickle cell anaemia, cystic fibrosis, muscular dystrophy, cerebral palsy,
down syndrome, spina bifida, long covid, blood thinner, blood transfusion,
depressionen, krebs, schwanger*, krankgeschrieben, behindert*, asthmatiker*, epilepsie, herzinfarkt, schlaganfall,
bluthochdruck, krebserkrankung, angststörung,
diabète, diabétique, enceinte, dépression, épilep*, asthmatique, handicap*, cancéreu*, tumeur, séropositi*, hypertendu*,
diabético, diabética, embarazada, cáncer, depresión, ansiedad, epiléptic*, asmátic*, hipertens*, discapacidad, seropositiv*,
vih,
diabetico, diabetica, incinta, cancro, tumore, depressione, epilessia, asma, ansia, sieropositiv*, cukrzyc*, ciąż*,
rak piersi, depresj*, padaczk*, astm*, nadciśnieni*, suikerziekte, zwanger, kanker,
grávida, cancêr, câncer, diabetes tipo 2, मधुमेह, डायबिटीज, कैंसर, गर्भवती, अस्थमा, диабет*, беременн*, рак груди, депресси*,
астм*, sugar ki bimari, dawai
"""
PHRASES = (
    r"\bdiagnosed (?:with|as)\b|\bsuffer(?:s|ed|ing)? from (?:a |an |severe |chronic |acute )?[a-z]{5,}"
    r"|\btest(?:s|ed)? positive for\b|\bhospitali[sz]ed (?:with|for|after)\b|\b(?:is|am|was|are|'s|'m|"
    r"been) on (?:dialysis|chemo|antidepressants|insulin|medication|sick leave|maternity leave)\b"
    r"|\b(?:i|he|she|they) (?:had|have|has|needs?|underwent|am having|is having) (?:a |an |another |my |his |"
    r"her )?(?:[a-z]+ )?(?:surgery|operation|transplant|bypass|biopsy|seizures?|relapse|miscarriage|stroke|"
    r"scan results?)\b"
    r"|\b(?:six|seven|eight|nine|three|four|five|\d+) (?:weeks|months) pregnant\b|\bexpecting (?:a baby|twins|our|"
    r"my|her)\b|\bdue date is\b|\b(?:are|am|is|we're|i'm|she's) expecting (?:in (?:january|february|march|april|"
    r"may|june|july|august|september|october|november|december|spring|summer|autumn|winter)|again)\b|\btak(?:e|es|"
    r"ing) lithium\b"
    r"|\b(?:my|his|her) (?:therapist|psychiatrist|oncologist|gp|diagnosis|meds|medication|cpap|inhaler|pills|"
    r"chemo|epipen|wheelchair|blood tests?|condition)\b"
    r"|\b(?:therapy|counselling|counseling) (?:sessions? )?(?:for|since|after|every|twice|because)\b|"
    r"\bsober (?:for|since)\b|\bin recovery (?:from|for)\b"
    r"|\b(?:can't|cannot|can no longer) (?:walk|see|hear) (?:without|since|any)\b|\bcalled in sick\b|"
    r"\bsigned off (?:work|sick)\b"
    r"|\b(?:leide|leidet|litt) (?:an|unter)\b|\bsouffre d[e']|\bpadezco\b|\bsoffr[eo] di\b|\bchoruj[eę] na\b"
)
UNLIKE = (
    r"health checks?|health endpoints?|health score|healthcheck|ill-\w+|(?:gartner|alzheimer|parkinson|lupus|"
    r"crohn) (?:street|road|avenue|lane|drive|st|rd|ave|society|foundation|association|ltd|inc|gmbh)"
    r"|parkinson's law|economic depression|great depression|depression era|cancer (?:research|charity|ward|zodiac|"
    r"sign|horoscope)|tropic of cancer|heart of|stroke width|stroke(?:-| )(?:color|colour|style|width|order)|"
    r"brush ?strokes?|key ?strokes?"
    r"|back ?strokes?|breast ?strokes?|stroke of|two-stroke|data (?:transplant|surgery)|hearing aids? (?:shop|"
    r"store|market)|aids (?:in|the|us)|first aid|visual aids|abort(?:ion)? (?:signal|controller|handler)|"
    r"chronic bug"
    r"|surgery (?:hours|opening)|allergic to (?:meetings|mondays|work|spreadsheets|bullshit)|database migration|"
    r"disabled (?:by|button|field|state|account|user|flag|feature|plugin|checkbox|input|option|in the|for)"
    r"|(?:button|account|field|feature|flag|plugin|it|which|option|user|users|login|service|checkbox|input|mode|"
    r"logging|cache)(?: is| are| was| were| has been| gets)? disabled|(?:is|are|was|were|been|got) disabled|"
    r"self-disabled|std(?:::\w+|in|out|err| dev| deviation)"
    r"|diagnosed (?:the |a |that |this )?(?:bug|issue|problem|fault|outage|crash|leak|failure)s?|"
    r"addicted to (?:coffee|chocolate|this|that|the|netflix|games?)|cpu|seizure of (?:goods|assets|power)"
    r"|prescribed (?:by law|period|form|limit|manner|format)|x-ray (?:vision|sdk|trace|tracing|daemon|machine)|"
    r"aws x-ray|remission of (?:fees|sins|tax|taxes|duty)|lithium battery|thyroid (?:of)"
    r"|code surgery|insomnia (?:rest|client|app)|injection (?:attack|point)|cataracts? (?:falls|river)|"
    r"covid-19 (?:rules|policy|pandemic|restrictions|era)|pregnant pause"
)

DETECTOR = topic(
    kind="health",
    title="Health",
    category="user.health_and_medical",
    terms=TERMS,
    phrases=PHRASES,
    unlike=UNLIKE,
    names=(
        r"(?:^|_)(?:diagnos[ei]s|disease|illness|medical(?:_\w+)?|medication|medicine|prescription|allerg(?:y|ies)|"
        r"blood_(?:type|group|pressure)|health(?:_\w+)?|disabilit(?:y|ies)|icd_?(?:9|10|11)?(?:_code)?|symptoms?|"
        r"treatment|pregnan(?:t|cy)|patient_notes|bmi|vaccin\w+)(?:_|$)",
    ),
    source="GDPR Art. 4(15) and 9(1), recital 35; terms from the headings of ICD-10 and common WHO ATC substance names",
)
