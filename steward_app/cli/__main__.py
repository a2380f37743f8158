"""`python -m steward_app.cli`: the command line, where no `steward` is on the path."""

from steward_app.cli.main import run

if __name__ == "__main__":
    run()
