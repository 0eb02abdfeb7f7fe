"""Reads turns with the heads that serve: every answer by a model or by the rules that stand in for it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from core import deadline
from core.conversation.encoder import WIDTH, Encoder
from core.conversation.heads.breakers import HeadBreakers, HeadFailed, HeadName
from core.conversation.heads.byte_cache import ByteCache
from core.conversation.heads.graph import Singles
from core.conversation.heads.inputs import HeadInputs
from core.conversation.heads.plan import Entry, ReadingPlan
from core.conversation.heads.readings import HEAD_FAILED, NO_ENCODER, VERSIONS_UNKNOWN, HeadReadings
from core.conversation.heads.serving import NOTHING, ServingHeads
from core.conversation.heads.shadow import ServedTurn, ShadowHeads
from core.conversation.heads.turn import Turn
from core.conversation.kinds import CLASSES
from core.conversation.rules import RuleHead
from core.errors import DependencyDown, InvalidInput
from core.identifiers import TenantId
from core.scoring.result import ScoreWarning

VECTOR_BYTES = 64 * 2**20
"""Sentence vectors kept at hand: some 36,000."""
READING_BYTES = 32 * 2**20
"""Readings kept at hand: some 80,000 turns."""
AT_ONCE = 16
"""Turns read between two looks at the deadline."""
_STARTS = np.cumsum([0, *map(len, CLASSES.values())]).tolist()
_COLUMNS = {kind: slice(start, start + len(CLASSES[kind])) for kind, start in zip(CLASSES, _STARTS, strict=False)}
_ALL_COLUMNS = _STARTS[-1]

GetEncoder = Callable[[], Encoder | None]
"""Returns the encoder, None where there is none, or not yet."""


class HeadReader:
    """Reads turns with a tenant's heads. Safe to share between threads.

    What was read is kept, by a digest of the words under a key of this process, so that the same turn is read once.

    Args:
        serving: Which heads serve.
        get_encoder: What encodes.
        rules: By kind: what answers where a head does not.
        breakers: In front of heads and encoder.
        vector_bytes: For sentence vectors to be kept.
        reading_bytes: For readings to be kept.
        shadow: Reads a sample of turns too; None: nobody does.
    """

    def __init__(  # noqa: PLR0917  built once, in the composition root
        self,
        serving: ServingHeads,
        get_encoder: GetEncoder,
        rules: Mapping[str, RuleHead],
        breakers: HeadBreakers,
        vector_bytes: int = VECTOR_BYTES,
        reading_bytes: int = READING_BYTES,
        *,
        shadow: ShadowHeads | None = None,
    ) -> None:
        self._serving = serving
        self._get_encoder = get_encoder
        self._rules = rules
        self.breakers = breakers
        self._vectors = ByteCache(vector_bytes)
        self._readings = ByteCache(reading_bytes)
        self._secret = secrets.token_bytes(32)
        self._shadow = shadow
        if shadow is not None:
            shadow.inputs_of = self._inputs_of

    def read(self, tenant: TenantId, turns: Sequence[Turn], pinned: Mapping[str, str] | None = None) -> HeadReadings:
        """Return what every head says of each turn. All answers of one kind come from one source.

        Args:
            tenant: Whose heads read.
            turns: What is read; may be empty.
            pinned: Kind to the version that must answer, in place of the active one.

        Raises:
            InvalidInput: If a pinned kind does not read messages.
            NotFound: If a pinned version is not known.
            WrongState: If it is retired or damaged.
            DependencyDown: If a pinned version has to be looked up and the store does not work.
            DeadlineSpent: If the deadline of the call passed; what was encoded until then stays at hand.
        """
        plan = self._plan(tenant, pinned or {})
        while True:
            try:
                rows = self._rows(tenant, plan, turns)
            except HeadFailed as failed:
                plan = plan.with_rules(failed.kind, HEAD_FAILED) if failed.kind else plan.without_encoder(NO_ENCODER)
            else:
                return self._told(plan, rows)

    def _plan(self, tenant: TenantId, pinned: Mapping[str, str]) -> ReadingPlan:
        for kind in pinned:
            if kind not in CLASSES:
                raise InvalidInput.of("model_kind", f"must be one of {', '.join(CLASSES)}")
        warnings: list[ScoreWarning] = []
        try:
            serving = self._serving.get(tenant)
        except DependencyDown:
            if pinned:
                raise
            serving = dict.fromkeys(CLASSES, NOTHING)
            warnings.append(VERSIONS_UNKNOWN)
        chosen = {kind: (head.model, head.version) for kind, head in serving.items()}
        chosen |= {kind: (self._serving.pinned(tenant, kind, version), version) for kind, version in pinned.items()}
        # Without a head that needs it the encoder is not even asked for: asking has it loaded.
        is_needed = any(model is not None and model.needs_encoder for model, _ in chosen.values())
        encoder = self._get_encoder() if is_needed else None
        entries = {kind: Entry.of(model, version, encoder) for kind, (model, version) in chosen.items()}
        if any(head.problem and head.model is None for head in serving.values()):
            warnings.append(HEAD_FAILED)
        if any(entry.is_plain for entry in entries.values()):
            warnings.append(NO_ENCODER)
        return ReadingPlan(entries=entries, encoder=encoder, warnings=tuple(warnings))

    def _rows(self, tenant: TenantId, plan: ReadingPlan, turns: Sequence[Turn]) -> Singles:
        rows = np.empty((len(turns), _ALL_COLUMNS), dtype=np.float32)
        digest = plan.digest
        keys = self._keys(tenant, digest, turns)
        missing: dict[bytes, list[int]] = {}
        for at, key in enumerate(keys):
            kept = self._readings.get(key)
            if kept is None:
                missing.setdefault(key, []).append(at)
            else:
                rows[at] = np.frombuffer(kept, dtype=np.float32)
        firsts = list(missing.items())
        for start in range(0, len(firsts), AT_ONCE):
            deadline.check()
            some = firsts[start : start + AT_ONCE]
            found = self._read_some(tenant, plan, [turns[places[0]] for _, places in some])
            for (key, places), row in zip(some, found, strict=True):
                rows[places] = row
                self._readings.put(key, row.tobytes())
                if self._shadow is not None and self._shadow.samples(tenant, key):
                    self._shadow.watch(_served(tenant, plan, turns[places[0]], row.copy()))
        return rows

    def _inputs_of(self, tenant: TenantId, turn: Turn, encoder_name: str) -> HeadInputs | None:
        if not encoder_name:
            return HeadInputs([turn])
        encoder = self._get_encoder()
        if encoder is None or encoder.name != encoder_name:
            return None
        return HeadInputs([turn], lambda texts: self._encode(tenant, encoder, texts))

    def _read_some(self, tenant: TenantId, plan: ReadingPlan, turns: Sequence[Turn]) -> Singles:
        encoder = plan.encoder
        inputs = HeadInputs(turns, None if encoder is None else lambda texts: self._encode(tenant, encoder, texts))
        rows = np.empty((len(turns), _ALL_COLUMNS), dtype=np.float32)
        for kind, columns in _COLUMNS.items():
            rows[:, columns] = self._read_kind(tenant, plan.entries[kind], kind, inputs)
        return rows

    def _read_kind(self, tenant: TenantId, entry: Entry, kind: str, inputs: HeadInputs) -> Singles:
        model = entry.model
        if model is None:
            rules = self._rules[kind]
            return np.array([rules.read(*turn).probabilities for turn in inputs.turns], dtype=np.float32)
        names = model.plain_inputs if entry.is_plain else model.inputs
        # What heads share is made first: where the encoder fails no head is to blame.
        inputs.get(names, model.vectorizer)
        with self.breakers.head(HeadName(tenant, kind, entry.use.version)):
            return model.read_plain(inputs) if entry.is_plain else model.read(inputs)

    def _encode(self, tenant: TenantId, encoder: Encoder, texts: Sequence[str]) -> Singles:
        rows = np.empty((len(texts), WIDTH), dtype=np.float32)
        keys = self._keys(tenant, encoder.name.encode(), [Turn(text) for text in texts])
        missing: dict[bytes, list[int]] = {}
        for at, key in enumerate(keys):
            kept = self._vectors.get(key)
            if kept is None:
                missing.setdefault(key, []).append(at)
            else:
                rows[at] = np.frombuffer(kept, dtype=np.float32)
        if missing:
            with self.breakers.encoding(tenant):
                found = encoder.encode([texts[places[0]] for places in missing.values()])
            for (key, places), vector in zip(missing.items(), found, strict=True):
                rows[places] = vector
                self._vectors.put(key, vector.tobytes())
        return rows

    def _keys(self, tenant: TenantId, what: bytes, turns: Sequence[Turn]) -> list[bytes]:
        """Return what each turn is kept under: nothing of its words can be told from that."""
        begun = hashlib.blake2b(key=self._secret, digest_size=16)
        for part in (tenant.encode(), what):
            begun.update(len(part).to_bytes(4, "big") + part)
        return [_digest(begun.copy(), turn) for turn in turns]

    def _told(self, plan: ReadingPlan, rows: Singles) -> HeadReadings:
        return HeadReadings(
            probabilities={kind: rows[:, columns] for kind, columns in _COLUMNS.items()},
            thresholds={kind: plan.entries[kind].thresholds(self._rules[kind]) for kind in CLASSES},
            uses={kind: plan.entries[kind].use for kind in CLASSES},
            warnings=plan.warnings,
            term_weight=_Weights(plan).of,
            plan=plan.digest,
        )


def _digest(begun: hashlib.blake2b, turn: Turn) -> bytes:
    text = turn.text.encode("utf-8", "surrogatepass")
    begun.update(len(text).to_bytes(4, "big") + text)
    begun.update(turn.agent_text.encode("utf-8", "surrogatepass"))
    return begun.digest()


def _served(tenant: TenantId, plan: ReadingPlan, turn: Turn, row: Singles) -> ServedTurn:
    models = {
        kind: (entry.model, entry.use.version)
        for kind, entry in plan.entries.items()
        if entry.model is not None and not entry.is_plain
    }
    return ServedTurn(
        tenant=tenant,
        turn=turn,
        probabilities={kind: row[_COLUMNS[kind]] for kind in models},
        thresholds={kind: model.thresholds for kind, (model, _) in models.items()},
        versions={kind: version for kind, (_, version) in models.items()},
    )


class _Weights:
    """Finds how much terms speak for classes."""

    def __init__(self, plan: ReadingPlan) -> None:
        self._plan = plan

    def of(self, kind: str, class_index: int) -> Callable[[str], float] | None:
        model = self._plan.entries[kind].model
        return None if model is None else model.weight_of(class_index)
