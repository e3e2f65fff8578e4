"""What a map needs beside the database: the journey models and the planned journeys."""

from dataclasses import dataclass

from insights.asker import QuestionError
from insights.map.model import MapModel
from insights.map.plan import Plan, built_in, read_plan
from insights.sentences import say


@dataclass(frozen=True, slots=True)
class Desk:
    """The models that are in use; the first is the default one.

    Attributes:
        models: in their order.
        plans: planned journeys, each for a model.
    """

    models: tuple[MapModel, ...]
    plans: tuple[Plan, ...] = ()

    def model(self, name: str) -> MapModel:
        """A model by its name.

        Raises:
            QuestionError: there is none of that name.
        """
        for model in self.models:
            if model.name == name:
                return model
        known = ", ".join(model.name for model in self.models)
        raise QuestionError(say("model", name=name, known=known))

    def plan_for(self, model: str, text: bytes | None = None) -> Plan | None:
        """The plan that a reader gives, or the one there is for a model.

        The plan that comes with Parcours is for the default model's own phases.

        Raises:
            PlanError: the text means no plan.
        """
        if text is not None:
            return read_plan(text)
        for plan in (*self.plans, built_in()):
            if plan.model == model and _fits(plan, self.model(model)):
                return plan
        return None


def _fits(plan: Plan, model: MapModel) -> bool:
    return {p.id for p in plan.phases} <= {p.id for p in model.phases}
