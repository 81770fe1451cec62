-- id: A05-backend-request-id-in-comment
-- channel: A05
-- scope: backend
-- doc: X-Request-ID is put into a comment of the statement
-- apply
mutant = request_id_in_comment
