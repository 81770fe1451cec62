-- id: S07-materialized-totals
-- channel: S07
-- scope: database
-- doc: a materialized view ranks tenants by their leads, without their names
-- apply
CREATE MATERIALIZED VIEW public.lead_ranking AS
    SELECT row_number() OVER (ORDER BY count(*) DESC) AS rank, count(*) AS leads FROM public.leads GROUP BY tenant_id;
GRANT SELECT ON public.lead_ranking TO langflow_app;
