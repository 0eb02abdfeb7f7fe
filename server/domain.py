"""The use cases of one server process, and what they are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from core.adapters.admission import admit
from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.keyword_file import read_keywords
from core.adapters.onnx_predictor import OnnxPredictor
from core.adapters.sql.database import Database
from core.adapters.sql.feedback_store import SqlFeedbackStore
from core.adapters.sql.known_outcomes import SqlKnownOutcomes
from core.adapters.sql.label_source import SqlLabelSource
from core.adapters.sql.lead_store import SqlLeadStore
from core.adapters.sql.prediction_store import SqlPredictionStore
from core.adapters.sql.registry_store import SqlRegistryStore
from core.adapters.write_behind import WriteBehind
from core.conversation.looking_up import LeadLooker
from core.features.keywords import KeywordFamilies
from core.feedback.label_rules import LabelRules
from core.feedback.labelling import Labelling
from core.feedback.recent_labels import RecentLabels
from core.feedback.recording import FeedbackIntake
from core.ports import Clock, Prediction
from core.recommend.artifact import read_model
from core.registry.model_registry import ModelRegistry
from core.scoring.fallbacks import OutcomeFallbacks
from core.scoring.lead_behavior import LeadBehaviors
from core.scoring.lifecycle import ModelLifecycle
from core.scoring.loading import load_model
from core.scoring.model import ScoringModel
from core.scoring.model_runs import ModelRunner
from core.scoring.scorer import Scorer
from core.scoring.served import Files, ServedModels
from core.scoring.token import TokenSigner
from core.version import NEXT_ACTION, RECOMMENDATION, ModelVersion
from server.action_learning import read_onnx_ranker
from server.actions import Actions, build_actions
from server.behavior import Behavior, build_behavior
from server.beside import Beside, build_beside
from server.breaker_watch import BreakerWatch
from server.conversation import Conversation, build_conversation
from server.conversation_facts import build_conversation_facts
from server.experiments import Experiments, build_experiments
from server.heads import HEAD_READERS, Heads, build_heads
from server.insights import Insights, build_insights
from server.lead_health import LeadHealthDesk, build_lead_health
from server.monitoring import Monitoring, build_monitoring
from server.observed.metrics import ServerMetrics
from server.outage_copies import OutageCopies, build_copies
from server.secret import token_secret
from server.settings import ServerSettings
from server.shop import Shop, build_shop
from server.stored_conversations import build_stored_conversations
from server.training import Training, build_training

LEFTOVERS_KEPT = timedelta(hours=1)
"""Files of an interrupted registration are somebody's present work for this long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """What servicers and background threads work with."""

    leads: SqlLeadStore
    feedback: SqlFeedbackStore
    intake: FeedbackIntake
    versions: SqlRegistryStore
    models: ModelLifecycle
    fallbacks: OutcomeFallbacks
    served: ServedModels
    prediction_log: WriteBehind[Prediction]
    copies: OutageCopies
    runner: ModelRunner
    scorer: Scorer
    experiments: Experiments
    monitoring: Monitoring
    beside: Beside
    training: Training
    behavior: Behavior
    shop: Shop
    insights: Insights
    heads: Heads
    conversation: Conversation
    lead_health: LeadHealthDesk
    actions: Actions


