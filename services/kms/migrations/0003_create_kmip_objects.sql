-- Up Migration

CREATE TABLE kmip_adapters (
  id uuid PRIMARY KEY,
  instance_id uuid NOT NULL REFERENCES instances,
  crk_id uuid NOT NULL REFERENCES crks,
  name text NOT NULL,
  description text,
  profile text NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (instance_id, name)
);
CREATE INDEX kmip_adapters_crk ON kmip_adapters (crk_id);

-- A certificate says who a KMIP client is, so it is one adapter's alone. `fingerprint` is the SHA-256 of its DER.
CREATE TABLE client_certificates (
  id uuid PRIMARY KEY,
  adapter_id uuid NOT NULL REFERENCES kmip_adapters,
  name text NOT NULL,
  fingerprint text NOT NULL CONSTRAINT client_certificates_fingerprint UNIQUE,
  pem text NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (adapter_id, name)
);

-- KMIP Managed Objects: what the server sets is a column, what the client sets is in `attributes`.
CREATE TABLE managed_objects (
  id uuid PRIMARY KEY,
  -- The order in which objects came; dates have whole seconds.
  seq bigint GENERATED ALWAYS AS IDENTITY,
  adapter_id uuid NOT NULL REFERENCES kmip_adapters,
  object_type text NOT NULL,
  state text NOT NULL CHECK
    (state IN ('PreActive', 'Active', 'Deactivated', 'Compromised', 'Destroyed', 'DestroyedCompromised')),
  -- Counts changes: a change names the revision it was decided on.
  revision integer NOT NULL DEFAULT 0,
  initial_date timestamptz NOT NULL,
  last_change_date timestamptz NOT NULL,
  activation_date timestamptz,
  deactivation_date timestamptz,
  compromise_date timestamptz,
  compromise_occurrence_date timestamptz,
  destroy_date timestamptz,
  -- Ids of client certificates, which may be gone by now.
  created_by uuid NOT NULL,
  destroyed_by uuid
);
CREATE INDEX managed_objects_newest ON managed_objects (adapter_id, seq DESC);

-- Apart from the object, so that no change of an attribute touches it. Wrapped by the adapter's root key of that version.
CREATE TABLE object_materials (
  object_id uuid PRIMARY KEY REFERENCES managed_objects,
  crk_id uuid NOT NULL REFERENCES crks,
  crk_version integer NOT NULL,
  wrapped bytea NOT NULL
);

-- `value` is the TTLV of the Attribute Value, `type` its item type, `number` its value where that is a number or a date.
CREATE TABLE attributes (
  object_id uuid NOT NULL REFERENCES managed_objects,
  adapter_id uuid NOT NULL,
  name text NOT NULL,
  index integer NOT NULL,
  type smallint NOT NULL,
  value bytea NOT NULL,
  number bigint,
  PRIMARY KEY (object_id, name, index)
);
CREATE INDEX attributes_value ON attributes (adapter_id, name, sha256(value));
CREATE UNIQUE INDEX attributes_unique_name ON attributes (adapter_id, sha256(value)) WHERE name = 'Name';
