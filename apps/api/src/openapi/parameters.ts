import type { z } from 'zod';
import { name } from '../name.js';
import { type JsonSchema, sentSchema } from './json-schema.js';
import type { Operation } from './operation.js';

const uuid = { type: 'string', format: 'uuid' };

/** What stands in paths. */
const inPaths: Record<string, JsonSchema> = {
  id: { schema: uuid },
  subscription_id: { schema: uuid },
  alert_uuid: { schema: uuid },
  location: { description: 'What senders call the store, URL-encoded.', schema: sentSchema(name) },
  name: { schema: { type: 'string' } },
};

/** What any list may be asked. The query is read as text, which its schema says in a way that helps nobody. */
const plainly: Record<string, JsonSchema | undefined> = {
  limit: { type: 'integer', minimum: 1, maximum: 500, description: 'How many at most.' },
  cursor: { type: 'string', description: 'The next_cursor of an earlier page; left out: the first page.' },
  since: { type: 'string', format: 'date-time', description: 'From then on.' },
  until: { type: 'string', format: 'date-time', description: 'Before then.' },
};

/** Everything that stands in the path, the query and the headers. */
export function parametersOf(path: string, { query = [], headers = {}, examples }: Operation): JsonSchema[] {
  const [{ path: pathExample = {}, query: queryExample = {} }] = examples;
  const pathNames = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  return [
    ...pathNames.map((name) => ({
      name,
      in: 'path',
      required: true,
      ...inPaths[name],
      example: pathExample[name],
    })),
    ...query.flatMap(fieldsOf).map(([name, { description, ...schema }]) => ({
      name,
      in: 'query',
      ...(description !== undefined && { description }),
      schema,
      ...(name in queryExample && { example: queryExample[name] }),
    })),
    ...Object.entries(headers).map(([name, description]) => ({
      name,
      in: 'header',
      description,
      schema: { type: 'string' },
    })),
  ];
}

function fieldsOf(query: z.ZodType): [string, JsonSchema][] {
  const { properties = {} } = sentSchema(query) as { properties?: Record<string, JsonSchema> };
  const usual = query.safeParse({}).data as { limit?: number };
  return Object.entries(properties).map(([name, field]) => {
    if (name === 'limit') return [name, { ...plainly.limit, default: usual.limit }];
    return [name, plainly[name] ?? withoutNull(field)];
  });
}

/** A query has no null; that a field may be left out is said by its not being required. */
function withoutNull({ anyOf, ...field }: JsonSchema): JsonSchema {
  const [text] = (anyOf ?? []) as JsonSchema[];
  return { ...text, ...field };
}
