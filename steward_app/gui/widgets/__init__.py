"""The widgets all pages are made of, written once."""
