-- What must hold before a process may serve. Each query returns the offenders as text; none may return a row.
-- It runs as the tenants' role. `definers` are the functions that may run with their owner's rights.

-- RULE the role may bypass row security, create roles or databases, or is a superuser
SELECT rolname FROM pg_roles WHERE rolname = current_user
AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb);

-- RULE the role belongs to another role
SELECT r.rolname FROM pg_auth_members m JOIN pg_roles u ON u.oid = m.member JOIN pg_roles r ON r.oid = m.roleid
WHERE u.rolname = current_user;

-- RULE a table is owned by a role that can log in
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r ON r.oid =
  c.relowner
WHERE n.nspname IN ('app', 'platform') AND c.relkind IN ('r', 'p', 'v', 'm') AND r.rolcanlogin;

-- RULE a table lacks row security or doesn't force it
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'app' AND c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity);

-- RULE a table has no tenant_id uuid NOT NULL
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'app'
  AND c.relkind IN ('r', 'p')
AND NOT EXISTS (SELECT 1 FROM pg_attribute t WHERE t.attrelid = c.oid AND t.attname = 'tenant_id'
  AND t.attnotnull AND t.atttypid = 'uuid'::regtype AND NOT t.attisdropped);

-- RULE a table lacks its restrictive tenant guard
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'app'
  AND c.relkind IN ('r', 'p')
AND has_any_column_privilege(current_user, c.oid, 'SELECT, INSERT, UPDATE')
AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND NOT p.polpermissive
  AND p.polqual IS NOT NULL AND p.polwithcheck IS NOT NULL);

-- RULE a policy for the tenants' role lets any row through
SELECT p.polrelid::regclass::text || '.' || p.polname FROM pg_policy p
WHERE p.polpermissive AND (0 = ANY (p.polroles) OR (SELECT oid FROM pg_roles WHERE rolname = current_user) = ANY
  (p.polroles))
AND (coalesce(pg_get_expr(p.polqual, p.polrelid), 'tid()') !~ '\mtid\(\)'
  OR coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'tid()') !~ '\mtid\(\)'
  OR pg_get_expr(p.polqual, p.polrelid) ~* 'is null'
  OR (p.polcmd IN ('a', '*', 'w') AND p.polwithcheck IS NULL AND p.polqual IS NULL));

-- RULE the role can reach a table outside its schema
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname NOT IN
  ('app', 'pg_catalog', 'information_schema')
AND n.nspname !~ '^pg_' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
AND has_schema_privilege(current_user, n.oid, 'USAGE')
AND has_any_column_privilege(current_user, c.oid, 'SELECT, INSERT, UPDATE');

-- RULE the role may truncate, reference or put triggers on a table
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('app',
  'platform') AND c.relkind IN ('r', 'p')
AND (has_table_privilege(current_user, c.oid, 'TRUNCATE') OR has_table_privilege(current_user, c.oid, 'REFERENCES')
  OR has_table_privilege(current_user, c.oid, 'TRIGGER'));

-- RULE a view doesn't run with its reader's rights
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('app',
  'platform') AND c.relkind = 'v'
AND coalesce(array_to_string(c.reloptions, ','), '') !~ 'security_invoker=(true|on)';

-- RULE a materialized view or foreign table can be read
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname NOT LIKE
  'pg_%' AND c.relkind IN ('m', 'f')
AND has_any_column_privilege(current_user, c.oid, 'SELECT');

-- RULE a partition can be addressed by itself
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'app'
  AND c.relispartition
AND has_any_column_privilege(current_user, c.oid, 'SELECT, INSERT, UPDATE')
AND NOT (c.relrowsecurity AND c.relforcerowsecurity
  AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid));

-- RULE a foreign key can point at another tenant's row
SELECT k.conrelid::regclass::text || '.' || k.conname FROM pg_constraint k
JOIN pg_namespace n ON n.oid = k.connamespace WHERE k.contype = 'f' AND n.nspname = 'app'
AND EXISTS (SELECT 1 FROM pg_attribute t WHERE t.attrelid = k.confrelid AND t.attname = 'tenant_id' AND NOT
  t.attisdropped)
AND NOT EXISTS (SELECT 1 FROM unnest(k.conkey) x JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x
  WHERE a.attname = 'tenant_id');

-- RULE a unique index reveals other tenants' values
SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE i.indisunique AND n.nspname = 'app'
AND NOT EXISTS (SELECT 1 FROM unnest(i.indkey::int2[]) x JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x
  WHERE a.attname = 'tenant_id');

-- RULE a function runs with its owner's rights and isn't on the list
SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
AND has_function_privilege(current_user, p.oid, 'EXECUTE')
AND (p.proname <> ALL (%(definers)s) OR coalesce(array_to_string(p.proconfig, ','), '') !~ 'search_path');

-- RULE an extension reaches other databases or files
SELECT extname FROM pg_extension WHERE extname IN ('dblink', 'postgres_fdw', 'file_fdw', 'adminpack');

-- RULE default privileges grant to the role or to everyone
SELECT d.defaclacl::text FROM pg_default_acl d, aclexplode(d.defaclacl) a
WHERE a.grantee = 0 AND d.defaclobjtype IN ('r', 'S')
   OR a.grantee = (SELECT oid FROM pg_roles WHERE rolname = current_user);
