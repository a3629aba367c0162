-- Up Migration

-- The running service's role is named after the database: `vcenter_broker_runtime` for `vcenter_broker`.
DO $$
DECLARE
  runtime text := quote_ident(current_database() || '_runtime');
BEGIN
  EXECUTE 'GRANT SELECT, INSERT ON audit TO ' || runtime;
  EXECUTE 'GRANT SELECT, INSERT, UPDATE ON users, hosts, tasks TO ' || runtime;
  EXECUTE 'GRANT SELECT, INSERT, DELETE ON key_provider_servers, key_grants, host_key_requests, handled_events TO ' || runtime;
  EXECUTE 'GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, key_providers, vms, vm_disks, outbox TO ' || runtime;
  EXECUTE 'GRANT USAGE ON SEQUENCE vm_numbers TO ' || runtime;
END
$$;
