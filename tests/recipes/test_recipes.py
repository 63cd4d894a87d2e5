"""Every recipe of docs/recipes/, run as it stands there, fulfills what is proven, and once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.recipes import java_shop, node_shops, php_shops, python_shops
from tests.recipes.cases import CASES, play
from tests.recipes.frame import KeyServer, Shop, key_server

Recipe = Callable[[str, Path, int], AbstractContextManager[Shop]]
RECIPES: dict[str, Recipe] = {
    "flask": python_shops.flask,
    "django": python_shops.django,
    "fastapi": python_shops.fastapi,
    "express": node_shops.express,
    "nextjs": node_shops.nextjs,
    "php": php_shops.php,
    "laravel": php_shops.laravel,
    "spring-boot": java_shop.spring_boot,
}
"""By page: `recipe(server, folder, port)` runs the shop of docs/recipes/<page>.md."""


@pytest.fixture(scope="module", params=RECIPES)
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]
) -> Iterator[tuple[Shop, KeyServer]]:
    folder = tmp_path_factory.mktemp(request.param)
    with key_server() as keys, RECIPES[request.param](keys.url, folder, free_port()) as shop:
        yield shop, keys


@pytest.mark.parametrize("name", CASES)
def test_a_recipe(running: tuple[Shop, KeyServer], name: str) -> None:
    play(running[0], name)


def test_a_recipe_keeps_the_keys(running: tuple[Shop, KeyServer]) -> None:
    """The cases before this one brought many tokens, among them those that name a key which does not exist."""
    play(running[0], "a genuine token twice")
    minutes = (time.monotonic() - running[1].since) // 60  # an unknown key may be asked for once a minute
    assert 1 <= running[1].asked <= 1 + minutes
