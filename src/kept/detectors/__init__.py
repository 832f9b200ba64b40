"""Detectors: one file per kind of identifier or special category; pure.

`detector.py` says what a detector is, `registry.py` finds them by scanning this folder, `panel.py` runs many of them over
many values, `evidence.py` judges a column by its name and by what a panel found in it. `reading/` is the machinery the kinds
are written with: folding odd encodings, dates, cues, who a sentence is about, the tagger of names and addresses.

To add a kind, write one file here with a `DETECTOR` and one file of labelled cases in `tests/detectors/cases/`.
"""
