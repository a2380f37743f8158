"""The backup store: restore points as page maps over shared packs, on any place that keeps objects."""
