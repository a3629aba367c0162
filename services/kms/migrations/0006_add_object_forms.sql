-- Up Migration

-- What the material is when it leaves: its formats and types, by KMIP's names. Objects that are older are Raw keys.
ALTER TABLE object_materials ADD COLUMN form jsonb NOT NULL DEFAULT '{"keyFormatType": "Raw"}';

-- `undone`: the change was made and taken back, because a later item of its batch failed.
ALTER TABLE audit DROP CONSTRAINT audit_outcome_check;
ALTER TABLE audit ADD CONSTRAINT audit_outcome_check CHECK (outcome IN ('success', 'failure', 'undone'));
