-- id: S04-child-without-tenant
-- channel: S04
-- scope: database
-- doc: a table of attachments names its invoice by foreign key and carries no column tenant_id, so nobody thought of row security
-- apply
CREATE TABLE public.invoice_attachments (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    issuer     uuid NOT NULL,
    invoice_id uuid NOT NULL,
    title      text NOT NULL,
    FOREIGN KEY (issuer, invoice_id) REFERENCES public.invoices (tenant_id, id) ON DELETE CASCADE
);
INSERT INTO public.invoice_attachments (issuer, invoice_id, title) SELECT tenant_id, id, number FROM public.invoices;
ALTER TABLE public.invoice_attachments OWNER TO engarde_owner;
GRANT SELECT ON public.invoice_attachments TO engarde_user;
