"""One model version for people."""

from __future__ import annotations

from leadline.command.screen import console, moment, safe, table
from leadline.model import Metric, ModelVersion, VersionMetrics


def show_version(version: ModelVersion) -> None:
    """Print a version, its quality and its files."""
    screen = console()
    screen.print(safe(f"{version.version} ({version.kind}, {version.state.value})", "bold"))
    period = f"{moment(version.training_start_time)} to {moment(version.training_end_time)}"
    facts = [
        ("registered", f"{moment(version.create_time)} by {version.created_by}"),
        ("trained on", f"{version.training_sample_count:,} leads, {version.base_rate:.1%} of them converted"),
        ("period", period if version.training_start_time else "not known"),
        ("features", f"{version.feature_count:,}, set {version.feature_set_hash}"),
        ("made from", ", ".join(version.parent_versions) or "nothing before it"),
        ("digest", version.digest),
    ]
    screen.print(table(("", ""), facts))
    if version.metrics:
        rows = [(m.name, f"{m.value:.4f}", _interval(m), f"{m.sample_count:,}") for m in version.metrics]
        screen.print(table(("Metric", "Value", "Interval", "Leads"), rows, right=("Value", "Leads")))
    if version.files:
        files = [(file.name, f"{file.size_bytes:,}", file.sha256) for file in version.files]
        screen.print(table(("File", "Bytes", "SHA-256"), files, right=("Bytes",)))


def show_metrics(found: VersionMetrics) -> None:
    """Print the figures of a version: of training, of what it served, and what is expected of that."""
    screen = console()
    period = f"{moment(found.start_time)} to {moment(found.end_time)}"
    screen.print(safe(f"{found.version}: {found.served_count:,} answers, {period}", "bold"))
    parts = (
        ("training", found.metrics),
        ("in service", found.realised_metrics),
        ("expected while calibrated", found.expected_metrics),
    )
    rows = [
        (name, metric.name, f"{metric.value:.4f}", _interval(metric), f"{metric.sample_count:,}")
        for name, metrics in parts
        for metric in metrics
    ]
    screen.print(table(("Of", "Metric", "Value", "Interval", "Leads"), rows, right=("Value", "Leads")))


def _interval(metric: Metric) -> str:
    if metric.interval is None:
        return ""
    return f"{metric.interval.lower:.4f} to {metric.interval.upper:.4f} ({metric.interval.level:.0%})"
