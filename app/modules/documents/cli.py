"""`portico documents …`: files that an older version kept."""

import click

from app.modules.documents import service
from tenants import service as tenancy
from tenants.session import tenant_session


@click.group(name="documents")
def files() -> None:
    """Files that people sent."""


@files.command()
def seal() -> None:
    """Seal identity documents that were stored plain, at every site. Running it again changes nothing."""
    for site in tenancy.sites():
        with tenant_session(site.id) as session:
            sealed, lacking = service.seal_plain(session)
        with tenant_session(site.id) as session:  # only once what is sealed can't get lost any more
            removed = service.remove_plain(session)
        click.echo(f"{site.slug}: {sealed} sealed, {removed} plain files removed")
        for document_id in lacking:
            click.echo(f"{site.slug}: the file of document {document_id} is missing or damaged", err=True)
