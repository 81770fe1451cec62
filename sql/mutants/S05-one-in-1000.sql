-- id: S05-one-in-1000
-- channel: S05
-- scope: database
-- doc: a policy that opens in one transaction of a thousand
-- dose: 1/1000
-- operation: campaign_load
-- apply
CREATE POLICY now_and_then ON public.campaigns FOR SELECT TO langflow_app
    USING (abs(hashtextextended(pg_backend_pid()::text || transaction_timestamp()::text, 2)) % 1000 = 0);
