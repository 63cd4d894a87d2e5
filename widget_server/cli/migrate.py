"""`widget-server migrate`: bring the database to this version's schema, or back to an older one before a rollback."""

import click

from widget_server.adapters.store.database import make_engine, shown
from widget_server.adapters.store.migrate import downgrade, upgrade
from widget_server.adapters.store.ownership import known_revisions
from widget_server.adapters.store.schema_version import find_revision
from widget_server.cli.environment import settings_from_environment
from widget_server.cli.start import storage_problem
from widget_server.errors import ConfigurationError, StorageError

_NEW = "The database is new; migrated to {}."
_DROPS = "Whatever newer tables and columns hold will be dropped. Is the server stopped, and a backup made?"


@click.command()
@click.option("--to", "wanted", metavar="REVISION", help="Such as 0001. [default: the newest of this version]")
@click.option("--yes", is_flag=True, help="Do not ask before something is dropped.")
def migrate(wanted: str | None, *, yes: bool) -> None:
    """Migrate the database; `serve` and `worker` do it at each start.

    An older version cannot undo what it does not know: before a rollback call this of the newer version.
    """
    url = settings_from_environment().database_url
    click.echo(f"Database: {shown(url)}", err=True)
    try:
        before = _revision(url)
        _move(url, before, wanted or known_revisions()[-1], yes=yes)
        after = _revision(url)
    except StorageError as error:
        raise storage_problem(error) from error
    click.echo(f"The database was at {before} and is at {after}." if before else _NEW.format(after))


def _move(url: str, current: str | None, wanted: str, *, yes: bool) -> None:
    if wanted not in known_revisions():
        raise ConfigurationError([f"--to: this version knows the revisions {', '.join(known_revisions())}"])
    if current not in known_revisions()[known_revisions().index(wanted) + 1 :]:
        upgrade(url, wanted)  # refuses the schema of a newer version
    elif yes or click.confirm(_DROPS):
        downgrade(url, wanted)


def _revision(url: str) -> str | None:
    engine = make_engine(url)
    try:
        return find_revision(engine)
    finally:
        engine.dispose()
