-- id: C04-session-pooling-without-reset
-- channel: C04
-- scope: pooler
-- doc: the pooler keeps a server connection for a session and cleans nothing up between clients
-- apply
pool_mode = session
server_reset_query =
