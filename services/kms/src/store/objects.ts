import type { AuditEntry } from '../audit.ts';
import type { StoredMaterial } from '../key-hierarchy.ts';
import {
  type ManagedObject,
  type ObjectDates,
  type ObjectTypeName,
  type StateName,
  stateByDates,
} from '../managed-object.ts';
import type { ObjectForm } from '../object-form.ts';
import { readAttribute, type StoredAttribute } from '../stored-attribute.ts';
import { type Client, crkStates, type RootKeyRow, readRootKey, rootKeyColumns } from './clients.ts';
import { makeChange, type Recorded, readRecorded } from './recorded-change.ts';
import { ChangedMeanwhile, type Sql } from './sql.ts';

/** Rows of `attributes` from five arrays: names, indexes, types, values, numbers. */
const attributeRows = (first: number): string =>
  `unnest($${first}::text[], $${first + 1}::integer[], $${first + 2}::smallint[], $${first + 3}::bytea[],
    $${first + 4}::bigint[]) AS one(name, index, type, value, number)`;

const attributeParameters = (attributes: readonly StoredAttribute[]): unknown[] => [
  attributes.map(({ name }) => name),
  attributes.map(({ index }) => index),
  attributes.map(({ type }) => type),
  attributes.map(({ value }) => value),
  attributes.map(({ number }) => number),
];

/** $4 is the client's certificate, $5 its adapter: a change needs them registered while it is made. */
const clientIsRegistered = 'EXISTS (SELECT FROM client_certificates WHERE id = $4 AND adapter_id = $5)';
const clientParameters = ({ certificateId, adapterId }: Client): unknown[] => [certificateId, adapterId];

export interface NewObject extends ObjectDates {
  material: StoredMaterial;
  form: ObjectForm;
  objectType: ObjectTypeName;
  state: StateName;
  attributes: readonly StoredAttribute[];
}

/** Object, material, attributes, audit entry, events and request id: one statement. @throws ChangedMeanwhile */
export async function createObject(sql: Sql, recorded: Recorded, client: Client, made: NewObject): Promise<void> {
  const { material } = made;
  await makeChangeOrAgain(
    sql,
    recorded,
    `changed AS (
      INSERT INTO managed_objects
        (id, adapter_id, object_type, state, initial_date, last_change_date, activation_date, deactivation_date, created_by)
      SELECT $6, crk_user.id, $7, $8, $9, $9, $10, $11, $4
      FROM kmip_adapters crk_user JOIN crks crk ON crk.id = crk_user.crk_id
      WHERE crk_user.id = $5 AND crk.id = $12 AND crk.state = ${crkStates.active} AND ${clientIsRegistered}
      RETURNING id),
    material AS (
      INSERT INTO object_materials (object_id, crk_id, crk_version, wrapped, form)
      SELECT id, $12, $13, $14, $15 FROM changed),
    described AS (
      INSERT INTO attributes (object_id, adapter_id, name, index, type, value, number)
      SELECT changed.id, $5, one.* FROM changed, ${attributeRows(16)})`,
    [
      ...clientParameters(client),
      material.objectId,
      made.objectType,
      made.state,
      made.initialDate,
      made.activationDate ?? null,
      made.deactivationDate ?? null,
      material.rootKey.crkId,
      material.rootKey.version,
      material.wrapped,
      JSON.stringify(made.form),
      ...attributeParameters(made.attributes),
    ],
  );
}

/** What becomes of an object; `object` is as it was read, and its revision must still be the same. */
export interface ObjectChange {
  object: ManagedObject;
  state: StateName;
  dates: ObjectDates;
  /** Replace instances of the same name and index. */
  attributes: readonly StoredAttribute[];
  /** None of them may be among `attributes`. */
  removed?: readonly { name: string; index: number }[] | undefined;
}

/** Changes what is known of an object; with a Destroy Date its material is deleted. @throws ChangedMeanwhile */
export async function changeObject(sql: Sql, recorded: Recorded, client: Client, change: ObjectChange): Promise<void> {
  const { object, state, dates } = change;
  await makeChangeOrAgain(
    sql,
    recorded,
    `changed AS (
      UPDATE managed_objects
      SET state = $8, revision = revision + 1, last_change_date = $9, activation_date = $10, deactivation_date = $11,
        compromise_date = $12, compromise_occurrence_date = $13, destroy_date = $14,
        destroyed_by = CASE WHEN destroyed_by IS NULL AND $14::timestamptz IS NOT NULL THEN $4 ELSE destroyed_by END
      WHERE id = $6 AND adapter_id = $5 AND revision = $7 AND ${clientIsRegistered}
      RETURNING id, destroy_date),
    material AS (
      DELETE FROM object_materials WHERE object_id IN (SELECT id FROM changed WHERE destroy_date IS NOT NULL)),
    described AS (
      INSERT INTO attributes (object_id, adapter_id, name, index, type, value, number)
      SELECT changed.id, $5, one.* FROM changed, ${attributeRows(15)}
      ON CONFLICT (object_id, name, index)
        DO UPDATE SET type = EXCLUDED.type, value = EXCLUDED.value, number = EXCLUDED.number),
    removed AS (
      DELETE FROM attributes WHERE object_id IN (SELECT id FROM changed)
        AND (name, index) IN (SELECT * FROM unnest($20::text[], $21::integer[])))`,
    [
      ...clientParameters(client),
      object.uniqueIdentifier,
      object.revision,
      state,
      dates.lastChangeDate,
      dates.activationDate ?? null,
      dates.deactivationDate ?? null,
      dates.compromiseDate ?? null,
      dates.compromiseOccurrenceDate ?? null,
      dates.destroyDate ?? null,
      ...attributeParameters(change.attributes),
      change.removed?.map(({ name }) => name) ?? [],
      change.removed?.map(({ index }) => index) ?? [],
    ],
  );
}

