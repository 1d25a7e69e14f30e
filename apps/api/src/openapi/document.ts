import { version } from '../version.js';
import { answeredSchemas, type JsonSchema, sentSchema } from './json-schema.js';
import { problem } from './nouns.js';
import type { Operation } from './operation.js';
import { type Documented, documented, headings } from './operations.js';
import { parametersOf } from './parameters.js';
import { examplesOf, headers, responsesOf, schemaName } from './responses.js';
import { needsOf, securityOf, securitySchemes } from './security.js';

/** An OpenAPI document, as far as we read it ourselves. Source: spec.openapis.org/oas/v3.1.1 */
export interface Document {
  openapi: string;
  info: JsonSchema;
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: { schemas: Record<string, JsonSchema> } & JsonSchema;
  [field: string]: unknown;
}

interface DocumentedOperation extends JsonSchema {
  responses: Responses;
}

/** What an operation may answer, by status. */
export type Responses = Record<string, { content?: Record<string, { schema: JsonSchema }> }>;

const info = {
  title: 'Signalbox',
  version,
  description:
    'Takes signals in, loses none, and delivers each to everyone it concerns. While there are no API keys, everything is open; the first that is made closes it. Times are ISO 8601 in UTC. Fields may be added to answers, and none is renamed. Every answer has an X-Request-Id.',
};

/** Everything the API can be asked and answers. */
export function createDocument(): Document {
  const all = documented();
  const { answers, nouns } = answeredSchemas({ problem, ...answerSchemas(all) });
  const paths: Document['paths'] = {};
  for (const one of all) {
    const path = one.access.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [one.access.method]: toOperation(one, answers) };
  }
  return {
    openapi: '3.1.1',
    info,
    tags: Object.keys(headings).map((name) => ({ name })),
    paths,
    components: { schemas: nouns, securitySchemes, headers },
  };
}

function answerSchemas(all: readonly Documented[]) {
  const named = all.flatMap(({ name, operation }) =>
    Object.entries(operation.answers).flatMap(([status, { schema }]) =>
      schema ? [[schemaName(name, status), schema]] : [],
    ),
  );
  return Object.fromEntries(named);
}

function toOperation(one: Documented, answers: Record<string, JsonSchema>): DocumentedOperation {
  const { name, heading, access, operation } = one;
  const { summary, description } = operation;
  return {
    tags: [heading],
    summary,
    description: [description, needsOf(one)].filter(Boolean).join('\n\n'),
    operationId: name.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase()),
    security: securityOf(one),
    parameters: parametersOf(access.path, operation),
    ...requestBodyOf(operation),
    responses: responsesOf(one, answers),
  };
}

function requestBodyOf({ body, examples }: Operation) {
  if (!body) return {};
  const shown = examples.filter((example) => example.body !== undefined);
  const json = { schema: sentSchema(body.schema), ...examplesOf(shown, (example) => example.body) };
  const form = body.form && { 'application/x-www-form-urlencoded': { schema: json.schema } };
  // Without a body, a route reads an empty object.
  const required = body.bytes === true || !body.schema.safeParse({}).success;
  return { requestBody: { required, content: { 'application/json': json, ...form } } };
}
