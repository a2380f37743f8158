"""The backups: restore points on their way from taken over checked to proven."""
