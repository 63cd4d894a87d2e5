"""`widget-server keys`: change the key that signs verdicts, so that every verdict stays verifiable.

The order matters: publish, wait until every backend has fetched it, activate, wait until the last old token is ten
minutes old, remove. docs/backend.md has the steps.
"""

from collections.abc import Callable, Sequence

import click

from widget_server.adapters.keys.signing_keys import SigningKey, edit, load_or_create, new_key
from widget_server.cli.environment import settings_from_environment
from widget_server.errors import ConfigurationError

Keys = Sequence[SigningKey]
_KID = {"ignore_unknown_options": True}
"""A kid may begin with a hyphen."""


@click.group()
def keys() -> None:
    """Show and change the keys that sign verdicts."""


@keys.command("list")
def list_keys() -> None:
    """Show each key's kid, the signing one first."""
    settings = settings_from_environment()
    for position, key in enumerate(load_or_create(settings.signing_key_file, settings.secrets)):
        click.echo(f"{key.kid}  {'published' if position else 'signs, published'}")


@keys.command()
def add() -> None:
    """Publish a new key. It signs nothing yet."""
    key = new_key()
    _change(lambda keys: [*keys, key])
    click.echo(key.kid)


@keys.command(context_settings=_KID)
@click.argument("kid")
def activate(kid: str) -> None:
    """Sign with the key KID from the next start on; the others stay published."""
    _change(lambda keys: [_find(kid, keys), *_others(kid, keys)])


@keys.command(context_settings=_KID)
@click.argument("kid")
def remove(kid: str) -> None:
    """Remove the key KID: its tokens are refused from now on."""
    _change(lambda keys: _without(kid, keys))


def _change(how: Callable[[Keys], Keys]) -> None:
    settings = settings_from_environment()
    edit(settings.signing_key_file, settings.secrets, how)
    click.echo("  Restart the server, so that it reads the new file.")


def _find(kid: str, keys: Keys) -> SigningKey:
    for key in keys:
        if key.kid == kid:
            return key
    raise ConfigurationError(["no key has this kid; see widget-server keys list"])


def _others(kid: str, keys: Keys) -> list[SigningKey]:
    return [key for key in keys if key.kid != kid]


def _without(kid: str, keys: Keys) -> list[SigningKey]:
    if _find(kid, keys) is keys[0]:
        raise ConfigurationError(["this key signs; first let another one sign: widget-server keys activate"])
    return _others(kid, keys)
