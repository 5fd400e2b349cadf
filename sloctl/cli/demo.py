"""`sloctl demo`."""

import click


@click.command()
def demo() -> None:
    """See an SLO burn, live."""
