-- $1 id, $2 tenant, $3 name, $4 status, $5 objective, $6 budget, $7 created_at
INSERT INTO public.campaigns (id, tenant_id, name, status, objective, budget, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
