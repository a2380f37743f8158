"""Making the triggers of recipes again, for the tables as they are now: one is gone, was changed, or a table was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, cast

from steward_app.catalog import Catalog
from steward_app.db import WriteSession, open_read
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.skeleton import skeleton
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Refused, StewardError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Check, Json, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.guard.armed import State
from steward_app.services.audit.recipes import again, drift, registry, under_audit
from steward_app.services.audit.recipes.add import standing
from steward_app.services.audit.recipes.model import Recipe, RecipeStatus, RenewRequest
from steward_app.services.audit.recipes.needs import UNCHANGED
from steward_app.services.audit.recipes.parts import MissingError
from steward_app.services.audit.recipes.remove import chosen_of, require_readable
from steward_app.services.operation import Outcome, TransactionOperation, fingerprint, obstacles
from steward_app.services.schema.introspect import read_schema
from steward_app.storage.secrets import open_secrets


@dataclass(frozen=True)
class RenewRecipes(TransactionOperation[Any]):
    """Makes the triggers of recipes again."""

    catalog: Catalog
    ahead: under_audit.Ahead | None = None

    name: ClassVar[str] = "audit.recipes.renew"

    def plan(self, request: RenewRequest, context: Context) -> Plan:
        """Raises `UsageError` for a number that no recipe has, `Refused` where nothing needs it."""
        with open_read(request.path, context) as session, session.snapshot(), session.under(context):
            schema = read_schema(session, context)
            require_readable(chosen_of(session, request.ids, request.path), request.ids)
            stood = _chosen(drift.recipes_in(session, schema), request)
            recipes = [each for each in registry.every(session) if each.id in {one.id for one in stood}]
            findings, sql, tables = list[Finding](), list[str](), set[str]()
            for recipe in recipes:
                with skeleton(session) as copy, copy.transaction():
                    try:
                        with in_sqlites_words():
                            made, statements = again.renew(copy, recipe)
                    except (MissingError, SqliteSays, StewardError) as error:
                        why = error.message.rstrip(".") if isinstance(error, StewardError) else str(error)
                        findings.append(_missing(recipe, why))
                        continue
                sql += statements
                tables.update(made.tables)
            findings += under_audit.obstacles(under_audit.guarded(session, schema, tables))
            findings += obstacles.cannot_be_written(session)
            rests_on = fingerprint.take(session)
        count = plural(len(recipes), "recipe")
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Make {count} of {quoted(request.path.name)} again",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={"ids": [each.id for each in recipes], "tables": cast("list[Json]", sorted(tables))},
            sentences=(
                *(f"{why[:1].upper()}{why[1:]}." for each in stood for why in each.why),
                *(each.sentence for each in stood),
                "Their triggers are made again for the tables as they are now. What was written meanwhile stays.",
            ),
            sql=tuple(sql),
            findings=tuple(findings),
            reversal=Reversal.NOT_NEEDED,
            reversal_text="No row of yours is changed.",
            fingerprint=rests_on,
            button=f"Make {count} again",
        )

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        wanted = set(cast("Sequence[int]", plan.request["ids"]))
        chosen = [each for each in registry.every(session) if each.id in wanted]
        if len(chosen) != len(wanted):
            raise fingerprint.stale(plan, "a recipe was removed")
        secrets, tables = open_secrets(self.catalog.directory), cast("Sequence[str]", plan.request["tables"])
        with under_audit.kept(
            session, secrets, tables, "triggers of a recipe were made again", context, self.ahead
        ):
            for each in chosen:
                try:
                    again.renew(session, each)
                except MissingError as missing:
                    raise fingerprint.stale(plan, str(missing)) from missing
        return Outcome(
            f"Made {plural(len(chosen), 'recipe')} of {quoted(Path(plan.path).name)} again",
            result={"recipes": len(chosen)},
        )

    def verify(
        self, plan: Plan, outcome: Outcome, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        """They stand as they should, and so does every audit they met."""
        return standing(
            session,
            cast("Sequence[str]", plan.request["tables"]),
            context,
            only=cast("Sequence[int]", plan.request["ids"]),
        )


def _chosen(there: Sequence[RecipeStatus], request: RenewRequest) -> list[RecipeStatus]:
    if request.ids:
        return [each for each in there if each.id in request.ids]
    drifting = [each for each in there if each.state is not State.ARMED and each.spec is not None]
    if not drifting:
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"Every recipe of {quoted(request.path.name)} is as it should be.",
            hint=UNCHANGED,
        )
    return drifting


def _missing(recipe: Recipe, why: str) -> Finding:
    return Finding(
        "recipe_table_gone",
        Severity.ERROR,
        f"Recipe {recipe.id} cannot be made again: {why}",
        Subject("table", recipe.spec.table),
        remedies=("Remove the recipe. Where it is wanted on another table or column, install it there.",),
        blocks=True,
    )
