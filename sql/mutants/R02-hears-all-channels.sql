-- id: R02-hears-all-channels
-- channel: R02
-- scope: redis
-- doc: the application's user may listen on every channel
-- apply
ACL SETUSER application allchannels +subscribe +psubscribe +publish
