import { deepest, longestText } from './json-path.js';

/** An operator that looks at one value. */
export interface ValueOperator {
  /** What it has to be given, in words. */
  takes: string;
  accepts(operand: unknown): boolean;
  /** @returns whether a value meets it; never for undefined, which stands for a value that is not there */
  test(operand: unknown): (value: unknown) => boolean;
}

/** Most values in one operand, all levels counted. */
const mostValues = 1_000;

const equality: ValueOperator = {
  takes: `any JSON of at most ${mostValues} values and ${deepest} levels, with texts of at most ${longestText} characters`,
  accepts: isBounded,
  test: equals,
};

const oneOf: ValueOperator = {
  takes: `a list of 1 to ${mostValues} values, each ${scalarRule()}`,
  accepts: (operand) =>
    Array.isArray(operand) && operand.length > 0 && operand.length <= mostValues && operand.every(isScalar),
  test: (operand) => {
    const wanted = new Set(operand as unknown[]);
    return (value) => wanted.has(value);
  },
};

/** By name. Numbers compare by value, texts by code unit; values of different types have no order. */
export const valueOperators: ReadonlyMap<string, ValueOperator> = new Map([
  ['$eq', equality],
  ['$gt', ordering((value, operand) => value > operand)],
  ['$gte', ordering((value, operand) => value >= operand)],
  ['$lt', ordering((value, operand) => value < operand)],
  ['$lte', ordering((value, operand) => value <= operand)],
  ['$in', oneOf],
  ['$startsWith', affix((value, operand) => value.startsWith(operand))],
  ['$endsWith', affix((value, operand) => value.endsWith(operand))],
]);

/** By name, what holds for a value that is there and does not meet the operator. */
export const negations: ReadonlyMap<string, ValueOperator> = new Map([
  ['$neq', equality],
  ['$nin', oneOf],
]);

/** Whether a value is the same JSON as the operand; the order of members does not matter. */
export function equals(operand: unknown): (value: unknown) => boolean {
  return isScalar(operand) ? (value) => value === operand : (value) => isSame(value, operand);
}

/** What `isScalar` asks for, in words. */
export function scalarRule(): string {
  return `a text of at most ${longestText} characters, a number, true, false or null`;
}

/** Whether it is a JSON value without parts, and a text not too long. */
export function isScalar(value: unknown): value is string | number | boolean | null {
  if (typeof value === 'string') return value.length <= longestText;
  return value === null || typeof value === 'boolean' || Number.isFinite(value);
}

function ordering(holds: (value: number | string, operand: number | string) => boolean): ValueOperator {
  return {
    takes: `a number, or a text of at most ${longestText} characters`,
    accepts: (operand) => isScalar(operand) && (typeof operand === 'number' || typeof operand === 'string'),
    test: (operand) => (value) =>
      typeof value === typeof operand && holds(value as number | string, operand as number | string),
  };
}

function affix(holds: (value: string, operand: string) => boolean): ValueOperator {
  return {
    takes: `a text of at most ${longestText} characters`,
    accepts: (operand) => isScalar(operand) && typeof operand === 'string',
    test: (operand) => (value) => typeof value === 'string' && holds(value, operand as string),
  };
}

function isBounded(operand: unknown): boolean {
  let values = 0;
  const fits = (value: unknown, depth: number): boolean => {
    values += 1;
    if (values > mostValues || depth > deepest) return false;
    if (typeof value !== 'object' || value === null) return isScalar(value);
    return Object.values(value).every((part) => fits(part, depth + 1));
  };
  return fits(operand, 0);
}

/** Goes no deeper than the operand does, however deep the value is. */
function isSame(value: unknown, operand: unknown): boolean {
  if (Array.isArray(operand)) {
    if (!Array.isArray(value) || value.length !== operand.length) return false;
    return operand.every((part, index) => isSame(value[index], part));
  }
  if (!isObject(operand)) return value === operand;
  if (!isObject(value) || Array.isArray(value)) return false;
  const names = Object.keys(operand);
  return (
    Object.keys(value).length === names.length &&
    names.every((name) => Object.hasOwn(value, name) && isSame(value[name], operand[name]))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
