/** The most a summary of ours says. Unit: code points. */
export const summaryLength = 140;

/** A cut that leaves less than this share of the room unused keeps whole clauses, else only whole words. */
const worthwhile = 0.4;

/** The first sentence of a text on one line, cut after a clause or a word where it is too long. */
export function firstSentence(text: string, max = summaryLength): string {
  const sentence = text
    .trim()
    .split(/(?<=[.!?])\s|[\r\n]/, 1)
    .join('');
  return clip(oneLine(sentence), max);
}

/** A text without line breaks, control characters and runs of space. */
export function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}

/** At most `max` code points of a text, the last of them an ellipsis where something was cut off. */
export function clip(text: string, max: number): string {
  const points = Array.from(text);
  if (points.length <= max) return text;
  const room = points.slice(0, max - 1).join('');
  return `${room.slice(0, cutOf(room)).trimEnd()}…`;
}

function cutOf(room: string): number {
  const clause = Math.max(...[', ', '; ', ': ', ' - ', ' – '].map((mark) => room.lastIndexOf(mark)));
  if (clause >= room.length * worthwhile) return clause;
  const word = room.lastIndexOf(' ');
  return word >= room.length * worthwhile ? word : room.length;
}
