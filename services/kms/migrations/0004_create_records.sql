-- Up Migration

-- Append-only: the runtime role may neither change nor remove entries.
CREATE TABLE audit (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  instance_id uuid,
  adapter_id uuid,
  actor text NOT NULL,
  action text NOT NULL,
  operation text NOT NULL,
  object_id text,
  outcome text NOT NULL CHECK (outcome IN ('success', 'failure')),
  reason text,
  peer_address text NOT NULL,
  trace_id text,
  request_id text
);
CREATE INDEX audit_instance ON audit (instance_id, at);
CREATE INDEX audit_object ON audit (object_id) WHERE object_id IS NOT NULL;

-- The changes that requests on the bus have made: each happens once, however often its request comes.
CREATE TABLE kms_requests (
  request_id text NOT NULL,
  item integer NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (request_id, item)
);
CREATE INDEX kms_requests_at ON kms_requests (at);

CREATE TABLE outbox (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  subject text NOT NULL,
  template text NOT NULL,
  type text NOT NULL,
  data jsonb NOT NULL,
  traceparent text,
  settled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz
);
CREATE INDEX outbox_unsent ON outbox (seq) WHERE sent_at IS NULL;
CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL;
