-- Up Migration

-- The running service's role is named after the database: `kms_runtime` for `kms`.
DO $$
DECLARE
  runtime text := quote_ident(current_database() || '_runtime');
BEGIN
  EXECUTE 'GRANT SELECT, INSERT ON instances, instance_keys, api_keys, token_keys, crk_versions, audit TO ' || runtime;
  EXECUTE 'GRANT SELECT, INSERT, UPDATE ON crks, managed_objects TO ' || runtime;
  EXECUTE 'GRANT SELECT, INSERT, DELETE ON kmip_adapters, client_certificates, object_materials, kms_requests TO ' || runtime;
  EXECUTE 'GRANT SELECT, INSERT, UPDATE, DELETE ON api_key_roles, attributes, outbox TO ' || runtime;
END
$$;
