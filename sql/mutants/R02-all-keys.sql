-- id: R02-all-keys
-- channel: R02
-- scope: redis
-- doc: the application's user may use every key, Langflow's too
-- apply
ACL SETUSER application ~*
