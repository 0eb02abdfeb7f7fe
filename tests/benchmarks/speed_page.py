"""The table of ``make bench``, on screen and as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.budget import Budget, Line, markdown_table
from tests.benchmarks.rounds import Comparison, Round, Spread, latency_of, rate_of
from tests.benchmarks.speed import BATCH_SIZE, Speed

HEADER = ("what", "budget", "reach", "figure", "ratio", "verdict")
DETAIL_HEADER = (
    "load",
    "server",
    "calls/s",
    "p50 ms",
    "p99 ms",
    "server CPU µs/call",
    "CPU: empty / real",
)
STEP_HEADER = ("step", "µs")
SCORE = Budget(must=0.75, reach=0.9, rising=True)
SCORE_WITH_REASONS = Budget(must=0.6, reach=0.8, rising=True)
SHAP = Budget(must=5.0, reach=10.0, rising=True)
SHAP_REACH_MICROSECONDS = 200.0
BATCH = Budget(must=15_000.0, reach=50_000.0, rising=True)
READY = Budget(must=1.0, reach=0.6, rising=False)
_MICRO, _MILLI = 1e6, 1e3


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All figures of one run."""

    speed: Speed
    ready: Spread
    """Seconds."""
    explaining: Mapping[str, float]
    """See :func:`tests.benchmarks.explain_speed.measure`."""
    features: int
    """Columns of the served version."""
    steps: Mapping[str, float]
    """See :func:`tests.benchmarks.breakdown.measure_steps`."""


def budget_lines(measured: Measured) -> list[Line]:
    """Return one line for each budget."""
    speed = measured.speed
    return [
        _beside_null("Score, no reasons, 32 in flight", SCORE, speed.score),
        _beside_null("Score, 5 exact reasons, 32 in flight", SCORE_WITH_REASONS, speed.reasons),
        _shap_line(measured.explaining),
        _batch_line(speed.batch),
        Line(
            name="ready: start of the process to the first answered Score",
            budget="< 1 s",
            reach="0.6 s",
            figure=_range(measured.ready, "{:.2f}") + " s",
            ratio="",
            verdict=READY.verdict(measured.ready.median),
        ),
    ]


def _beside_null(name: str, budget: Budget, compared: Comparison) -> Line:
    return Line(
        name=name,
        budget=f"≥ {budget.must:g} of an empty RPC",
        reach=f"{budget.reach:g}",
        figure=f"{rate_of(compared.real).median:,.0f} calls/s beside {rate_of(compared.null).median:,.0f}",
        ratio=_range(compared.ratio, "{:.2f}"),
        verdict=budget.verdict(compared.ratio.median),
    )


def _shap_line(explaining: Mapping[str, float]) -> Line:
    one, ratio = explaining["one_row_us"], explaining["one_row_ratio"]
    verdict = SHAP.verdict(ratio)
    if one >= SHAP_REACH_MICROSECONDS and ratio >= SHAP.reach:
        verdict = "met"
    return Line(
        name="exact SHAP, one row, 100 trees of depth 6",
        budget="≥ 5 times pred_contribs",
        reach="10 times, < 0.2 ms",
        figure=f"{one / _MILLI:.3f} ms beside {explaining['one_row_reference_us'] / _MILLI:.2f} ms",
        ratio=f"{ratio:.1f}",
        verdict=verdict,
    )


def _batch_line(compared: Comparison) -> Line:
    rate = rate_of(compared.real)
    leads = Spread(median=BATCH_SIZE * rate.median, least=BATCH_SIZE * rate.least, most=BATCH_SIZE * rate.most)
    return Line(
        name=f"BatchScore of {BATCH_SIZE:,} raw leads, no reasons",
        budget="≥ 15,000 leads/s",
        reach="50,000",
        figure=_range(leads, "{:,.0f}") + " leads/s",
        ratio=_range(compared.ratio, "{:.2f}"),
        verdict=BATCH.verdict(leads.median),
    )


