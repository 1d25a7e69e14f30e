import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Document, Responses } from './document.js';
import type { JsonSchema } from './json-schema.js';

/** A request that was made to an API, and what it answered. */
export interface Answered {
  method: string;
  /** With the query. */
  path: string;
  status: number;
  /** The media type; empty where there is none. */
  type: string;
  text: string;
}

/** @returns what is not as documented: the operation, the status, and where in the answer */
export type Check = (answered: Answered) => string[];

/** Holds answers against the document of an API. A field that it does not tell of is a mistake here. */
export function answersAre({ paths, components }: Document): Check {
  const findMistakes = validatorOf(components.schemas);
  const routes = Object.entries(paths).map(([path, operations]) => ({
    path,
    form: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}/?$`, 'i'),
    operations,
  }));
  return (answered) => {
    const method = answered.method.toLowerCase();
    const [bare = ''] = answered.path.split('?');
    const route = routes.find(({ form, operations }) => form.test(bare) && operations[method]);
    const wanted = wantedOf(route?.operations[method]?.responses, answered);
    const mistakes = 'mistake' in wanted ? [wanted.mistake] : findMistakes(answered.text, wanted.schema);
    return mistakes.map(
      (mistake) => `${answered.method} ${route?.path ?? bare} ${answered.status}: ${mistake}`,
    );
  };
}

/** For quick starts: a test asks for few answers, and each file of tests makes its own. */
const options = { meta: false, validateSchema: false, inlineRefs: false, code: { optimize: false } };

/** @returns what is wrong with a text of JSON that must meet a schema; null: anything may */
function validatorOf(nouns: Record<string, JsonSchema>) {
  const ajv = new Ajv2020({ allErrors: true, strict: false, formats, ...options });
  ajv.addSchema(JSON.parse(closed({ components: { schemas: nouns } })), 'document');
  // By their text: most refusals are those of many routes.
  const validators = new Map<string, ValidateFunction>();
  return (text: string, schema: JsonSchema | null): string[] => {
    if (schema === null) return [];
    const strict = closed(schema);
    const isValid = validators.get(strict) ?? ajv.compile(JSON.parse(strict));
    validators.set(strict, isValid);
    return isValid(JSON.parse(text)) ? [] : (isValid.errors ?? []).map(toMistake);
  };
}

const formats = {
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
};

type Wanted = { schema: JsonSchema | null } | { mistake: string };

const anything: Wanted = { schema: null };
const problem: Wanted = { schema: { $ref: '#/components/schemas/Problem' } };

/** What an answer must be. */
function wantedOf(responses: Responses | undefined, { path, status, type, text }: Answered): Wanted {
  if (!responses) {
    // What is no operation is a page, or refused.
    if (/^\/(login|session\/end|docs|admin\/queues)\b/.test(path) || status < 400) return anything;
    return type === 'application/problem+json' ? problem : { mistake: `the type is ${type}` };
  }
  const response = responses[status];
  if (!response) return { mistake: `the status is not documented (${text.slice(0, 200)})` };
  if (!response.content) return text === '' ? anything : { mistake: 'there should be no body' };
  const { schema } = response.content[type] ?? {};
  if (!schema) return { mistake: `the type is ${type}` };
  return type.endsWith('json') ? { schema } : anything;
}

function toMistake({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath || '/'} ${message} ${JSON.stringify(params)}`;
}

/** As text, with objects that have no more fields than it says, except where it says that they may have any. */
function closed(schema: JsonSchema): string {
  const text = JSON.stringify(schema, (_, part: unknown) => {
    const isObject = typeof part === 'object' && part !== null;
    if (!isObject || !('properties' in part) || '$ref' in part) return part;
    return { additionalProperties: false, ...part };
  });
  return text.replaceAll('"#/components/', '"document#/components/');
}
