"""Real servers on loopback, for tests: each a process of its own, with folders and keys of its own.

sshd.py     OpenSSH's server with its sftp-server, on an unprivileged port
rclone.py   `rclone serve s3`, an S3-compatible server that ignores conditional puts and range requests
serving.py  how they are started and ended
proxy.py    a line between a program and a server, that can be cut, slowed down and stopped
"""
