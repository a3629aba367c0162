import type { Attribute } from '@kagibako/kmip/attribute';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { type StoredAttribute, storeAttribute } from '../stored-attribute.ts';
import type { Sql } from './sql.ts';

/** Attributes that are columns of `managed_objects`. */
const columns: Readonly<Record<string, { column: string; kind: 'text' | 'date' }>> = {
  'Unique Identifier': { column: 'object.id::text', kind: 'text' },
  'Object Type': { column: 'object.object_type', kind: 'text' },
  State: { column: stateByDates(), kind: 'text' },
  'Initial Date': { column: 'object.initial_date', kind: 'date' },
  'Activation Date': { column: 'object.activation_date', kind: 'date' },
  'Deactivation Date': { column: 'object.deactivation_date', kind: 'date' },
  'Compromise Date': { column: 'object.compromise_date', kind: 'date' },
  'Compromise Occurrence Date': { column: 'object.compromise_occurrence_date', kind: 'date' },
  'Destroy Date': { column: 'object.destroy_date', kind: 'date' },
  'Last Change Date': { column: 'object.last_change_date', kind: 'date' },
};

/** As stateByDates of the managed object; $2 is the time now. */
function stateByDates(): string {
  const active = `CASE WHEN object.state = 'PreActive' AND object.activation_date <= $2 THEN 'Active' ELSE object.state END`;
  return `CASE WHEN (${active}) = 'Active' AND object.deactivation_date <= $2 THEN 'Deactivated' ELSE (${active}) END`;
}

export interface Search {
  adapterId: string;
  now: Date;
  /** All must fit. Two values of one date are an inclusive range. */
  attributes: readonly Attribute[];
  storage: { onLine: boolean; archived: boolean };
  offset: number;
  maximum: number;
}

/** Unique Identifiers of the adapter's objects that fit, newest first, and how many fit in all. */
export async function locateObjects(sql: Sql, search: Search): Promise<{ ids: string[]; located: number }> {
  const parameters: unknown[] = [search.adapterId, search.now];
  const bind = (value: unknown): string => `$${parameters.push(value)}`;
  const conditions = conditionsFor(search.attributes, bind).map((condition) => ` AND ${condition}`);
  const matching = `FROM managed_objects object
    WHERE object.adapter_id = $1 AND $2::timestamptz IS NOT NULL${conditions.join('')}${storageCondition(search.storage)}`;
  const { rows } = await sql.query<{ id: string; located: number }>(
    `SELECT object.id, (SELECT count(*)::integer ${matching}) AS located ${matching}
     ORDER BY object.seq DESC LIMIT ${bind(search.maximum)} OFFSET ${bind(search.offset)}`,
    parameters,
  );
  const located =
    rows[0]?.located ?? (search.offset === 0 && search.maximum > 0 ? 0 : await count(sql, matching, parameters));
  return { ids: rows.map(({ id }) => id), located };
}

async function count(sql: Sql, matching: string, parameters: readonly unknown[]): Promise<number> {
  const { rows } = await sql.query<{ located: number }>(
    `SELECT count(*)::integer AS located ${matching}`,
    parameters.slice(0, -2),
  );
  return rows[0]?.located ?? 0;
}

/** KMIP 1.4 §4.9: an archived object is found where the Storage Status Mask says so. */
function storageCondition({ onLine, archived }: Search['storage']): string {
  const isArchived = "EXISTS (SELECT FROM attributes WHERE object_id = object.id AND name = 'Archive Date')";
  if (onLine && archived) return '';
  return onLine ? ` AND NOT ${isArchived}` : ` AND ${isArchived}`;
}

type Bind = (value: unknown) => string;

function conditionsFor(attributes: readonly Attribute[], bind: Bind): string[] {
  const names = [...new Set(attributes.map(({ name }) => name))];
  return names.flatMap((name) => {
    const same = attributes.filter((one) => one.name === name);
    const dates = same.map(({ value }) => value).filter((value) => value instanceof Date);
    return dates.length === same.length ? [dateCondition(name, dates, bind)] : same.map((one) => condition(one, bind));
  });
}

function condition(one: Attribute, bind: Bind): string {
  const inColumn = columns[one.name];
  if (inColumn !== undefined) return `${inColumn.column} = ${bind(String(one.value))}`;
  const stored = storeAttribute(one);
  if (one.name === 'Cryptographic Usage Mask')
    return hasInstance(stored, `(number & ${bind(stored.number)}) = ${bind(stored.number)}`, bind);
  return hasInstance(stored, `sha256(value) = sha256(${bind(stored.value)}::bytea)`, bind);
}

/** KMIP 1.4 §4.9: one value is that time, two are a range with both ends. */
function dateCondition(name: string, dates: readonly Date[], bind: Bind): string {
  if (dates.length > 2) throw new KmipError('InvalidField', `${name} comes more than twice`);
  const times = dates.map((date) => date.getTime()).sort((a, b) => a - b);
  const [from, to] = [times[0] ?? 0, times.at(-1) ?? 0].map((time) => new Date(time));
  const inColumn = columns[name];
  if (inColumn !== undefined) return `${inColumn.column} BETWEEN ${bind(from)} AND ${bind(to)}`;
  const seconds = [from, to].map((date) => bind(Math.floor((date?.getTime() ?? 0) / 1_000)));
  return `EXISTS (SELECT FROM attributes WHERE object_id = object.id AND name = ${bind(name)}
    AND number BETWEEN ${seconds[0]} AND ${seconds[1]})`;
}

const hasInstance = ({ name }: StoredAttribute, matches: string, bind: Bind): string =>
  `EXISTS (SELECT FROM attributes WHERE object_id = object.id AND adapter_id = $1 AND name = ${bind(name)} AND ${matches})`;
