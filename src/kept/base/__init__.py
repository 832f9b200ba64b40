"""The words everything is written in: names, periods, conditions, questions, answers, changes, verdicts, errors."""
