-- id: A04-backend-conflict-shows-row
-- channel: A04
-- scope: backend
-- doc: a refused write shows the row that the process handled last
-- apply
mutant = conflict_shows_row
