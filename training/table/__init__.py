"""Lead files: what a team already has, read as labelled leads."""

from training.table.lead_table import LeadTable
from training.table.mapping import LeadMapping, OutcomeRule
from training.table.mapping_file import load_mapping
from training.table.reading import read_leads

__all__ = ["LeadMapping", "LeadTable", "OutcomeRule", "load_mapping", "read_leads"]