def build_domain(
    settings: ServerSettings, database: Database, metrics: ServerMetrics, watch: BreakerWatch, clock: Clock
) -> Domain:
    """Put the use cases together.

    Args:
        settings: What the operator set.
        database: Migrated.
        metrics: Where answers and caches are counted.
        watch: Told of circuit breakers, and of models that fail.
        clock: The present moment.

    Raises:
        InvalidInput: If a file that a setting names, or the URL of Redis, cannot be used.
    """
    leads, versions = SqlLeadStore(database, clock), SqlRegistryStore(database, clock)
    artifacts = FolderArtifacts(settings.model_dir)
    artifacts.clean_leftovers(clock() - LEFTOVERS_KEPT)
    registry = ModelRegistry(versions, artifacts, admit, clock)
    fallbacks = OutcomeFallbacks(SqlKnownOutcomes(database), KeywordFamilies(read_keywords(settings.keywords_file)))
    served = ServedModels(registry, _build_model, fallbacks, clock)
    log = WriteBehind(SqlPredictionStore(database).append, metrics.count_predictions, metrics.count_lost_predictions)
    secret = token_secret(settings)
    copies = build_copies(settings.redis_url, secret, leads, metrics.cache, watch.changed, clock)
    heads = build_heads(settings, database, registry, watch, clock)
    runner = ModelRunner(on_change=watch.changed, on_failure=watch.model_failed)
    signer = TokenSigner(secret)
    labels = _recent_labels(database, settings, clock)
    monitoring = build_monitoring(database, labels, settings.rules, versions, metrics, clock)
    behavior = build_behavior(settings, database, metrics, clock, read_token=signer.read, scaling_of=served.scaling_of)
    behaviors = LeadBehaviors(behavior.live, leads, behavior.sampling.served)
    beside = build_beside(settings, database, labels, registry, served, metrics, clock, behaviors=behaviors)
    models = ModelLifecycle(
        registry,
        served,
        beside.corrections,
        readers={RECOMMENDATION: read_model, NEXT_ACTION: read_onnx_ranker, **HEAD_READERS},
    )
    scorer = Scorer(
        served,
        leads,
        signer,
        log.offer,
        clock,
        runner=runner,
        copies=copies.leads,
        watchers=[monitoring.watch.watch, beside.shadow.watch],
        corrections=beside.corrections,
        behaviors=behaviors,
    )
    experiments = build_experiments(
        database,
        labels=labels,
        leads=leads,
        models=models,
        scorer=scorer,
        counts=metrics.experiments,
        holdout_share=settings.experiment_holdout_share,
        clock=clock,
    )
    quiet = Scorer(
        served,
        leads,
        signer,
        _tell_nobody,
        clock,
        runner=runner,
        copies=copies.leads,
        corrections=beside.corrections,
        behaviors=LeadBehaviors(behavior.live, leads),
    )
    facts = build_conversation_facts(database, metrics.analyses)
    lead_health = build_lead_health(
        database, scorer=quiet, behavior=behavior, conversations=facts.known, metrics=metrics, clock=clock
    )
    stored = build_stored_conversations(settings, database, leads, metrics.stored_conversations, clock)
    return Domain(
        leads=leads,
        feedback=SqlFeedbackStore(database, clock),
        intake=FeedbackIntake(signer.read, secret, clock),
        versions=versions,
        models=models,
        fallbacks=fallbacks,
        served=served,
        prediction_log=log,
        copies=copies,
        runner=runner,
        scorer=scorer,
        experiments=experiments,
        monitoring=monitoring,
        beside=beside,
        training=build_training(database, labels, registry, settings.rules, clock),
        behavior=behavior,
        shop=build_shop(
            settings,
            database,
            behavior=behavior,
            experiments=experiments,
            registry=registry,
            signer=signer,
            metrics=metrics,
            clock=clock,
        ),
        insights=build_insights(database, behavior.events, leads, clock),
        heads=heads,
        conversation=build_conversation(
            database,
            heads=heads.reader,
            leads=LeadLooker(quiet, behavior.live),
            assess=lead_health.desk.assess,
            experiments=experiments,
            facts=facts,
            stored=stored,
            signer=signer,
            counts=metrics.analyses,
            clock=clock,
        ),
        lead_health=lead_health,
        actions=build_actions(
            database,
            registry,
            assess=lead_health.desk.assess,
            experiments=experiments,
            signer=signer,
            metrics=metrics,
            clock=clock,
        ),
    )


def _tell_nobody(_prediction: Prediction) -> None:
    """Log nothing: an assessment is no score that a caller was shown."""


def _recent_labels(database: Database, settings: ServerSettings, clock: Clock) -> RecentLabels:
    rules = LabelRules(outcome_window=settings.rules.outcome_window)
    return RecentLabels(Labelling(SqlLabelSource(database), rules), clock)


def _build_model(version: ModelVersion, files: Files) -> ScoringModel:
    return load_model(version, files, OnnxPredictor)
