import {
  closeList,
  closeObject,
  colon,
  comma,
  notJson,
  openList,
  openObject,
  readString,
  skipSpace,
  skipString,
  skipValue,
} from './json-scan.js';

/** What is to become of some members. Paths are dotted, and all of them name members as they came. */
export interface JsonEdit {
  /** The members that go. */
  omit: readonly string[];
  /** From the path of a member to the name it gets; it stays where it is. */
  rename: Readonly<Record<string, string>>;
}

/** What is to be done with one member, and with those inside it. */
interface Plan {
  omit: boolean;
  /** The new name as JSON; null: it keeps its own. */
  rename: { name: string; json: Buffer } | null;
  members: Map<string, Plan>;
}

/** The bytes from `from` up to `to` give way to `by`. */
interface Cut {
  from: number;
  to: number;
  by: Buffer | null;
}

interface Member {
  name: string;
  plan: Plan | undefined;
  from: number;
  keyTo: number;
  to: number;
}

/**
 * Makes an edit ready to be used often. It leaves every byte alone that it has not to touch, so that `1.0`,
 * 12345678901234567890, the order of members, escapes and white space come out as they went in; with a member that
 * goes, its comma and the white space before or behind it go.
 *
 * In a path a list stands for its elements, however often nested. Of members with the same name all are meant. A member
 * that gets a name which another has takes that one's place: the other goes.
 * @returns edits JSON, in time linear in its length however deep it is; throws, as for any bug, where it is no JSON
 */
export function compileEdit(edit: JsonEdit): (json: Buffer) => Buffer {
  const plan = planOf(edit);
  return (json) => {
    const cuts: Cut[] = [];
    editValue(json, skipSpace(json, 0), plan, cuts);
    return cuts.length === 0 ? json : apply(json, cuts);
  };
}

function planOf({ omit, rename }: JsonEdit): Plan {
  const root = newPlan();
  for (const path of omit) planFor(root, path).omit = true;
  for (const [path, name] of Object.entries(rename)) {
    planFor(root, path).rename = { name, json: Buffer.from(JSON.stringify(name)) };
  }
  return root;
}

function newPlan(): Plan {
  return { omit: false, rename: null, members: new Map() };
}

function planFor(root: Plan, path: string): Plan {
  return path.split('.').reduce((plan, name) => {
    const inner = plan.members.get(name) ?? newPlan();
    plan.members.set(name, inner);
    return inner;
  }, root);
}

/** Notes what is to be cut from the value that begins at `at`. @returns the position behind it */
function editValue(json: Buffer, at: number, plan: Plan | undefined, cuts: Cut[]): number {
  if (plan && plan.members.size > 0) {
    if (json[at] === openObject) return editObject(json, at, plan, cuts);
    if (json[at] === openList) return editList(json, at, plan, cuts);
  }
  return skipValue(json, at);
}

/** Lists in lists are gone through without recursion. */
function editList(json: Buffer, at: number, plan: Plan, cuts: Cut[]): number {
  let next = at;
  let depth = 0;
  do {
    next = skipSpace(json, next);
    const byte = json[next];
    if (byte === openList) depth += 1;
    if (byte === closeList) depth -= 1;
    const isMark = byte === openList || byte === closeList || byte === comma;
    next = isMark ? next + 1 : editValue(json, next, plan, cuts);
  } while (depth > 0);
  return next;
}

function editObject(json: Buffer, at: number, plan: Plan, cuts: Cut[]): number {
  const members: Member[] = [];
  let next = skipSpace(json, at + 1);
  while (json[next] !== closeObject) {
    const member = readMember(json, next, plan, cuts);
    members.push(member);
    next = skipSpace(json, member.to);
    if (json[next] === comma) next = skipSpace(json, next + 1);
  }
  cutMembers(members, at + 1, next, cuts);
  return next + 1;
}

function readMember(json: Buffer, at: number, { members }: Plan, cuts: Cut[]): Member {
  const keyTo = skipString(json, at);
  const name = readString(json, at, keyTo);
  const plan = members.get(name);
  const mark = skipSpace(json, keyTo);
  if (json[mark] !== colon) throw notJson(mark);
  const to = editValue(json, skipSpace(json, mark + 1), plan, cuts);
  return { name, plan, from: at, keyTo, to };
}

/** @param from behind the opening brace; `to`: the closing brace */
function cutMembers(members: readonly Member[], from: number, to: number, cuts: Cut[]): void {
  const taken = new Set(members.map(({ plan }) => plan?.rename?.name));
  const stays = ({ name, plan }: Member) => !plan?.omit && (plan?.rename || !taken.has(name));
  const first = members.findIndex(stays);
  if (first === -1) {
    if (members.length > 0) cuts.push({ from, to, by: null });
    return;
  }
  // Before the first that stays, a member goes with the comma behind it; later, with the one before it.
  let end = members[first]?.from ?? from;
  if (first > 0) cuts.push({ from: members[0]?.from ?? from, to: end, by: null });
  for (const member of members.slice(first)) {
    if (!stays(member)) cuts.push({ from: end, to: member.to, by: null });
    else if (member.plan?.rename)
      cuts.push({ from: member.from, to: member.keyTo, by: member.plan.rename.json });
    end = member.to;
  }
}

/** A cut that begins within another one goes with it. */
function apply(json: Buffer, cuts: Cut[]): Buffer {
  const parts: Buffer[] = [];
  let done = 0;
  for (const { from, to, by } of cuts.sort((a, b) => a.from - b.from)) {
    if (from < done) continue;
    parts.push(json.subarray(done, from));
    if (by) parts.push(by);
    done = to;
  }
  parts.push(json.subarray(done));
  return Buffer.concat(parts);
}
