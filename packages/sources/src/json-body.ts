import { isUtf8 } from 'node:buffer';
import { deepest, isTooDeep } from './json-depth.js';
import { contentTypeComplaint, jsonComplaint } from './json-words.js';
import type { Inbound, Rejection } from './source.js';

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
  if (isTooDeep(bytes)) return { rejection: tooDeep };
  return parse(bytes.toString('utf8'));
}

function isJsonType(contentType: string | undefined): boolean {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return /^application\/(?:[\w.!#$&^-]+\+)?json$/.test(mediaType);
}

function unsupported(contentType: string | undefined): Rejection {
  return { status: 415, reason: 'unsupported_media_type', detail: contentTypeComplaint(contentType) };
}

const tooDeep: Rejection = {
  status: 400,
  reason: 'too_deep',
  detail: `Arrays and objects may lie at most ${deepest} levels deep in one another.`,
};

function malformed(detail: string): { rejection: Rejection } {
  return { rejection: { status: 400, reason: 'invalid_json', detail } };
}

function parse(text: string): { value: unknown } | { rejection: Rejection } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return malformed(jsonComplaint(error.message, text));
  }
}

/** Whether a parsed value is an object, neither null nor a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
