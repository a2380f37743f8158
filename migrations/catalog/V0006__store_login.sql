-- What could be given to log in, where a server refused the login the last time: 'password', 'key_passphrase',
-- 'access_key'; '' where nothing would help, or it was not refused. Says something only beside a problem.
ALTER TABLE stores ADD COLUMN login_wanted TEXT NOT NULL DEFAULT '';
