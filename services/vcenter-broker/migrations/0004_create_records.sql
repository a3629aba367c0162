-- Up Migration

-- Append-only: the runtime role may neither change nor remove entries.
CREATE TABLE audit (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor text NOT NULL,
  action text NOT NULL,
  object_id text,
  outcome text NOT NULL CHECK (outcome IN ('success', 'failure')),
  reason text,
  peer_address text NOT NULL,
  trace_id text
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_object ON audit (object_id) WHERE object_id IS NOT NULL;

-- SHA-256 of each key request that was accepted: it is not accepted again.
CREATE TABLE host_key_requests (
  hash bytea PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX host_key_requests_at ON host_key_requests (at);

-- Events that were worked on: each counts once, however often it is delivered.
CREATE TABLE handled_events (
  id text PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX handled_events_at ON handled_events (at);

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
