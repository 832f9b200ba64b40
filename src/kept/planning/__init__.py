"""From answers to verdicts, from verdicts to a plan."""
