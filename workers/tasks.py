"""The tasks. Each says what is done for whom; how is the business of :mod:`workers.jobs` and what it builds."""

from __future__ import annotations

from typing import Any

from workers import canary
from workers.app import app
from workers.jobs import jobs
from workers.offers import offer_runs
from workers.schedule import OFFER_LASTS, task_name
from workers.task import LeadlineTask, Letter, Tick


def _each(tenants: tuple[str, ...], name: str) -> int:
    """Send the task ``name`` for each tenant and return how many there are: one that fails holds up no other."""
    for tenant in tenants:
        app.send_task(task_name(name), kwargs={"tenant": tenant})
    return len(tenants)


@app.task(base=Tick, name="leadline.canary")
def sing() -> None:
    """Prove that this worker takes tasks and finishes them."""
    canary.finish()


@app.task(base=Tick, name="leadline.start_pending_runs")
def start_pending_runs() -> int:
    """Offer the training runs that wait, or lost their worker."""
    return offer_runs(app, jobs().waiting_runs())


@app.task(base=LeadlineTask, name="leadline.train")
def train(*, tenant: str, run_id: str) -> bool:
    """Do a training run, if it still waits and this worker may train."""
    return jobs().train(tenant, run_id)


@app.task(base=LeadlineTask, name="leadline.check_retraining")
def check_retraining() -> int:
    """Ask for each tenant whether to train."""
    return _each(jobs().tenants.learning(), "check_retraining_of")


@app.task(base=LeadlineTask, name="leadline.check_retraining_of")
def check_retraining_of(*, tenant: str) -> bool:
    """Ask whether to train, and ask for a run if so."""
    return jobs().check_retraining(tenant)


@app.task(base=LeadlineTask, name="leadline.aggregate_feedback")
def aggregate_feedback() -> int:
    """Learn from the new labels of each tenant."""
    return _each(jobs().tenants.learning(), "aggregate_feedback_of")


@app.task(base=LeadlineTask, name="leadline.aggregate_feedback_of")
def aggregate_feedback_of(*, tenant: str) -> int:
    """Learn from new labels and bring the realised figures up to date."""
    return jobs().aggregate_feedback(tenant)


@app.task(base=LeadlineTask, name="leadline.check_drift")
def check_drift() -> int:
    """Look for drift in what was served to each tenant."""
    return _each(jobs().tenants.served(), "check_drift_of")


@app.task(base=LeadlineTask, name="leadline.check_drift_of")
def check_drift_of(*, tenant: str) -> bool:
    """Look for drift in what was served."""
    return jobs().check_drift(tenant)


@app.task(base=LeadlineTask, name="leadline.refresh_experiments")
def refresh_experiments() -> int:
    """Bring the results of each experiment up to date that is not over for long; one that fails holds up no other."""
    found = jobs().open_experiments()
    for tenant, name in found:
        app.send_task(task_name("refresh_experiment"), kwargs={"tenant": tenant, "experiment": name})
    return len(found)


@app.task(base=LeadlineTask, name="leadline.refresh_experiment")
def refresh_experiment(*, tenant: str, experiment: str) -> int:
    """Bring results up to date, take the look that is due, and spread the units of a bandit anew."""
    return jobs().refresh_experiment(tenant, experiment)


@app.task(base=LeadlineTask, name="leadline.update_interaction_features")
def update_interaction_features() -> int:
    """Bring the features of leads and items of each tenant up to date."""
    return _each(jobs().tenants.behaving(), "update_interaction_features_of")


@app.task(base=LeadlineTask, name="leadline.update_interaction_features_of")
def update_interaction_features_of(*, tenant: str) -> int:
    """Bring the features of leads and items up to the newest event."""
    return jobs().behavior.update_interaction_features(tenant)


@app.task(base=LeadlineTask, name="leadline.count_popularity")
def count_popularity() -> int:
    """Count how popular the items of each tenant are."""
    return _each(jobs().tenants.behaving(), "count_popularity_of")


@app.task(base=LeadlineTask, name="leadline.count_popularity_of")
def count_popularity_of(*, tenant: str) -> int:
    """Count how popular items are."""
    return jobs().behavior.count_popularity(tenant)


@app.task(base=LeadlineTask, name="leadline.snapshot_leads")
def snapshot_leads() -> int:
    """Sum up what leads of each tenant did."""
    return _each(jobs().tenants.behaving(), "snapshot_leads_of")


@app.task(base=LeadlineTask, name="leadline.snapshot_leads_of")
def snapshot_leads_of(*, tenant: str) -> int:
    """Sum up what leads with long histories did, so that nobody need read all of it."""
    return jobs().behavior.snapshot_leads(tenant)


@app.task(base=LeadlineTask, name="leadline.train_recommenders")
def train_recommenders() -> int:
    """Look for each tenant whether its recommender is to be trained anew."""
    return _each(jobs().tenants.behaving(), "train_recommender_of")


@app.task(base=LeadlineTask, name="leadline.train_recommender_of")
def train_recommender_of(*, tenant: str) -> bool:
    """Train the recommender anew if that is due, and activate it if it is better; whether it was trained."""
    return jobs().behavior.train_recommender(tenant)


