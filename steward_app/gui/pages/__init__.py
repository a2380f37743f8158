"""The pages, one folder a capability."""
