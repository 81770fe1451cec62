-- $1 id, $2 user, $3 name, $4 description, $5 data, $6 updated_at; what isn't given has its default
INSERT INTO langflow.flow (id, user_id, name, description, data, updated_at)
VALUES ($1, $2, $3, $4, $5, $6)
