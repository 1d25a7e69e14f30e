import { isUtf8 } from 'node:buffer';
import type { Inbound, Rejection } from './source.js';

/**
 * How deep arrays and objects may lie in one another. JSON.parse reads any depth, but JSON.stringify, which the
 * readers of a stored signal need, overflows the stack at about 4,000.
 */
const deepest = 1_000;

/** What a request carries: a JSON object, or the reason why it is turned away. */
export type JsonBody = { object: Record<string, unknown> } | { rejection: Rejection };

/** Reads the body as a JSON object. */
export function readJsonObject(inbound: Inbound): JsonBody {
  const json = readJson(inbound);
  if ('rejection' in json) return json;
  return isObject(json.value) ? { object: json.value } : malformed('The body must be a JSON object.');
}

/** Reads the body as JSON (RFC 8259, hence UTF-8), whatever it holds. */
export function readJson({ bytes, headers }: Inbound): { value: unknown } | { rejection: Rejection } {
  if (!isJsonType(headers['content-type'])) return { rejection: unsupported(headers['content-type']) };
  if (bytes.length === 0) return malformed('The body is empty.');
  if (!isUtf8(bytes)) return malformed('The body is not valid UTF-8.');
  if (isTooDeep(bytes)) return malformed(`The body is nested more than ${deepest} levels deep.`);
  return parse(bytes.toString('utf8'));
}

function isJsonType(contentType: string | undefined): boolean {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return /^application\/(?:[\w.!#$&^-]+\+)?json$/.test(mediaType);
}

function unsupported(contentType: string | undefined): Rejection {
  const found = contentType === undefined ? 'no content type' : `"${contentType}"`;
  return {
    status: 415,
    reason: 'unsupported_media_type',
    detail: `The content type must be application/json, but the request has ${found}.`,
  };
}

function malformed(detail: string): { rejection: Rejection } {
  return { rejection: { status: 400, reason: 'invalid_json', detail } };
}

function parse(text: string): { value: unknown } | { rejection: Rejection } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return malformed(`The body is not valid JSON: ${error.message}`);
  }
}

/** Whether a parsed value is an object, neither null nor a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const quote = 0x22;
const backslash = 0x5c;

function isTooDeep(bytes: Buffer): boolean {
  // Every level takes a bracket at each end, so that most bodies need no look.
  if (bytes.length < 2 * deepest) return false;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === quote) inString = !inString;
    else if (inString) i += byte === backslash ? 1 : 0;
    else depth += step(byte);
    if (depth > deepest) return true;
  }
  return false;
}

/** `[` and `{` lead one level down, `]` and `}` one up. */
function step(byte: number | undefined): number {
  if (byte === 0x5b || byte === 0x7b) return 1;
  return byte === 0x5d || byte === 0x7d ? -1 : 0;
}
