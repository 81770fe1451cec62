-- id: S05-one-in-10000
-- channel: S05
-- scope: database
-- doc: a policy that opens in one transaction of ten thousand
-- dose: 1/10000
-- operation: campaign_load
-- apply
CREATE POLICY now_and_then ON public.campaigns FOR SELECT TO langflow_app
    USING (abs(hashtextextended(pg_backend_pid()::text || transaction_timestamp()::text, 3)) % 10000 = 0);
