import { storable } from '@signalbox/domain';
import { z } from 'zod';
import { isObject, readJsonObject } from './json-body.js';
import { lastSecond } from './source.js';

/** What a page says, as far as it can be read. A list that the page lacks is null. */
export interface Summary {
  incidents: Rows<Incident> | null;
  maintenances: Rows<Incident> | null;
  components: Rows<Component> | null;
  /** What could not be read, for the log; nothing of it made the page invalid. */
  problems: string[];
}

/** One row of a list, read and as it came. */
export interface Row<Content> {
  row: Content;
  json: unknown;
}

/** One list of a page. */
export interface Rows<Content> {
  /** Those that can be used, each once, in the order of the page. */
  rows: Row<Content>[];
  /** Whether an id is missing from the list for sure: neither in a row that can be used nor in one that cannot. */
  lacks(id: string): boolean;
}

/**
 * Reads a `summary.json`. Unknown fields are ignored, and so is a row without id, name or status, an incident
 * without impact, and everything optional that is malformed: pages by other vendors leave out or bend a lot.
 * Source of the format: confluence.status.atlassian.com/api.
 */
export function parseSummary(bytes: Buffer): Summary | { invalid: string } {
  const body = readBody(bytes);
  if ('invalid' in body) return body;
  const { incidents, components, scheduled_maintenances: maintenances } = body.object;
  if (!Array.isArray(incidents) && !Array.isArray(components)) {
    return { invalid: 'The page has neither a list of incidents nor one of components.' };
  }
  if ([incidents, components, maintenances].some(isTooLong)) {
    return { invalid: `The page has a list of more than ${mostRows} rows.` };
  }
  const problems: string[] = [];
  return {
    incidents: readRows('incident', incidents, incident, problems),
    maintenances: readRows('maintenance', maintenances, maintenance, problems),
    components: readRows('component', components, component, problems),
    problems,
  };
}

/** No page has as many; a million empty rows, which fit into the size limit, would block the process for seconds. */
const mostRows = 10_000;

function isTooLong(list: unknown): boolean {
  return Array.isArray(list) && list.length > mostRows;
}

/** The incident of this id in an `incidents.json`, which lists the last 50, open or not; null without one. */
export function findIncident(bytes: Buffer, id: string): Row<Incident> | null {
  const body = readBody(bytes);
  if ('invalid' in body || isTooLong(body.object.incidents)) return null;
  // Here a row that cannot be used is as good as none, so nobody is told.
  return (
    readRows('incident', body.object.incidents, incident, [])?.rows.find(({ row }) => row.id === id) ?? null
  );
}

/** One incident or maintenance as it was stored; null where it cannot be read any more. */
export function parseIncident(raw: Buffer): Incident | null {
  const body = readBody(raw);
  // A maintenance needs no impact, an incident was stored with one.
  return 'invalid' in body ? null : (maintenance.safeParse(body.object).data ?? null);
}

/** One component as it was stored; null where it cannot be read any more. */
export function parseComponent(raw: Buffer): Component | null {
  const body = readBody(raw);
  return 'invalid' in body ? null : (component.safeParse(body.object).data ?? null);
}

/** What is wrong with a page, cut to what a log line can bear. */
export function problem(list: string, id: string, what: string): string {
  return storable(`${list} ${id}: ${what}`, 200);
}

/** A slash would make the id of one thing the beginning of another's key. */
const id = z.string().regex(/^[!-.0-~]{1,100}$/);

const name = z
  .string()
  .trim()
  .min(1)
  .transform((text) => storable(text, 255));

const word = z
  .string()
  .trim()
  .min(1)
  .transform((text) => storable(text, 50).toLowerCase());

/** Most pages write UTC, some an offset, with or without milliseconds. */
const time = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .refine((date) => date.getTime() >= 0 && date.getTime() <= lastSecond * 1000)
  .nullish()
  .catch(null);

const text = z
  .string()
  .transform((words) => storable(words))
  .nullish()
  .catch(null);

const update = z.object({ id: text, status: text, body: text, created_at: time }).catch({});

const maintenance = z.object({
  id,
  name,
  status: word,
  impact: word.nullish().catch(null),
  created_at: time,
  updated_at: time,
  started_at: time,
  resolved_at: time,
  scheduled_for: time,
  incident_updates: z.array(update).nullish().catch(null),
});

const incident = maintenance.extend({ impact: word });

const component = z.object({
  id,
  name,
  status: word,
  updated_at: time,
  group: z.boolean().nullish().catch(null),
});

/** An incident or a maintenance: they are of one form, but only an incident surely has an impact. */
export type Incident = z.infer<typeof maintenance>;
export type Update = z.infer<typeof update>;
export type Component = z.infer<typeof component>;

function readBody(bytes: Buffer): { object: Record<string, unknown> } | { invalid: string } {
  const headers = { 'content-type': 'application/json' };
  const body = readJsonObject({ bytes, headers, receivedAt: new Date(0) });
  return 'rejection' in body ? { invalid: body.rejection.detail } : body;
}

function readRows<Content extends { id: string }>(
  list: string,
  value: unknown,
  schema: z.ZodType<Content>,
  problems: string[],
): Rows<Content> | null {
  if (!Array.isArray(value)) return null;
  const rows = new Map<string, Row<Content>>();
  const unusable: unknown[] = [];
  for (const json of value) {
    const result = schema.safeParse(json);
    const fault = result.success ? isKnown(rows, result.data.id) : faults(result.error);
    if (result.success && !fault) rows.set(result.data.id, { row: result.data, json });
    else unusable.push(isObject(json) ? json.id : undefined);
    if (fault) problems.push(problem(list, idOf(json), `ignored, ${fault}`));
  }
  const hasNameless = unusable.some((found) => typeof found !== 'string');
  const named = new Set(unusable);
  return {
    rows: [...rows.values()],
    lacks: (id) => !(rows.has(id) || named.has(id) || hasNameless),
  };
}

function isKnown(rows: ReadonlyMap<string, unknown>, id: string): string | null {
  return rows.has(id) ? 'its id is there twice' : null;
}

function faults(error: z.ZodError): string {
  const paths = new Set(error.issues.map(({ path }) => path.join('.') || 'the row'));
  return `missing or wrong: ${[...paths].join(', ')}`;
}

function idOf(json: unknown): string {
  return isObject(json) && typeof json.id === 'string' ? json.id : 'without id';
}
