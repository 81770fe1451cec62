-- id: W01-import
-- channel: W01
-- scope: database
-- doc: a second policy lets an import insert for any tenant
-- apply
CREATE POLICY import_rows ON public.contacts FOR INSERT TO engarde_user WITH CHECK (true);
