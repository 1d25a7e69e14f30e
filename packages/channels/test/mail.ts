/** A part of a mail, or the whole of it. */
export interface Entity {
  /** By their names in small letters; folded lines and encoded words are undone. */
  headers: Record<string, string>;
  body: string;
}

/** Reads enough of a mail as nodemailer writes them (RFC 5322, RFC 2045 to 2047): its headers and its parts. */
export function readMail(raw: string): { headers: Entity['headers']; text: string; html: string } {
  const { headers, body } = readEntity(raw);
  const boundary = /boundary="([^"]+)"/.exec(headers['content-type'] ?? '')?.[1] ?? '';
  const parts = body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => readEntity(part.trimStart()));
  return { headers, text: partOf(parts, 'text/plain'), html: partOf(parts, 'text/html') };
}

function partOf(parts: Entity[], type: string): string {
  const part = parts.find(({ headers }) => headers['content-type']?.startsWith(type));
  if (!part) throw new Error(`the mail has no part of the type ${type}`);
  return decoded(part.body, part.headers['content-transfer-encoding'] ?? '7bit').replaceAll('\r\n', '\n');
}

function readEntity(raw: string): Entity {
  const end = raw.indexOf('\r\n\r\n');
  const lines = raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), withoutEncodedWords(line.slice(colon + 1).trim())] as const;
  });
  return { headers: Object.fromEntries(headers), body: raw.slice(end + 4) };
}

function withoutEncodedWords(value: string): string {
  return value
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([qb])\?(.*?)\?=/gi, (_, kind: string, word: string) =>
      kind.toLowerCase() === 'b'
        ? decoded(word, 'base64')
        : decoded(word.replaceAll('_', ' '), 'quoted-printable'),
    );
}

function decoded(text: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(text, 'base64').toString();
  if (encoding !== 'quoted-printable') return text;
  const bytes = text
    .replace(/=\r\n/g, '')
    .replace(/=([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