/** Adds one instance, and nothing else of the object changes but its Last Change Date. @throws ChangedMeanwhile */
export async function addAttribute(
  sql: Sql,
  recorded: Recorded,
  client: Client,
  change: { object: ManagedObject; attribute: StoredAttribute; at: Date },
): Promise<void> {
  const { object, attribute, at } = change;
  await makeChangeOrAgain(
    sql,
    recorded,
    `changed AS (
      UPDATE managed_objects SET revision = revision + 1, last_change_date = $7
      WHERE id = $6 AND adapter_id = $5 AND ${clientIsRegistered}
      RETURNING id),
    described AS (
      INSERT INTO attributes (object_id, adapter_id, name, index, type, value, number)
      SELECT changed.id, $5, one.* FROM changed, ${attributeRows(8)})`,
    [...clientParameters(client), object.uniqueIdentifier, at, ...attributeParameters([attribute])],
  );
}

interface ObjectRow extends Record<string, unknown> {
  id: string;
  object_type: ObjectTypeName;
  state: StateName;
  revision: number;
  initial_date: Date;
  last_change_date: Date;
  activation_date: Date | null;
  deactivation_date: Date | null;
  compromise_date: Date | null;
  compromise_occurrence_date: Date | null;
  destroy_date: Date | null;
  names: string[] | null;
  indexes: number[] | null;
  values: Buffer[] | null;
}

/** An object of this adapter; another adapter's is not there. Its state is what the dates have made of it by `now`. */
export async function findObject(
  sql: Sql,
  adapterId: string,
  id: string,
  now: Date,
): Promise<ManagedObject | undefined> {
  const { rows } = await sql.query<ObjectRow>(
    `SELECT object.*, instances.* FROM managed_objects object
     CROSS JOIN LATERAL (
       SELECT array_agg(name ORDER BY name, index) AS names, array_agg(index ORDER BY name, index) AS indexes,
         array_agg(value ORDER BY name, index) AS "values"
       FROM attributes WHERE object_id = object.id) instances
     WHERE object.id = $1 AND object.adapter_id = $2`,
    [id, adapterId],
  );
  return rows[0] === undefined ? undefined : readObject(rows[0], now);
}

function readObject(row: ObjectRow, now: Date): ManagedObject {
  const dates = {
    initialDate: row.initial_date,
    lastChangeDate: row.last_change_date,
    activationDate: row.activation_date ?? undefined,
    deactivationDate: row.deactivation_date ?? undefined,
    compromiseDate: row.compromise_date ?? undefined,
    compromiseOccurrenceDate: row.compromise_occurrence_date ?? undefined,
    destroyDate: row.destroy_date ?? undefined,
  };
  const { names, indexes, values } = row;
  return {
    ...dates,
    uniqueIdentifier: row.id,
    objectType: row.object_type,
    state: stateByDates(row.state, dates, now),
    revision: row.revision,
    attributes: (names ?? []).map((name, at) =>
      readAttribute(name, indexes?.[at] ?? 0, values?.[at] ?? new Uint8Array()),
    ),
  };
}

/** Wrapped material, with the audit entry of its reading in the same statement; not there while its root key is not active. */
export async function readMaterial(
  sql: Sql,
  audit: AuditEntry,
  client: Client,
  objectId: string,
): Promise<(StoredMaterial & { form: ObjectForm }) | undefined> {
  const row = await readRecorded<RootKeyRow & { wrapped: Buffer; form: ObjectForm }>(
    sql,
    audit,
    `SELECT material.wrapped, material.form, ${rootKeyColumns}
     FROM object_materials material
     JOIN managed_objects object ON object.id = material.object_id
     JOIN client_certificates certificate ON certificate.adapter_id = object.adapter_id
     JOIN crks crk ON crk.id = material.crk_id AND crk.state = ${crkStates.active}
     JOIN crk_versions version ON version.crk_id = crk.id AND version.version = material.crk_version
     JOIN instance_keys instance_key
       ON instance_key.instance_id = crk.instance_id AND instance_key.version = version.instance_key_version
     WHERE material.object_id = $2 AND object.adapter_id = $3 AND certificate.id = $4`,
    [objectId, client.adapterId, client.certificateId],
  );
  if (row === undefined) return undefined;
  return { adapterId: client.adapterId, objectId, wrapped: row.wrapped, form: row.form, rootKey: readRootKey(row) };
}

async function makeChangeOrAgain(
  sql: Sql,
  recorded: Recorded,
  changed: string,
  parameters: readonly unknown[],
): Promise<void> {
  if (!(await makeChange(sql, recorded, changed, parameters)))
    throw new ChangedMeanwhile('the object, its client or its root key changed meanwhile');
}
