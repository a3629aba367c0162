-- Up Migration

-- `password_hash` is scrypt's (RFC 7914), with N = 2^cost_log2, r = 8, p = 1.
CREATE TABLE users (
  name text PRIMARY KEY,
  role text NOT NULL,
  password_salt bytea NOT NULL,
  password_hash bytea NOT NULL,
  cost_log2 smallint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- A session id is 32 random bytes as text, so that its SHA-256 alone is enough to know it again.
CREATE TABLE sessions (
  id_hash bytea PRIMARY KEY,
  user_name text NOT NULL REFERENCES users ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  last_accessed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sessions_last_accessed ON sessions (last_accessed_at);

-- `public_key` is the host's Ed25519 identity, SPKI in PEM; a host without one was revoked. `started_at` is the host's word.
CREATE TABLE hosts (
  id text PRIMARY KEY,
  datastore text NOT NULL,
  public_key text,
  enrolled_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz
);
