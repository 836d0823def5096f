"""What this plugin is, and what it does."""

from mortise_sdk import Plugin

from plugin.tidy_contact import tidy_contact

plugin = Plugin(
    name="example/sample-plugin",
    version="0.1.0",
    title="Contacts",
    summary="contacts that look alike",
    licence="Apache-2.0",
    operations=[tidy_contact],
)
