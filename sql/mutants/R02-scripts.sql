-- id: R02-scripts
-- channel: R02
-- scope: redis
-- doc: the application's user may run scripts on the server
-- apply
ACL SETUSER application +@scripting
