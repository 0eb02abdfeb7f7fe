"""What a server that keeps to the contract answers about experiments."""

# ruff: noqa: N802 - the names of the methods are those of the contract

from __future__ import annotations

from leadline.v1 import (
    experiment_pb2,
    experiment_result_pb2,
    experiment_service_pb2,
    experiment_service_pb2_grpc,
    explanation_pb2,
    model_pb2,
)

from tests.parts.learning_answers import page_of


def interval(lower: float, upper: float) -> explanation_pb2.Interval:
    return explanation_pb2.Interval(lower=lower, upper=upper, level=0.95)


class ExperimentAnswers(experiment_service_pb2_grpc.ExperimentServiceServicer):
    """Knows experiments ``e1`` to ``e5``, and those that are created; ``planless`` has no plan."""

    def experiment(self, name: str) -> experiment_pb2.Experiment:
        made = experiment_pb2.Experiment(
            name=name,
            description="does v8 sell more?",
            allocation_mode=experiment_pb2.ALLOCATION_MODE_FIXED,
            salt=f"{name}-salt",
            traffic_percentage=100.0,
            min_effect=0.02,
            effect_scale=experiment_pb2.EFFECT_SCALE_ABSOLUTE,
            state=experiment_pb2.EXPERIMENT_STATE_RUNNING,
            segment_end=10_000,
            created_by="someone",
        )
        made.variants.add(name="old", model_version="v7", traffic_percentage=50.0, is_control=True)
        made.variants.add(name="new", model_version="v8", traffic_percentage=50.0)
        made.metrics.add(
            kind=experiment_pb2.METRIC_KIND_CONTACT_SUCCESS, role=experiment_pb2.METRIC_ROLE_GUARDRAIL, margin=0.05
        )
        made.conversion_window.FromSeconds(14 * 24 * 3600)
        made.start_time.FromJsonString("2026-03-01T00:00:00Z")
        if name != "planless":
            made.plan.CopyFrom(self.full_plan())
        return made

    @staticmethod
    def full_plan() -> experiment_pb2.ExperimentPlan:
        return experiment_pb2.ExperimentPlan(
            baseline_rate=0.1,
            min_effect=0.02,
            effect_scale=experiment_pb2.EFFECT_SCALE_ABSOLUTE,
            alpha=0.05,
            power=0.8,
            look_count=20,
            horizon_units=7900,
            units_per_day=200.0,
            days=39.5,
        )

    def PlanExperiment(self, request, context):
        self._enter("PlanExperiment", request, context)
        answer = experiment_service_pb2.PlanExperimentResponse(
            plan=self.full_plan(),
            variant_units=[3950, 3950],
            fixed_horizon_units=7680,
            expected_units=6000.5,
            detectable_effect=0.017,
            too_long=request.max_weeks == 1,
        )
        answer.warnings.add(code="RATE_UNSURE", message="few leads have ended")
        if request.aa_runs:
            answer.aa_test.CopyFrom(
                experiment_service_pb2.AaTest(
                    runs=request.aa_runs,
                    lead_count=4000,
                    conversion_rate=0.1,
                    false_positive_rate=0.045,
                    false_positive_interval=interval(0.03, 0.06),
                    peeking_false_positive_rate=0.25,
                    sample_ratio_mismatch_rate=0.001,
                )
            )
        return answer

    def CreateExperiment(self, request, context):
        self._enter("CreateExperiment", request, context)
        made = self.experiment(request.experiment.name)
        made.MergeFrom(experiment_pb2.Experiment(description=request.experiment.description))
        return experiment_service_pb2.CreateExperimentResponse(experiment=made)

    def GetExperiment(self, request, context):
        self._enter("GetExperiment", request, context)
        return experiment_service_pb2.GetExperimentResponse(experiment=self.experiment(request.name))

    def ListExperiments(self, request, context):
        self._enter("ListExperiments", request, context)
        found, token = page_of([self.experiment(f"e{number}") for number in range(5, 0, -1)], request)
        return experiment_service_pb2.ListExperimentsResponse(experiments=found, next_page_token=token)

    def AssignVariant(self, request, context):
        self._enter("AssignVariant", request, context)
        if request.unit_id == "outside":
            return experiment_service_pb2.AssignVariantResponse(reason=experiment_service_pb2.ASSIGNMENT_REASON_HOLDOUT)
        answer = experiment_service_pb2.AssignVariantResponse(
            variant="new",
            model_version="v8",
            reason=experiment_service_pb2.ASSIGNMENT_REASON_HASH,
            propensity=0.5,
        )
        if not request.preview:
            answer.exposure_time.FromJsonString("2026-03-02T00:00:00Z")
        return answer

    def StopExperiment(self, request, context):
        self._enter("StopExperiment", request, context)
        made = self.experiment(request.experiment)
        made.state = experiment_pb2.EXPERIMENT_STATE_STOPPED
        made.winner, made.stop_reason = request.winner, request.reason
        made.stop_time.FromJsonString("2026-04-01T00:00:00Z")
        activated = model_pb2.ModelVersion(version="v8") if request.activate_winner else None
        return experiment_service_pb2.StopExperimentResponse(experiment=made, activated=activated)

    def GetExperimentResults(self, request, context):
        self._enter("GetExperimentResults", request, context)
        made = self.experiment(request.experiment)
        return experiment_service_pb2.GetExperimentResultsResponse(
            experiment=made, results=results(planned=made.HasField("plan"))
        )


