"""The entity-relationship diagram: what is in it (`build`), where it stands (`layout`), how links run (`route`)."""
