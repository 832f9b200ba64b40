"""Genetic data of somebody: tests, variants, carrier status, ancestry."""

from __future__ import annotations

from kept.detectors.reading.topics import topic

TERMS = """
dna test, dna testing, dna result, dna results, dna sample, dna profile, dna match, dna kit, dna, genetic test,
genetic testing, genetic counsel*, genetic screening, genetic disorder, genetic mutation, genetic marker,
genetic predisposition, genetic risk, genetic condition, genetic profile, genome, whole genome, exome, genotype, genotyped,
genotyping, karyotype, snp array, haplogroup,
brca, brca1, brca2, brca-1, brca-2, lynch syndrome, huntington gene, huntington's gene, huntington's, apoe4, apoe e4,
apoe-e4, mthfr, factor v leiden, cftr, hla-b27, hla-b*57, fragile x, sickle-cell trait, sickle cell trait, thalassemia trait,
thalassaemia trait, thalassemia carrier, tay-sachs carrier, carrier of, carrier status, carrier screening, recessive gene,
faulty gene, gene mutation, gene variant, gene therapy, mutation,
chromosome, chromosomal, trisomy, trisomy 21, klinefelter, turner syndrome, hereditary, inherited condition, 23andme,
ancestrydna, ancestry test, familytreedna, polygenic risk, amniocentesis, nipt, paternity test, newborn screening,
gentest, genetisch*, erbgut, erbkrank*, genmutation, test adn, test génétique, génétique*, mutation génétique, porteu* sain*,
prueba genética, genétic*, portador* de, mutación, test genetico, genetic* mutazione, portatric*, portatore,
badanie genetyczne, genetyczn*, mutacj*, dna-test, डीएनए, днк
"""
PHRASES = (
    r"\b(?:carr(?:y|ies|ied|ying)) (?:the |a |an |one |two )?(?:[\w'-]+ ){0,3}(?:gene|mutation|variant|trait|"
    r"allele)s?\b|\btested (?:positive |negative )?for (?:the )?(?:[\w'-]+ ){0,2}(?:gene|mutation|brca\d?|"
    r"variant)\b|\b(?:is|am|was|'s|'m|are) (?:a |an )?(?:[\w'-]+ )?carriers? (?:of|for)\b"
    r"|\b(?:my|his|her|their) (?:dna|genome|genes|genotype|karyotype|haplogroup|23andme|ancestry (?:test|"
    r"results?))\b|\bruns in (?:my|his|her|the|our) family\b"
)
UNLIKE = (
    r"genetic (?:programming|algorithms?|code|engineering|diversity|drift|optimi[sz]ation)|(?:company|team|"
    r"corporate|our product|brand) dna|dna of (?:the|our|a) (?:company|team|brand|product|firm|organi[sz]ation)|"
    r"(?:in|part of) (?:our|the company's|their|its) (?:corporate )?dna|graphql mutations?|mutation (?:testing|"
    r"observer|score|api|query|operator|rate)|(?:graphql|vuex|apollo|redux|the) mutations?|genome project|"
    r"carrier of the (?:bag|parcel|package)|mutation of (?:the )?(?:state|object|data|list)|hereditary peers?|"
    r"chromosome encoding"
)

DETECTOR = topic(
    kind="genetic",
    title="Genetic data",
    category="user.health_and_medical.genetic",
    terms=TERMS,
    phrases=PHRASES,
    unlike=UNLIKE,
    names=(r"(?:^|_)(?:genetic\w*|genom\w+|genotype|dna(?:_\w+)?|karyotype|haplogroup|brca\w*)(?:_|$)",),
    source="GDPR Art. 4(13) and 9(1); gene symbols of the HGNC most often tested for",
)
