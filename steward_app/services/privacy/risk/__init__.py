"""How far the rows of a table can be told apart."""
