"""`widget-server snippet`: the script tag for a shop's page."""

import click

from widget_server.adapters.page_rules import load_page_rules
from widget_server.cli.environment import settings_from_environment
from widget_server.domain.display_options import LOCALES, MODES, THEMES
from widget_server.services import snippet as snippets
from widget_server.web.builds import served_builds


@click.command()
@click.option("--page", "path", default="/", show_default=True, help="The page's path or address.")
@click.option("--mode", type=click.Choice(MODES), help="Write this mode into the tag, over the page's rule.")
@click.option("--locale", type=click.Choice(LOCALES), default="auto", help="Write this language into the tag.")
@click.option("--theme", type=click.Choice(THEMES), default="auto", help="Write this theme into the tag.")
@click.option("--offer", metavar="ID", help="Print the button of this offer as well.")
@click.option("--evergreen", is_flag=True, help="A tag without a hash, which follows every upgrade.")
def snippet(path: str, mode: str | None, locale: str, theme: str, offer: str | None, *, evergreen: bool) -> None:
    """Print the script tag to paste into a shop's page, and what that page needs."""
    settings = settings_from_environment()
    path, url = snippets.page_path(path), settings.public_url
    page = snippets.Page(path, load_page_rules(settings.page_rules_file).find(path), mode, locale, theme)
    builds, plain_http = served_builds(url), settings.env == "sandbox"
    click.echo(snippets.tag(url, builds.current, mode=mode, locale=locale, theme=theme, evergreen=evergreen) + "\n")
    if offer is not None:
        from widget_server.adapters.offers_file import load_offers  # noqa: PLC0415 - needs the file's schema

        offers = load_offers(settings.offers_file, settings.allowed_origins, sandbox=plain_http)
        if offer not in offers:
            raise click.UsageError(f"WIDGET_OFFERS_FILE has no offer {offer}; it has {', '.join(offers) or 'none'}")
        click.echo(snippets.offer_button(offer, "결제하기") + "\n")
    notes = snippets.notes(url, page, evergreen=evergreen, released=builds.released, plain_http=plain_http)
    click.echo("\n".join(notes))