def detail_rows(speed: Speed) -> list[list[str]]:
    """Return two rows for each load: the empty server and the real one."""
    loads = {
        "Score, 32 in flight": speed.score,
        "Score, 1 in flight": speed.score_alone,
        "Score with 5 reasons, 32 in flight": speed.reasons,
        "Score with 5 reasons, 1 in flight": speed.reasons_alone,
        f"BatchScore of {BATCH_SIZE:,}, 2 in flight": speed.batch,
    }
    rows = []
    for name, compared in loads.items():
        for server, rounds in (("empty", compared.null), ("Leadline", compared.real)):
            cpu = sorted(one.cpu_per_call for one in rounds)[len(rounds) // 2]
            rows.append(
                [
                    name,
                    server,
                    _range(rate_of(rounds), "{:,.0f}"),
                    f"{_MILLI * latency_of(rounds, 0.5):.2f}",
                    f"{_MILLI * latency_of(rounds, 0.99):.2f}",
                    f"{_MICRO * cpu:,.0f}",
                    _range(compared.cpu_ratio, "{:.2f}") if server == "Leadline" else "",
                ]
            )
    return rows


def step_rows(steps: Mapping[str, float]) -> list[list[str]]:
    """Return one row for each step, and their sum."""
    return [*([name, f"{spent:.0f}"] for name, spent in steps.items()), ["together", f"{sum(steps.values()):.0f}"]]


def room_beside(null: Sequence[Round], share: float) -> float:
    """Return the processor time, seconds, a call may take beyond an empty one and keep ``share`` of its rate."""
    empty = sorted(one.cpu_per_call for one in null)[len(null) // 2]
    return empty / share - empty


def cells_of(line: Line) -> list[str]:
    """Return a line in the order of ``HEADER``."""
    return [line.name, line.budget, line.reach, line.figure, line.ratio, line.verdict]


def _range(values: Spread, form: str) -> str:
    return f"{form.format(values.median)} ({form.format(values.least)} to {form.format(values.most)})"


def speed_page(measured: Measured, *, facts: str, effort: str) -> str:
    """Return ``docs/benchmarks.md``."""
    speed, explaining = measured.speed, measured.explaining
    return _PAGE.format(
        budgets=markdown_table(HEADER, [cells_of(line) for line in budget_lines(measured)]),
        detail=markdown_table(DETAIL_HEADER, detail_rows(speed)),
        resident=speed.resident_mib,
        batch_row=explaining["batch_row_us"],
        batch_ratio=explaining["batch_row_ratio"],
        difference=explaining["largest_difference"],
        bare_bytes=speed.answer_bytes["score-0"],
        reasons_bytes=speed.answer_bytes["score-5"],
        request_bytes=speed.request_bytes,
        features=measured.features,
        steps=markdown_table(STEP_HEADER, step_rows(measured.steps)),
        room=_MICRO * room_beside(speed.score.null, SCORE.must),
        room_with_reasons=_MICRO * room_beside(speed.reasons.null, SCORE_WITH_REASONS.must),
        facts=facts,
        effort=effort,
    )


_PAGE = """\
# Benchmarks

Written by `make bench`; the last run's tables, whatever they say. A figure is the median of its rounds, with the least
and the most of them in brackets.

{budgets}
## The same, in detail

{detail}
Memory of the server after all of it: {resident:.0f} MiB resident. Explaining 100 rows at a time: {batch_row:.0f} µs a
row, {batch_ratio:.1f} times as fast as `pred_contribs`; largest difference from it {difference:.1g} in margin.

## Where the time of a Score goes

Processor time per call, in one thread and without any RPC, each step after the other:

{steps}
Beside this run's empty RPC, {room:.0f} µs more a call keep the budget without reasons, {room_with_reasons:.0f} µs with
five. In a server the same steps take longer than here: its threads take turns at Python's one lock, move between cores
and find cold caches, and the prediction log is written meanwhile.

## How to read it

- **Empty RPC**: a server of the same library with the same options, threads and generated classes. It parses each
  request, does nothing, and serialises a ready answer of the size of the real one ({bare_bytes:,} bytes without
  reasons, {reasons_bytes:,} with five; the median request has {request_bytes:,}). No server in this language on this
  library can be faster.
- **The ratio is the figure to compare.** Client and server share the machine. The client is a process of its own, with
  ready-made requests of different leads, at most 8 calls in flight per connection, and it does not parse answers; what
  it uses is missing on the server's side, and both servers suffer alike.
- Empty and real server take turns within one run, in changing order, so that what else the machine does meanwhile hits
  both. Processor time per call depends less on who else is running than calls per second do: the last column is the
  ratio of those times.
- The model is the starter version: 2,000 sample leads, default hyperparameters (100 trees of depth 6), {features}
  features. Requests carry raw leads with title, description of 40 to 120 words, place, price, time and attributes; the
  server computes all features, the graph, the interval, the token and the log line.
- Ready: from spawning `python -m server` with an active version to its answer to one Score, with compiled Python code
  present as after an installation.

## Machine

{facts} {effort}

Command: `make bench` (`python tests/benchmarks/run.py`; `--quick` for fewer and shorter rounds, `--no-write` to leave
this page alone).
"""
