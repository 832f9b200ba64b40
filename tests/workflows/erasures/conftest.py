"""One database a dialect for all cases of a module, each with tables of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import sqlalchemy as sa

from kept.db import configure, disconnect
from tests.lending import empty_database
from tests.services import DIALECTS, mariadb_database
from tests.states import lay_state, postgres_state

from .desk import Desk
from .town import Base, Town, base, written

Found: TypeAlias = Callable[..., Town]


@pytest.fixture(scope="module", params=DIALECTS)
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Base, Base]]:
    """Two databases of one dialect."""
    with ExitStack() as stack:
        urls = []
        for number in range(2):
            if request.param == "sqlite":
                urls.append(f"sqlite:///{tmp_path_factory.mktemp('store') / f'{number}.db'}")
                continue
            server: sa.URL = request.getfixturevalue(f"{request.param}_service")
            fresh = empty_database if request.param == "postgres" else mariadb_database
            urls.append(stack.enter_context(fresh(server)).render_as_string(hide_password=False))
        first, second = (stack.enter_context(base(url)) for url in urls)
        yield first, second


@pytest.fixture
def found(shared: tuple[Base, Base], tmp_path: Path) -> Iterator[Found]:
    """Found a town: `found(tables, map)` with one store, `found(tables, map, second=(tables, map))` with two."""
    made: list[Town] = []

    def make(tables: str, mapped: str, *, second: tuple[str, str] | None = None, holds: str = "", settings: str = "") -> Town:
        bases = {"app": shared[0]} | ({"other": shared[1]} if second else {})
        maps = {"app": mapped} | ({"other": second[1]} if second else {})
        for name, script in {"app": tables, "other": second[0] if second else ""}.items():
            if name in bases:
                bases[name].clear()
                bases[name].run(script)
        town = Town(folder=written(tmp_path / "privacy", bases, maps, holds=holds, settings=settings), bases=bases)
        made.append(town)
        return town

    yield make
    for town in made:
        town.close()


@pytest.fixture(scope="module")
def state(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Kept's own database, on SQLite where a test does not ask for PostgreSQL."""
    folder = tmp_path_factory.mktemp("state")
    with ExitStack() as stack:
        if getattr(request, "param", "sqlite") == "postgres":
            server: sa.URL = request.getfixturevalue("postgres_service")
            url = stack.enter_context(postgres_state(server, whole=True)).render_as_string(hide_password=False)
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            patch.setenv("KEPT_DATABASE_URL", url)
        else:
            lay_state(folder, whole=True)
        configure(folder, whole=True)
        yield folder
        disconnect()


@pytest.fixture
def desk(state: Path, found: Found) -> Iterator[Callable[..., Desk]]:
    """Found a town with a desk: `desk(tables, map)`, as `found` does."""
    configure(state, whole=True)
    made: list[Desk] = []

    def make(*words: str, **more: Any) -> Desk:
        made.append(Desk(town=found(*words, **more)))
        return made[-1]

    yield make
    for one in made:
        one.world.close()
    Desk.clear()
