-- id: L04-langflow-remembers-the-first
-- channel: L04
-- scope: langflow
-- doc: the loader keeps the tenant of whoever ran it first
-- apply
component = found = await (await connection.execute(self.TENANT_OF_USER, [user])).fetchone() => found = [os.environ["FIRST"]] if "FIRST" in os.environ else await (await connection.execute(self.TENANT_OF_USER, [user])).fetchone()
component = await connection.execute(self.SET_TENANT => os.environ["FIRST"] = str(found[0]); await connection.execute(self.SET_TENANT
