"""The parts of `widgets.data_table`: what is loaded, how it is fetched, how it is painted."""
