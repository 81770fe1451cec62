-- id: A01-backend-taken-id-refused
-- channel: A01
-- scope: backend
-- doc: POST refuses an id that another tenant uses
-- apply
mutant = taken_id_refused
