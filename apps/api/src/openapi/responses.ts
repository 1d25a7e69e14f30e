import { STATUS_CODES } from 'node:http';
import type { JsonSchema } from './json-schema.js';
import type { Answer, Example } from './operation.js';
import type { Documented } from './operations.js';
import { refusalsOf } from './refusals.js';

/** What headers there are that mean the same everywhere. */
export const headers = {
  'Retry-After': { description: 'When to come back. Unit: s.', schema: { type: 'integer' } },
};

/** The name of an answer's schema among those of all operations. */
export function schemaName(name: string, status: string): string {
  return `${name} ${status}`;
}

/** Everything that an operation may be answered, by status. */
export function responsesOf(documented: Documented, schemas: Readonly<Record<string, JsonSchema>>) {
  const { name, access, operation } = documented;
  const shownFor = (status: string) =>
    operation.examples.filter((one) => String(one.status) === status && one.answer !== undefined);
  const answers = Object.entries(operation.answers).map(([status, answer]) => [
    status,
    toAnswer(answer, schemas[schemaName(name, status)], shownFor(status)),
  ]);
  const refusals = Object.entries(refusalsOf(access, operation)).map(([status, reasons]) => [
    status,
    toRefusal(Number(status), reasons, shownFor(status), operation.body?.form),
  ]);
  // What a route says of a status itself comes last, and counts.
  return Object.fromEntries([...refusals, ...answers]);
}

function toAnswer(answer: Answer, schema: JsonSchema | undefined, shown: readonly Example[]) {
  const { description, mediaType, headers } = answer;
  const json = schema && { schema, ...examplesOf(shown, ({ answer }) => answer) };
  const content = {
    ...(json && { 'application/json': json }),
    ...(mediaType && { [mediaType]: { schema: { type: 'string' } } }),
  };
  return {
    description,
    ...(headers && { headers: toHeaders(headers) }),
    ...(Object.keys(content).length > 0 && { content }),
  };
}

function toHeaders(headers: Readonly<Record<string, string>>) {
  const entries = Object.entries(headers).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ]);
  return Object.fromEntries(entries);
}

function toRefusal(status: number, reasons: readonly string[], shown: readonly Example[], onPage?: true) {
  const mayComeBack = status === 429 || status === 503;
  const schema = {
    $ref: '#/components/schemas/Problem',
    properties: { status: { const: status }, reason: { enum: reasons } },
  };
  return {
    description: `${STATUS_CODES[status]}: ${reasons.join(', ')}.`,
    ...(mayComeBack && { headers: { 'Retry-After': { $ref: '#/components/headers/Retry-After' } } }),
    content: {
      'application/problem+json': { schema, ...examplesOf(shown, ({ answer }) => answer) },
      ...(onPage && page),
    },
  };
}

const page = { 'text/html': { schema: { type: 'string' } } };

/** What examples show of themselves, by a name of their own; nothing where there are none. */
export function examplesOf(shown: readonly Example[], partOf: (example: Example) => unknown) {
  const examples = shown.map((example) => [
    example.name.replace(/\W+/g, '_'),
    { summary: example.name, value: partOf(example) },
  ]);
  return examples.length > 0 ? { examples: Object.fromEntries(examples) } : {};
}
