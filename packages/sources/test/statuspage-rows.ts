const noon = Date.parse('2026-03-01T12:00:00Z');

/** Minutes after noon. */
export function minute(minutes: number): string {
  return new Date(noon + minutes * 60_000).toISOString();
}

/** An incident that began at noon and was last heard of `updated` minutes later. */
export function incident(
  status: string,
  impact: string,
  updated: number,
  more: Record<string, unknown> = {},
) {
  const text = { id: `u${updated}`, status, body: `Now ${status}.`, created_at: minute(updated) };
  const times = { started_at: minute(0), updated_at: minute(updated) };
  return { id: 'inc', name: 'Payments fail', status, impact, ...times, incident_updates: [text], ...more };
}

export function component(id: string, status: string, updated: number) {
  return { id, name: `The ${id}`, status, updated_at: minute(updated) };
}

export function page(incidents: unknown[], components: unknown[] = [], maintenances: unknown[] = []) {
  return { incidents, components, scheduled_maintenances: maintenances };
}
