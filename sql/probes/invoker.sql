-- Whether view $1 (its oid) reads with the reader's rights.
SELECT EXISTS (SELECT FROM pg_catalog.pg_class AS c, LATERAL pg_catalog.pg_options_to_table(c.reloptions) AS o
               WHERE c.oid = $1::oid AND o.option_name = 'security_invoker' AND o.option_value::boolean)
