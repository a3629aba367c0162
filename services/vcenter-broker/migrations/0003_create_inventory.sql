-- Up Migration

CREATE SEQUENCE vm_numbers;

-- `present` once the host has made its files. A key provider and a key id, as soon as it is encrypted.
CREATE TABLE vms (
  id text PRIMARY KEY,
  name text NOT NULL,
  host_id text NOT NULL REFERENCES hosts,
  path text NOT NULL,
  guest_os text NOT NULL,
  cpu_count integer NOT NULL,
  memory_mib integer NOT NULL,
  present boolean NOT NULL DEFAULT false,
  power_state text NOT NULL DEFAULT 'POWERED_OFF' CHECK (power_state IN ('POWERED_ON', 'POWERED_OFF')),
  power_changed_at timestamptz NOT NULL DEFAULT now(),
  policy_id text NOT NULL,
  key_provider text CONSTRAINT vms_key_provider REFERENCES key_providers,
  key_id text,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT vms_name UNIQUE (host_id, name),
  CHECK ((key_provider IS NULL) = (key_id IS NULL))
);

CREATE TABLE vm_disks (
  vm_id text NOT NULL REFERENCES vms ON DELETE CASCADE,
  disk text NOT NULL,
  capacity_bytes bigint,
  file_name text,
  PRIMARY KEY (vm_id, disk)
);

-- `phase` says what an unfinished task waits for: the key provider, or the host.
CREATE TABLE tasks (
  id text PRIMARY KEY,
  operation text NOT NULL,
  vm_id text NOT NULL,
  host_id text NOT NULL,
  user_name text NOT NULL,
  status text NOT NULL CHECK (status IN ('RUNNING', 'SUCCEEDED', 'FAILED')),
  phase text NOT NULL CHECK (phase IN ('key', 'host', 'ended')),
  key_provider text,
  error_code text,
  error_message text,
  traceparent text,
  started_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  CHECK ((status = 'RUNNING') = (phase <> 'ended'))
);
CREATE UNIQUE INDEX tasks_one_per_vm ON tasks (vm_id) WHERE status = 'RUNNING';
CREATE INDEX tasks_waiting_for_key ON tasks (started_at) WHERE phase = 'key';
CREATE INDEX tasks_started ON tasks (started_at DESC);

-- Which host may have which key, and for what. A grant lasts as long as the VM is encrypted there.
CREATE TABLE key_grants (
  host_id text NOT NULL REFERENCES hosts ON DELETE CASCADE,
  key_provider text NOT NULL CONSTRAINT key_grants_key_provider REFERENCES key_providers,
  key_id text NOT NULL,
  vm_id text NOT NULL REFERENCES vms ON DELETE CASCADE,
  reason text NOT NULL,
  granted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (vm_id, host_id, key_provider, key_id)
);
CREATE INDEX key_grants_key ON key_grants (host_id, key_provider, key_id);
