-- id: R02-no-password
-- channel: R02
-- scope: redis
-- doc: the default user needs no password and may do everything
-- apply
ACL SETUSER default on nopass ~* &* +@all
