import { z } from 'zod';

/** How grave a signal is, mildest first. */
export const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** What sort of thing a signal reports. */
export const kinds = ['incident', 'status', 'payment', 'alert', 'event'] as const;
export type Kind = (typeof kinds)[number];

/** Whom a signal concerns: the users of one store, whoever is on call, one subscription, or all whose event types fit. */
export type Audience =
  | { type: 'store'; location: string }
  | { type: 'operators' }
  | { type: 'subscription'; id: string }
  | { type: 'subscribers' };

/** One thing that happened at a sender, in our words, together with the bytes it came in. */
export interface Signal {
  /** The sender's own name for it. */
  eventId: string;
  source: string;
  /** Unique within `source`: two signals with the same key are the same thing. */
  dedupeKey: string;
  /**
   * Grows when the sender tells us more about the same thing; the same or a smaller version of a known
   * `dedupeKey` is a duplicate, a greater one a new revision. 0 for sources that never revise.
   */
  version: number;
  eventType: string;
  kind: Kind;
  severity: Severity;
  service: string;
  summary: string;
  description: string | null;
  startedAt: Date;
  resolvedAt: Date | null;
  audience: Audience;
  /** Made by the sender's sandbox: recorded, but pages nobody in production. */
  testMode: boolean;
  /** The body as it was sent, byte for byte. */
  raw: Buffer;
}

/** The normalized event every reader and destination sees. Source: requirement V7. */
export const normalizedEventSchema = z.object({
  event_id: z.string().min(1),
  source: z.string().min(1),
  kind: z.enum(kinds),
  severity: z.enum(severities),
  service: z.string().min(1),
  summary: z.string(),
  description: z.string().nullable(),
  started_at: z.iso.datetime({ offset: true }),
  resolved_at: z.iso.datetime({ offset: true }).nullable(),
  raw: z.unknown(),
});
export type NormalizedEvent = z.infer<typeof normalizedEventSchema>;

/** The fields of a signal a normalized event is made of. */
export type Reported = Pick<
  Signal,
  | 'eventId'
  | 'source'
  | 'kind'
  | 'severity'
  | 'service'
  | 'summary'
  | 'description'
  | 'startedAt'
  | 'resolvedAt'
  | 'raw'
>;

/** A signal in the shape of V7; `raw` is the parsed body, or its text where it is not JSON. */
export function toNormalizedEvent(signal: Reported): NormalizedEvent {
  return {
    event_id: signal.eventId,
    source: signal.source,
    kind: signal.kind,
    severity: signal.severity,
    service: signal.service,
    summary: signal.summary,
    description: signal.description,
    started_at: signal.startedAt.toISOString(),
    resolved_at: signal.resolvedAt?.toISOString() ?? null,
    raw: jsonView(signal.raw),
  };
}

/** The JSON a body holds, or its text (invalid UTF-8 replaced) where it holds none. */
export function jsonView(raw: Buffer): unknown {
  const text = raw.toString('utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
