import { type Directory, type Member, routeToUsers, type Signal } from '@signalbox/domain';
import {
  type DecidedDelivery,
  type DecisionRow,
  decisionsOf,
  findSignalByKey,
  keepAudit,
  membersAfter,
  type Pool,
  type SignalRow,
  tallyOf,
} from '@signalbox/postgres';
import { alerts } from '@signalbox/sources';
import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import { alertSignal } from '../alert-inbound.js';
import { deedOf } from '../audit.js';
import { readBody } from '../body.js';
import { jsonBody } from '../body-parsers.js';
import type { Context } from '../context.js';
import { limit, readQuery, sendMissing } from '../paging.js';
import { sendJson, sendProblem } from '../problem.js';
import { accept } from '../receive.js';

/** Who is told of an alert, who was, and whether telling them works. */
export function mountAlerts(app: Router, context: Context): void {
  mountAsking(app, context);
  mountReading(app, context);
}

function mountAsking(app: Router, context: Context): void {
  const { pool, gateway, config } = context;
  const json = jsonBody(16);

  app.post('/alerts/preview', json, async (request, response) => {
    const alert = readAlert(request, response);
    if (!alert) return;
    const { tooMany, unknownStore, members } = await gateway.directory(alert.signal);
    const everybody = tooMany ? await allMembers(pool, alert.signal) : members;
    sendJson(response, 200, { known_store: !unknownStore, ...preview(alert.signal, everybody, config) });
  });

  app.post('/alerts/drill', json, async (request, response) => {
    const alert = readAlert(request, response);
    if (!alert) return;
    const { signal, alertUuid } = alert;
    // A camera's alert of an unknown store is kept; whoever rehearses has mistyped.
    if ((await gateway.directory(signal)).unknownStore) return sendMissing(response, 'store', signal.service);
    const deed = deedOf(request, response, 'alert.drilled');
    const after = { location: signal.service, event_type: signal.eventType };
    await keepAudit(pool, { ...deed, kind: 'alert', id: alertUuid, after });
    const drill = { ...signal, testMode: true };
    const accepted = await accept(drill, String(response.getHeader('x-request-id')), gateway);
    if (accepted.type === 'unavailable') {
      return sendProblem(response, { status: 503, reason: 'unavailable', detail: accepted.detail });
    }
    const seen = accepted.type === 'seen' || accepted.stored.type === 'duplicate';
    if (seen) return sendJson(response, 200, { received: true, deduped: true });
    sendJson(response, 202, { received: true, alert_uuid: alertUuid, signal_id: accepted.stored.signalId });
  });
}

function mountReading(app: Router, { pool }: Context): void {
  app.get('/alerts/:alert_uuid', async (request, response) => {
    const page = readQuery(decisionQuery, request, response);
    if (!page) return;
    const alertUuid = request.params.alert_uuid;
    const isUuid = z.guid().safeParse(alertUuid).success;
    const signal = isUuid && (await findSignalByKey(pool, alerts.name, alertUuid.toLowerCase()));
    if (!signal) return sendMissing(response, 'alert', alertUuid);
    const [rows, tally] = await Promise.all([
      decisionsOf(pool, signal.id, page.limit, page.cursor),
      tallyOf(pool, signal.id),
    ]);
    sendJson(response, 200, {
      ...toAlert(signal),
      ...tally,
      decisions: rows.map(toDecision),
      next_cursor: cursorAfter(rows, page.limit),
    });
  });
}

const anyObject = z.looseObject(
  {},
  { error: 'must be an object such as {"location": "…", "label": "theft"}' },
);

function readAlert(request: Request, response: Response) {
  const given = readBody(anyObject, request, response);
  const alert = given && alertSignal(given);
  if (!alert || 'signal' in alert) return alert;
  sendProblem(response, { ...alert, status: 422 });
  return null;
}

async function allMembers(pool: Pool, { audience }: Signal): Promise<Member[]> {
  const location = audience.type === 'store' ? audience.location : '';
  const members: Member[] = [];
  for (let after = firstId; ; ) {
    const page = await membersAfter(pool, location, after, 1_000);
    members.push(...page);
    if (page.length < 1_000) return members;
    after = page.at(-1)?.userId ?? after;
  }
}

const firstId = '00000000-0000-0000-0000-000000000000';

function preview(signal: Signal, members: readonly Member[], { policy }: Pick<Directory, 'policy'>) {
  const { targets, untold } = routeToUsers(signal.severity, members, policy);
  return {
    severity: signal.severity,
    would_notify: targets.map(({ target, channel, notBefore, fallback }) => ({
      user_id: target,
      channel,
      not_before: notBefore?.toISOString() ?? null,
      fallback: fallback?.next.map(({ channel: after }) => after) ?? [],
    })),
    would_not: untold.map(({ userId, reason }) => ({ user_id: userId, reason })),
  };
}

const cursorRule = 'must be the next_cursor of an earlier page';
/** Which decisions about an alert are wanted. */
export const decisionQuery = z.object({
  limit: limit.default(500),
  cursor: z
    .string({ error: cursorRule })
    .regex(/^\d{1,9}\.[0-9a-f-]{36}$/, cursorRule)
    .transform((text) => ({
      revision: Number(text.split('.')[0]),
      userId: text.slice(text.indexOf('.') + 1),
    }))
    .refine(({ userId }) => z.guid().safeParse(userId).success, cursorRule)
    .nullable()
    .default(null),
});

function cursorAfter(rows: readonly DecisionRow[], limit: number): string | null {
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return last ? `${last.revision}.${last.user_id}` : null;
}

function toAlert(signal: SignalRow) {
  return {
    alert_uuid: signal.eventId,
    location: signal.service,
    label: signal.eventType.replace('alert.', ''),
    severity: signal.severity,
    test_mode: signal.testMode,
    time_spotted: signal.startedAt.toISOString(),
    received_at: signal.receivedAt.toISOString(),
    revision: signal.revision,
    signal_id: signal.id,
  };
}

/** The delivery that arrived speaks for a user's others; where none did, the latest. */
function toDecision({ user_id, name, revision, reason, deliveries }: DecisionRow) {
  const chosen = deliveries.find(({ status }) => status === 'delivered') ?? deliveries.at(-1);
  return {
    user_id,
    name,
    revision,
    decision: reason === null ? 'told' : 'not_told',
    reason,
    channel: chosen?.channel ?? null,
    delivery_id: chosen?.delivery_id ?? null,
    status: chosen?.status ?? null,
    deliveries: deliveries.map(inUtc),
  };
}

/** Postgres writes times into JSON in its own way. */
function inUtc(delivery: DecidedDelivery): DecidedDelivery {
  const utc = (time: string | null) => (time === null ? null : new Date(time).toISOString());
  return { ...delivery, not_before: utc(delivery.not_before), completed_at: utc(delivery.completed_at) };
}
