"""Sample leads, for a first start and for tests: made up, seeded, with a known law of conversion."""

from training.sample.csv_writer import write_csv
from training.sample.generator import generate_leads
from training.sample.truth import true_probability

__all__ = ["generate_leads", "true_probability", "write_csv"]
