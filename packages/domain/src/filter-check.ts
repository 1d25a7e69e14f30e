import { isScalar, negations, scalarRule, valueOperators } from './filter-operators.js';
import { deepest, pathMistake } from './json-path.js';

/** What is wrong in a filter, and where. */
export interface FilterMistake {
  path: string[];
  /** Reads on after the path. */
  message: string;
}

/** Of a filter; every operator and every plain value is one. */
const mostConditions = 200;

/** More help nobody. */
const mostMistakes = 20;

/** Of what was sent, so much is quoted. Unit: UTF-16 code units. */
const longestQuote = 100;

const known = ['$and', '$or', '$not', '$exists', ...valueOperators.keys(), ...negations.keys()];

interface Walk {
  mistakes: FilterMistake[];
  conditions: number;
}

/** A place in the filter. */
interface Place {
  path: string[];
  /** How many lists and members it is within. */
  depth: number;
}

/** What keeps a value from being a filter, up to 20 mistakes; nothing where it is one. */
export function filterMistakes(filter: unknown): FilterMistake[] {
  if (!isObject(filter)) return [{ path: [], message: 'must be an object, like {"amount": {"$gt": 100}}' }];
  const walk: Walk = { mistakes: [], conditions: 0 };
  // An empty filter lets everything pass. Further inside, an empty condition is more likely a slip.
  if (Object.keys(filter).length > 0) checkObject(filter, { path: [], depth: 0 }, walk);
  if (walk.conditions > mostConditions) {
    report(walk, { path: [], depth: 0 }, `has more than ${mostConditions} conditions`);
  }
  return walk.mistakes;
}

function checkCondition(condition: unknown, place: Place, walk: Walk): void {
  if (place.depth > deepest) report(walk, place, `is more than ${deepest} levels deep`);
  else if (Array.isArray(condition)) checkList(condition, place, walk);
  else if (isObject(condition)) checkObject(condition, place, walk);
  else {
    walk.conditions += 1;
    if (!isScalar(condition)) report(walk, place, `must be ${scalarRule()}, or a condition`);
  }
}

function checkList(list: readonly unknown[], place: Place, walk: Walk): void {
  if (list.length === 0) report(walk, place, 'is an empty list; to ask for one, write {"$eq": []}');
  for (const [index, item] of list.entries()) {
    if (isEnough(walk)) return;
    checkCondition(item, within(place, `${index}`, 1), walk);
  }
}

function checkObject(condition: object, place: Place, walk: Walk): void {
  const entries = Object.entries(condition);
  if (entries.length === 0) report(walk, place, 'is empty; to ask that it is there, write {"$exists": true}');
  for (const [key, operand] of entries) {
    if (isEnough(walk)) return;
    if (key.startsWith('$')) checkOperator(key, operand, within(place, key, 1), walk);
    else checkMember(key, operand, place, walk);
  }
}

function checkMember(key: string, condition: unknown, place: Place, walk: Walk): void {
  const names = key.split('.');
  const member = within(place, key, names.length);
  const mistake = pathMistake(key);
  if (mistake) report(walk, member, mistake);
  else if (names.some((name) => name.startsWith('$'))) {
    report(walk, member, 'names an operator in a path; write it like {"amount": {"$gt": 100}}');
  } else checkCondition(condition, member, walk);
}

function checkOperator(key: string, operand: unknown, place: Place, walk: Walk): void {
  if (key === '$not') checkCondition(operand, place, walk);
  else if (key === '$and' || key === '$or') {
    if (Array.isArray(operand) && operand.length > 0) checkList(operand, place, walk);
    else report(walk, place, 'takes a list of at least one condition');
  } else {
    walk.conditions += 1;
    const mistake = key === '$exists' ? existsMistake(operand) : operandMistake(key, operand);
    if (mistake) report(walk, place, mistake);
  }
}

function existsMistake(operand: unknown): string | null {
  return typeof operand === 'boolean' ? null : 'takes true or false';
}

function operandMistake(key: string, operand: unknown): string | null {
  const operator = valueOperators.get(key) ?? negations.get(key);
  if (!operator) return `there is no operator ${quote(key)}; there are ${known.join(', ')}`;
  return operator.accepts(operand) ? null : `takes ${operator.takes}`;
}

function isEnough({ conditions, mistakes }: Walk): boolean {
  return conditions > mostConditions || mistakes.length >= mostMistakes;
}

function within({ path, depth }: Place, key: string, levels: number): Place {
  return { path: [...path, quote(key)], depth: depth + levels };
}

function report(walk: Walk, { path }: Place, message: string): void {
  walk.mistakes.push({ path, message });
}

function quote(text: string): string {
  return text.slice(0, longestQuote);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
