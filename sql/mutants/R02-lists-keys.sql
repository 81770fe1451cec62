-- id: R02-lists-keys
-- channel: R02
-- scope: redis
-- doc: the application's user may list keys, which carry the tenants' ids
-- apply
ACL SETUSER application +scan +keys +randomkey
