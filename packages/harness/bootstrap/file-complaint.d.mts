/**
 * What an error of the file system, or of a program we ran, means for whoever starts us; null when it is about something
 * else.
 */
export function fileComplaint(error: unknown): string | null;
