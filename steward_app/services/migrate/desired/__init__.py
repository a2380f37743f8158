"""From the schema a file has to the schema it is to have: the edits that lead there, and what must be asked first."""
