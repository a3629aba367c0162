-- Up Migration

-- `client_key` is the PKCS#8 of the client certificate's key, wrapped by the storage key.
CREATE TABLE key_providers (
  name text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('KMIP', 'BUS')),
  is_default boolean NOT NULL,
  trusted_certificates text[] NOT NULL DEFAULT '{}',
  client_certificate text,
  client_key bytea,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((client_certificate IS NULL) = (client_key IS NULL))
);

-- Asked in the order of `position`.
CREATE TABLE key_provider_servers (
  provider text NOT NULL REFERENCES key_providers ON DELETE CASCADE,
  position integer NOT NULL,
  name text NOT NULL,
  hostname text NOT NULL,
  port integer NOT NULL,
  PRIMARY KEY (provider, position),
  UNIQUE (provider, name)
);
