"""A file, and the state it had at an earlier moment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builders.database import DatabaseBuilder
from builders.operations import known
from steward_app.catalog import Catalog
from steward_app.db import open_read, open_write
from steward_app.db.content import table_contents
from steward_app.db.copy import copy_database
from steward_app.db.integrity import foreign_key_check, integrity_check
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.values import Row
from steward_app.services import backup, operation, restore
from steward_app.services.operation import Confirmation
from steward_app.services.restore import BringRequest


@dataclass(frozen=True)
class Moments:
    """`path` is the file, `image` what it was when this was made."""

    catalog: Catalog
    path: Path
    image: Path
    database_id: str

    @classmethod
    def of(cls, catalog: Catalog, builder: DatabaseBuilder) -> Moments:
        """Build a file, and keep it as it is."""
        path = builder.build()
        image = path.with_name("then.sqlite")
        copy_database(path, image, Context())
        return cls(catalog, path, image, known(catalog, path).id)

    def later(self, *statements: str, enforced: bool = True) -> Moments:
        """What happened to the file since."""
        with open_write(self.path) as session:
            if not enforced:
                session.run("PRAGMA foreign_keys = OFF")
            with session.transaction():
                for statement in statements:
                    session.run(statement)
        return self

    def request(self, table: str, *keys: Any, **changed: Any) -> BringRequest:
        """A request for rows, named by one value each or by a tuple."""
        named = tuple(key if isinstance(key, tuple) else (key,) for key in keys)
        return BringRequest(self.path, self.database_id, self.image, table, keys=named, **changed)

    def bring(self, request: BringRequest) -> Receipt:
        """Plan it and carry it out."""
        plan = restore.plan_bring(self.catalog, request, Context())
        assert not plan.blocking, plan.blocking
        return restore.bring(self.catalog, plan, Context(), Confirmation.of(plan))

    def undo(self, receipt: Receipt) -> Receipt:
        """Undo it by its inverse."""
        return operation.undo(
            self.catalog,
            receipt.operation_id,
            restore.undoable(self.catalog),
            Context(),
            confirmation=Confirmation(given=True),
            take_point=backup.take_point,
        )

    def rows(self, sql: str, path: Path | None = None) -> list[Row]:
        """What a query gives now; or in another file."""
        with open_read(path or self.path) as session:
            return session.all(sql)

    def then(self, sql: str) -> list[Row]:
        """What a query gave then."""
        return self.rows(sql, self.image)

    def state(self) -> dict[str, str]:
        """The content of every table but ours."""
        with open_read(self.path) as session:
            assert integrity_check(session, Context()) == ()
            contents = table_contents(session, Context())
        return {each.name: each.hash for each in contents if not each.name.startswith("_steward_")}

    def orphans(self) -> int:
        """How many rows point to nothing."""
        with open_read(self.path) as session:
            return sum(check.violations for check in foreign_key_check(session, Context()))
