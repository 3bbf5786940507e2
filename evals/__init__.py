"""Measures the product on question sets: `python -m evals list`, `run`, `compare` (README.md says what is measured)."""