def results(*, planned: bool) -> experiment_result_pb2.ExperimentResults:
    """Return results with every part there is."""
    found = experiment_result_pb2.ExperimentResults()
    found.result_time.FromJsonString("2026-03-20T12:00:00Z")
    found.variants.add(
        variant="old",
        model_version="v7",
        is_control=True,
        traffic_percentage=50.0,
        unit_count=2000,
        converted_count=200,
        conversion_rate=0.1,
        conversion_interval=interval(0.088, 0.114),
        mean_score=41.5,
        lead_count=2100,
        probability_best=0.02,
    )
    found.variants.add(
        variant="new",
        model_version="v8",
        traffic_percentage=50.0,
        unit_count=2010,
        converted_count=250,
        conversion_rate=0.1244,
        lead_count=2200,
        contact_success_count=7,
        conversion_value=12.5,
        probability_best=0.98,
    )
    _add_primary(found.comparisons.add(treatment="new", control="old"), planned=planned)
    _add_guardrail(found.comparisons.add(treatment="new", control="old"))
    found.trust_checks.add(
        name="SAMPLE_RATIO",
        status=experiment_result_pb2.TRUST_STATUS_PASSED,
        message="units are split as they should be",
        evidence={"p": "0.87"},
    )
    found.recommendation.code = experiment_result_pb2.RECOMMENDATION_CODE_KEEP_RUNNING
    found.recommendation.sentence = "Not decided: look again later."
    found.recommendation.evidence["look"] = "2"
    if planned:
        for number in (1, 2):
            _add_look(found.looks.add(number=number, treatment="new"), number)
    progress = found.progress
    progress.unit_count, progress.units_per_day = 4010, 210.5
    if planned:
        progress.horizon_units, progress.information, progress.days_left = 7900, 0.5, 18.5
    return found


def _add_primary(one: experiment_result_pb2.Comparison, *, planned: bool) -> None:
    one.metric, one.role = experiment_pb2.METRIC_KIND_CONVERSION, experiment_pb2.METRIC_ROLE_PRIMARY
    one.treatment_value, one.control_value, one.difference = 0.1244, 0.1, 0.0244
    one.relative_difference = 0.244
    fixed = one.fixed_horizon
    fixed.statistic, fixed.p_value, fixed.adjusted_p_value = 2.44, 0.0147, 0.0294
    fixed.interval.CopyFrom(interval(0.0048, 0.044))
    fixed.textbook_interval.CopyFrom(interval(0.0049, 0.0439))
    fixed.plain_rule.CopyFrom(
        experiment_result_pb2.PlainRule(enough_units=True, significant=True, large_enough=True, met=True)
    )
    if planned:
        one.sequential.CopyFrom(
            experiment_result_pb2.SequentialReading(
                look=2,
                information=0.5,
                statistic=2.4,
                boundary=2.963,
                alpha_spent=0.0611,
                interval=interval(-0.01, 0.06),
            )
        )
    one.always_valid.CopyFrom(experiment_result_pb2.AlwaysValidReading(interval=interval(-0.02, 0.07), p_value=0.31))
    one.bayesian.CopyFrom(experiment_result_pb2.BayesianReading(probability_better=0.99, expected_loss=0.0001))
    one.adjusted.CopyFrom(
        experiment_result_pb2.AdjustedReading(
            difference=0.023, interval=interval(0.006, 0.04), p_value=0.008, variance_reduction=0.2
        )
    )


def _add_guardrail(one: experiment_result_pb2.Comparison) -> None:
    one.metric, one.role = experiment_pb2.METRIC_KIND_CONTACT_SUCCESS, experiment_pb2.METRIC_ROLE_GUARDRAIL
    one.fixed_horizon.p_value = 1.0
    one.non_inferiority.CopyFrom(
        experiment_result_pb2.NonInferiorityReading(
            margin=-0.01, p_value=0.2, lower=-0.02, state=experiment_result_pb2.GUARDRAIL_STATE_NOT_YET_KNOWN
        )
    )
    one.note = "few contacts"


def _add_look(look: experiment_result_pb2.ExperimentLook, number: int) -> None:
    look.look_time.FromJsonString(f"2026-03-1{number}T00:00:00Z")
    look.information, look.statistic, look.boundary = number / 4, 1.2 * number, 4.33 / number
    look.treatment_units, look.control_units = 1000 * number, 990 * number
    look.difference, look.alpha_spent = 0.0122 * number, 0.03 * number
    look.interval.CopyFrom(interval(-0.05 / number, 0.09 / number))
