import { z } from 'zod';

/** A schema of JSON Schema 2020-12, which OpenAPI 3.1 speaks. */
export type JsonSchema = Record<string, unknown>;

/** Where a document keeps the schemas that have a name. */
const named = '#/components/schemas/';

/** What may be sent, by the schema that checks it. What its messages say of a field is the field's description. */
export function sentSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...sent } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const rule = ruleOf(zodSchema);
      if (rule !== null) jsonSchema.description = rule;
      if (zodSchema instanceof z.ZodUndefined) jsonSchema.not = {};
    },
  });
  if (sent.properties) sent.properties = withoutForbidden(sent.properties);
  return sent;
}

/** Fields that are there to be refused in words of their own. */
function withoutForbidden(fields: object): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(fields).filter(([, field]) => !('not' in field)));
}

/** What is answered, by any name, and the nouns it is made of. Fields may be added to all of it. */
export function answeredSchemas(schemas: Record<string, z.ZodType>) {
  const all = z.toJSONSchema(z.object(schemas), { io: 'output', override: open });
  const text = JSON.stringify(all).replaceAll('"#/$defs/', `"${named}`);
  const { properties = {}, $defs = {} } = JSON.parse(text) as Record<string, Record<string, JsonSchema>>;
  return { answers: properties, nouns: $defs };
}

function open({ jsonSchema }: { jsonSchema: JsonSchema }): void {
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
}

/** A schema whose fields say what they must be: the words for whoever got it wrong serve those who want to get it right. */
export function described(schema: z.ZodObject, rules: Record<string, string>): z.ZodObject {
  const fields = Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, field]) => [
    name,
    field.describe(sentence(rules[name] ?? '')),
  ]);
  return schema.extend(Object.fromEntries(fields));
}

/** Said by the type of a field already. */
const plain = new Set(['', 'must be an object', 'must be true or false']);

function ruleOf({ _zod }: z.core.$ZodType): string | null {
  const { error, type } = _zod.def;
  // Those of a union depend on what is wrong.
  if (!error || type === 'union') return null;
  const said = error({ code: 'invalid_type', expected: type, input: undefined } as never);
  const rule = typeof said === 'string' ? said : (said?.message ?? '');
  return plain.has(rule) ? null : sentence(rule);
}

function sentence(rule: string): string {
  return `${rule.charAt(0).toUpperCase()}${rule.slice(1)}.`;
}
