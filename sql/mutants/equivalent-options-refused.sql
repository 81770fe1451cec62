-- id: equivalent-options-refused
-- channel: C07
-- scope: pooler
-- doc: the pooler refuses the startup parameter options
-- equivalent: a client that sends options is turned away, which is an outage for Langflow, and none of them is applied either way
-- apply
ignore_startup_parameters = extra_float_digits
