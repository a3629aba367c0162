-- Up Migration

-- Customer root keys. `state` is Key Protect's: 1 active, 2 suspended, 3 deactivated, 5 destroyed.
CREATE TABLE crks (
  id uuid PRIMARY KEY,
  instance_id uuid NOT NULL REFERENCES instances,
  name text NOT NULL,
  description text,
  state smallint NOT NULL DEFAULT 1 CHECK (state IN (0, 1, 2, 3, 5)),
  current_version integer NOT NULL DEFAULT 1,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX crks_instance ON crks (instance_id, created_at DESC);

-- Wrapped by the instance key of that version.
CREATE TABLE crk_versions (
  id uuid PRIMARY KEY,
  crk_id uuid NOT NULL REFERENCES crks,
  version integer NOT NULL,
  instance_key_version integer NOT NULL,
  wrapped bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (crk_id, version)
);
