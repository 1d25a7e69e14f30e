import { type NormalizedEvent, normalizedEventSchema } from '@signalbox/domain';
import { deepest } from '@signalbox/sources';
import type { Router } from 'express';
import { jsonBody } from '../body-parsers.js';
import type { Context } from '../context.js';
import { fieldErrors } from '../paging.js';
import { sendJson, sendProblem } from '../problem.js';

const most = 200;

/** Stands in for PagerDuty in development: takes a normalized event and keeps the newest 200 for inspection. */
export function mountPagerdutyMock(app: Router, { config, log }: Context): void {
  if (!config.pagerdutyMock) return;
  const received: { received_at: string; event: NormalizedEvent }[] = [];

  // The event carries the body it came in, which may be 1 MiB and grows when it is escaped, a level deeper than it came.
  app.post('/destinations/pagerduty', jsonBody(8 * 1_024, deepest + 1), (request, response) => {
    const event = normalizedEventSchema.safeParse(request.body);
    if (!event.success) {
      const detail = 'This is no normalized event.';
      return sendProblem(response, {
        status: 400,
        reason: 'bad_event',
        detail,
        errors: fieldErrors(event.error),
      });
    }
    received.unshift({ received_at: new Date().toISOString(), event: event.data });
    received.length = Math.min(received.length, most);
    const { event_id, source, severity, summary } = event.data;
    log.info({ event_id, source, severity, summary }, 'pagerduty_mock.received');
    sendJson(response, 202, { received: true });
  });

  app.get('/destinations/pagerduty', (_request, response) => {
    sendJson(response, 200, { data: received, next_cursor: null });
  });
}
