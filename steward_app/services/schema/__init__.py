"""See: what is in a file, how it hangs together, what is declared, what is enforced, and which rows break it."""
