-- id: S05-one-in-100
-- channel: S05
-- scope: database
-- doc: a policy that opens in one transaction of a hundred, as a race does
-- dose: 1/100
-- operation: campaign_load
-- apply
CREATE POLICY now_and_then ON public.campaigns FOR SELECT TO langflow_app
    USING (abs(hashtextextended(pg_backend_pid()::text || transaction_timestamp()::text, 1)) % 100 = 0);
