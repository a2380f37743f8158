"""The edit engine: a change of the schema as SQL that leaves everything else in the stored text byte for byte."""
