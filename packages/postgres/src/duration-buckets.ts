/** Each bucket reaches from the end of the one before to 2^(1/4) = 1.19 times that; the first up to 1 ms. */
const bucketsPerDoubling = 4;

/** Which bucket a duration (ms) is counted in. */
export function durationBucket(ms: number): number {
  return ms < 1 ? 0 : Math.floor(bucketsPerDoubling * Math.log2(ms)) + 1;
}

/**
 * The duration (ms) a bucket stands for: the middle of it by ratio. What was counted in it is at most 9 % away, or,
 * in the first, 1 ms.
 */
export function bucketDuration(bucket: number): number {
  return 2 ** ((bucket - 0.5) / bucketsPerDoubling);
}
