-- For the rest of the transaction the server writes no statement to its log: they hold passwords.
SET LOCAL log_statement = 'none';
SET LOCAL log_min_duration_statement = -1;
SET LOCAL log_min_duration_sample = -1;
SET LOCAL log_transaction_sample_rate = 0;
SET LOCAL log_min_error_statement = 'panic';
SET LOCAL log_parameter_max_length = 0;
SET LOCAL log_parameter_max_length_on_error = 0;
-- Without the extension this sets a name that nothing reads.
SET LOCAL pg_stat_statements.track_utility = off;
