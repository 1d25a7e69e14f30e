/**
 * What makes a body no JSON, and where, in words for its sender.
 * @param message what JSON.parse said; it quotes the place, or gives its position
 */
export function jsonComplaint(message: string, text: string): string {
  const position = / at position (\d+)/.exec(message)?.[1];
  const place = position === undefined ? '' : placeIn(text, Number(position));
  const hint = isTrailingComma(message, text, position)
    ? ' A comma may not stand before a closing bracket.'
    : '';
  return `The body is not valid JSON: ${message.replace(/ \(line \d+ column \d+\)$/, '')}${place}.${hint}`;
}

function placeIn(text: string, position: number): string {
  let line = 1;
  let begins = 0;
  // Not by cutting the text into lines: it may be a million of them.
  for (let end = text.indexOf('\n'); end !== -1 && end < position; end = text.indexOf('\n', begins)) {
    line += 1;
    begins = end + 1;
  }
  return ` (line ${line}, column ${position - begins + 1})`;
}

function isTrailingComma(message: string, text: string, position: string | undefined): boolean {
  if (position === undefined) return message.startsWith("Unexpected token ']'") && /,\s*\]/.test(text);
  const at = Number(position);
  return /[\]}]/.test(text.charAt(at)) && text.slice(0, at).trimEnd().endsWith(',');
}

/** Why a content type is not the right one, in words for its sender. */
export function contentTypeComplaint(contentType: string | undefined): string {
  const found = contentType === undefined ? 'no content type' : `"${contentType}"`;
  const isForm = contentType?.toLowerCase().startsWith('application/x-www-form-urlencoded');
  const hint = isForm ? ` curl -d sends that unless it is told -H 'content-type: application/json'.` : '';
  return `The content type must be application/json, but the request has ${found}.${hint}`;
}
