-- id: W07-sequence
-- channel: W07
-- scope: database
-- doc: one sequence numbers all tenants' invoices and may be read: it tells how many the others write
-- apply
CREATE SEQUENCE public.invoice_numbers;
ALTER SEQUENCE public.invoice_numbers OWNER TO engarde_owner;
ALTER TABLE public.invoices ALTER COLUMN number SET DEFAULT nextval('public.invoice_numbers')::text;
GRANT USAGE, SELECT ON SEQUENCE public.invoice_numbers TO engarde_user;
