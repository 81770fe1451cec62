-- id: A04-backend-debug-errors
-- channel: A04
-- scope: backend
-- doc: errors hold traceback, statement and the last rows of the process
-- apply
mutant = debug_errors
