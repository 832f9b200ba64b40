"""Biometric data of somebody: fingerprints, iris, face, voice templates."""

from __future__ import annotations

from kept.detectors.reading.topics import topic

TERMS = """
fingerprint, thumbprint, thumb impression, palm print, palm vein, handprint, iris scan, iris template, iris, retina scan,
retinal scan, retina, face scan, facial scan, facial recognition, face recognition, face id, faceid, touch id, face template,
faceprint, face geometry, facial geometry, facial features, face embedding, face encoding,
voiceprint, voice print, voice recognition, voice biometric*, speaker recognition, gait analysis, gait recognition,
vein scan, hand geometry, keystroke dynamics, biometric*, biometric template, biometric data, biometric enrolment,
biometric enrollment, aadhaar biometric*, minutiae, ear shape, dna sample, live scan, livescan,
fingerabdruck, fingerabdrücke, gesichtserkennung, irisscan, stimmabdruck, biometrisch*, empreinte digitale,
empreintes digitales, empreintes, reconnaissance faciale, biométrique*, huella dactilar, huellas dactilares, huellas,
reconocimiento facial, biométric*, impronta digitale, impronte digitali, impronte, riconoscimento facciale, odcisk palca,
odciski palców, rozpoznawanie twarzy, vingerafdruk, gezichtsherkenning, impressão digital, फिंगरप्रिंट, отпечат* пальц*
"""
PHRASES = (
    r"\b(?:unlock(?:s|ed)?|clock(?:s|ed)? in|check(?:s|ed)? in|log(?:s|ged)? in|enter(?:s|ed)?|opens?|opened|"
    r"pays?|paid|sign(?:s|ed)? in) (?:[\w ]{0,24} )?(?:with|by|using) (?:my|his|her|their|a|the) (?:face|finger|"
    r"thumb|iris|eyes?|palm|voice|fingerprint)\b"
    r"|\b(?:scanned|scan|scans|captured|recorded|recognised|recognized|matched|enrolled) (?:my|his|her|their|"
    r"the employee's|the visitor's|the patient's) (?:face|finger|fingers|thumb|iris|irises|eyes?|palm|voice|"
    r"retina|fingerprints?)\b|\b(?:my|his|her|their) (?:fingerprints?|face ?print|face scan|voice ?print|iris|"
    r"retina|palm vein|biometrics?)\b"
)
UNLIKE = (
    r"(?:browser|device|canvas|tls|ja3|ssh|key|certificate|font|audio|gpg|pgp|hash|file|sha\d*|content|query|"
    r"error|chemical|carbon|public key|code|webgl|host key) fingerprint(?:s|ing)?|"
    r"fingerprint(?:ing)? (?:of the (?:key|certificate|file|browser|host)|the (?:browser|device|file|server)|"
    r"sha\d*|hash|library|js|algorithm)|fingerprints? (?:md5|sha)|iris (?:dataset|data set|flowers?|murdoch|"
    r"setosa|versicolor|virginica|van|[A-Z]\w+ (?:is|was|has))|retina (?:displays?|screens?|macbook|images?|"
    r"ready)|@2x|face value|palm (?:oil|tree|beach|os)|voice recognition software"
)

DETECTOR = topic(
    kind="biometric",
    title="Biometric data",
    category="user.biometric",
    terms=TERMS,
    phrases=PHRASES,
    unlike=UNLIKE,
    names=(
        r"(?:^|_)(?:biometric\w*|finger_?prints?|face_?(?:print|id|template|embedding|encoding|vector)|voice_?print|"
        r"iris_?(?:scan|template|code)?|retina_?scan|palm_?print)(?:_|$)",
    ),
    source="GDPR Art. 4(14) and 9(1); ISO/IEC 2382-37 for the modalities",
)
