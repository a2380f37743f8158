"""A suite of labelled tables for judging how well personal data is found."""
