"""The journal: what was done with this file, by whom, with which result, and the proof that it is untampered."""