@app.task(base=LeadlineTask, name="leadline.provide_heads")
def provide_heads() -> bool:
    """Look whether a tenant lacks a model that reads messages, and ask for the default ones if so."""
    missing = bool(jobs().heads.missing())
    if missing:
        app.send_task(task_name("give_default_heads"), expires=OFFER_LASTS.total_seconds())
    return missing


@app.task(base=LeadlineTask, name="leadline.give_default_heads")
def give_default_heads() -> bool:
    """Fit the default heads and give them to every tenant that lacks some; whether that was done."""
    return jobs().heads.give_defaults()


@app.task(base=LeadlineTask, name="leadline.check_features")
def check_features() -> int:
    """Compare what was served to each tenant with the log of events."""
    return _each(jobs().tenants.behaving(), "check_features_of")


@app.task(base=LeadlineTask, name="leadline.check_features_of")
def check_features_of(*, tenant: str) -> int:
    """Compare a sample of served behaviour features with the log of events, and return how many values differ."""
    return jobs().behavior.check_features(tenant)


@app.task(base=LeadlineTask, name="leadline.prune_behavior")
def prune_behavior() -> int:
    """Remove old recommendations and served features of each tenant."""
    return _each(jobs().tenants.behaving(), "prune_behavior_of")


@app.task(base=LeadlineTask, name="leadline.prune_behavior_of")
def prune_behavior_of(*, tenant: str) -> int:
    """Remove old recommendations, served features and checks of them."""
    return jobs().behavior.prune(tenant)


@app.task(base=Tick, name="leadline.deliver_alerts")
def deliver_alerts() -> int:
    """Deliver the alerts that are due; a delivery that fails has a time to be tried again of its own."""
    return jobs().deliver_alerts()


@app.task(base=LeadlineTask, name="leadline.prune_models")
def prune_models() -> int:
    """Remove old versions of each tenant."""
    return _each(jobs().tenants.served(), "prune_models_of")


@app.task(base=LeadlineTask, bind=True, name="leadline.prune_models_of")
def prune_models_of(self: Any, *, tenant: str) -> int:
    """Remove old versions that nobody uses; a retry has the same id and goes on where the first one ended."""
    return jobs().prune_models(tenant, self.request.id)


@app.task(base=LeadlineTask, name="leadline.prune_feedback")
def prune_feedback() -> int:
    """Remove old feedback of each tenant."""
    return _each(jobs().tenants.learning(), "prune_feedback_of")


@app.task(base=LeadlineTask, bind=True, name="leadline.prune_feedback_of")
def prune_feedback_of(self: Any, *, tenant: str) -> int:
    """Remove feedback that is kept no longer; a retry has the same id and goes on where the first one ended."""
    return jobs().prune_feedback(tenant, self.request.id)


@app.task(base=LeadlineTask, name="leadline.prune_monitoring")
def prune_monitoring() -> int:
    """Remove old figures of each tenant."""
    return _each(jobs().tenants.watched(), "prune_monitoring_of")


@app.task(base=LeadlineTask, name="leadline.prune_monitoring_of")
def prune_monitoring_of(*, tenant: str) -> int:
    """Remove old sums, drift reports, alerts, shadow scores and retraining checks."""
    return jobs().prune_monitoring(tenant)


@app.task(base=LeadlineTask, name="leadline.prune_conversations")
def prune_conversations() -> int:
    """Remove old stored conversations of each tenant."""
    return _each(jobs().tenants.conversing(), "prune_conversations_of")


@app.task(base=LeadlineTask, name="leadline.prune_conversations_of")
def prune_conversations_of(*, tenant: str) -> int:
    """Remove stored conversations that nothing was added to for long."""
    return jobs().prune_conversations(tenant)


@app.task(base=LeadlineTask, name="leadline.train_action_rankers")
def train_action_rankers() -> int:
    """Look for each tenant whether its ranker of actions is to be trained anew."""
    return _each(jobs().tenants.acting(), "train_action_ranker_of")


@app.task(base=LeadlineTask, name="leadline.train_action_ranker_of")
def train_action_ranker_of(*, tenant: str) -> bool:
    """Train the ranker of actions anew if that is due, and activate it if it is better; whether it was trained."""
    return jobs().actions.train_ranker(tenant)


@app.task(base=LeadlineTask, name="leadline.prune_actions")
def prune_actions() -> int:
    """Remove old recommended actions, and what became of them, of each tenant."""
    return _each(jobs().tenants.acting(), "prune_actions_of")


@app.task(base=LeadlineTask, name="leadline.prune_actions_of")
def prune_actions_of(*, tenant: str) -> int:
    """Remove old recommended actions, and what became of them."""
    return jobs().actions.prune(tenant)


@app.task(base=Tick, name="leadline.prune_dead_letters")
def prune_dead_letters() -> int:
    """Remove old dead letters."""
    return jobs().prune_dead_letters()


@app.task(base=Letter, name="leadline.bury")
def bury(*, task: str, arguments: dict[str, object], problem: str, attempts: int) -> None:
    """Keep a task that failed for good."""
    jobs().dead_letters.bury(task=task, arguments=arguments, problem=problem, attempts=attempts)
