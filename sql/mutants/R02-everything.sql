-- id: R02-everything
-- channel: R02
-- scope: redis
-- doc: the application's user may run every command, those that configure and empty the server too
-- apply
ACL SETUSER application +@all
