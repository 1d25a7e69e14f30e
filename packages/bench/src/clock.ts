/** The wall clock with fractions of a millisecond, alike in all processes of one machine. Unit: ms since 1970. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
