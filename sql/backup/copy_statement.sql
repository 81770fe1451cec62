-- The statement that makes an empty database of name $1 with the encoding and collation of this one.
SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L', $1::text, pg_encoding_to_char(encoding), datcollate, datctype)
FROM pg_catalog.pg_database
WHERE datname = current_database();
