-- Up Migration

CREATE TABLE instances (
  id uuid PRIMARY KEY,
  name text NOT NULL UNIQUE,
  region text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Wrapped by the master key of that version. The newest version wraps; older ones unwrap.
CREATE TABLE instance_keys (
  instance_id uuid NOT NULL REFERENCES instances,
  version integer NOT NULL,
  master_key_version integer NOT NULL,
  wrapped bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (instance_id, version)
);

-- An API key is 32 random bytes as text, so that its SHA-256 alone is enough to know it again.
CREATE TABLE api_keys (
  id uuid PRIMARY KEY,
  hash bytea NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_key_roles (
  api_key_id uuid NOT NULL REFERENCES api_keys ON DELETE CASCADE,
  instance_id uuid NOT NULL REFERENCES instances,
  role text NOT NULL,
  PRIMARY KEY (api_key_id, instance_id)
);

-- Keys that sign bearer tokens, wrapped by the master key of that version. The newest signs.
CREATE TABLE token_keys (
  id uuid PRIMARY KEY,
  master_key_version integer NOT NULL,
  wrapped bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
