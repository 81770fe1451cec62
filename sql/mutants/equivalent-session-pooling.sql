-- id: equivalent-session-pooling
-- channel: C04
-- scope: pooler
-- doc: the pooler keeps a server connection for a session
-- equivalent: with server_reset_query at its default, DISCARD ALL, what a client leaves is gone before the next; it costs connections, not rows
-- apply
pool_mode = session
