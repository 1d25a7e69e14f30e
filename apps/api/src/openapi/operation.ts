import type { z } from 'zod';

/** What can be asked of a route, as the document tells of it. Who may ask is in the table of access. */
export interface Operation {
  summary: string;
  description?: string;
  /** What may stand in the query; several are read from the same one. */
  query?: readonly z.ZodType[];
  /** What the headers that we read mean, by name. */
  headers?: Readonly<Record<string, string>>;
  body?: Body;
  /** Its senders sign, always: no key lets them in. */
  isSigned?: true;
  /** By status. */
  answers: Readonly<Record<number, Answer>>;
  /** Reasons for a refusal that only this route has, by status. */
  refusals?: Refusals;
  /** In this order each can be asked of the same system. */
  examples: readonly [Example, ...Example[]];
}

/** Operations as the table of access names them: `get /signals/:id`. */
export type Operations = Readonly<Record<string, Operation>>;

/** The words of a problem's `reason`, by its status. */
export type Refusals = Readonly<Record<number, readonly string[]>>;

/** What a request carries. */
export interface Body {
  /** What it is checked by. */
  schema: z.ZodType;
  /** How one is refused that does not fit; 422 `invalid_body` unless told. */
  refusal?: readonly [status: number, reason: string];
  /** It may come as a form, whose sender is told on a page what is wrong. */
  form?: true;
  /** A signature may be made over it: read as bytes, and refused in the words of the doors. */
  bytes?: true;
}

/** What is answered. */
export interface Answer {
  description: string;
  /** Of the JSON; none where there is no JSON. */
  schema?: z.ZodType;
  /** Of what else there is. */
  mediaType?: string;
  /** What its headers mean, by name. */
  headers?: Readonly<Record<string, string>>;
}

/** A request, and what it is answered. A test asks each of a real API. */
export interface Example {
  /** What it shows. */
  name: string;
  path?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string | number>>;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
  status: number;
  answer?: unknown;
}
