import { deepest, isTooDeep } from '@signalbox/sources';
import express, { type RequestHandler } from 'express';

const mib = 2 ** 20;

/** The bytes as they came: signatures are made over them, and they are what we keep. */
export const bytesBody: RequestHandler = unlessTooLarge(mib, express.raw({ type: () => true, limit: mib }));

/** Reads what a request carries as JSON, if it says that it is; `readBody` tells what else is wrong with it. */
export function jsonBody(mostKib: number, levels = deepest): RequestHandler {
  const limit = mostKib * 1_024;
  const verify = (_request: unknown, _response: unknown, bytes: Buffer, charset: string) =>
    refuseUnreadable(bytes, charset, levels);
  return unlessTooLarge(limit, express.json({ limit, verify }));
}

/** Refuses what says that it is too large before any of it is read; the parsers would first read it to its end. */
function unlessTooLarge(limit: number, parse: RequestHandler): RequestHandler {
  return (request, response, next) => {
    if (Number(request.headers['content-length'] ?? 0) > limit) next(tooLarge);
    else parse(request, response, next);
  };
}

const tooLarge = parserError(413, 'entity.too.large');
const tooDeep = parserError(400, 'entity.too.deep');
const notUtf8 = parserError(415, 'charset.unsupported');

/** The parser also reads UTF-16, whose brackets we would not see. JSON is UTF-8: RFC 8259, section 8.1. */
function refuseUnreadable(bytes: Buffer, charset: string, levels: number): void {
  if (charset !== 'utf-8') throw notUtf8;
  if (isTooDeep(bytes, levels)) throw tooDeep;
}

/** In the form of the parsers' own errors. */
function parserError(status: number, type: string): Error {
  return Object.assign(new Error(type), { status, type });
}
