"""The data dictionary: what is in a file, for somebody who does not have it open."""

from steward_app.services.schema.docs.dictionary import Dictionary, Entry, make_dictionary
from steward_app.services.schema.docs.html import html_files
from steward_app.services.schema.docs.markdown import markdown
from steward_app.services.schema.docs.write import Written, write_dictionary

__all__ = ["Dictionary", "Entry", "Written", "html_files", "make_dictionary", "markdown", "write_dictionary"]
