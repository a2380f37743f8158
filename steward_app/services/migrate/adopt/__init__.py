"""Taking over the history that another tool of migrations kept in a file, once the schema bears it out.

model        what their table says, what their folder holds, and the two lined up
flyway, liquibase, alembic, django, yoyo, sqlite_migrate, numbered   how each tool keeps its history and its files
readers      which tool it is
verify       their files run on an empty database, compared with the file
adoption     everything together, before anything is written
operation    the operation that writes our history
service      the calls for the window and the command line
"""
