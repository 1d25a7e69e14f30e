import type { Severity } from '@signalbox/domain';

/** Source: requirement V9. */
const byImpact = new Map<string, Severity>([
  ['critical', 'critical'],
  ['major', 'critical'],
  ['minor', 'warning'],
  ['none', 'info'],
  ['maintenance', 'info'],
]);

/** Source: requirement V9; `operational` is no outage at all. */
const byComponentStatus = new Map<string, Severity>([
  ['degraded_performance', 'warning'],
  ['partial_outage', 'critical'],
  ['major_outage', 'critical'],
  ['under_maintenance', 'info'],
]);

const incidentStatuses = new Set(['investigating', 'identified', 'monitoring', 'resolved', 'postmortem']);
const maintenanceStatuses = new Set(['scheduled', 'in_progress', 'verifying', 'completed']);

/** How grave an incident is; a word we do not know must not hide it. */
export function impactSeverity(impact: string): Severity {
  return byImpact.get(impact) ?? 'warning';
}

/** How grave the status of a component that is not operational is; a word we do not know must not hide it. */
export function componentSeverity(status: string): Severity {
  return byComponentStatus.get(status) ?? 'warning';
}

/** Says which words of an incident are new to us; null where all are known. */
export function unknownIncidentWords(status: string, impact: string | null | undefined): string | null {
  const words = [];
  if (!incidentStatuses.has(status) && !maintenanceStatuses.has(status)) words.push(`status "${status}"`);
  if (impact && !byImpact.has(impact)) words.push(`impact "${impact}"`);
  return words.length > 0 ? `unknown ${words.join(' and ')}` : null;
}

/** Says that the status of a component is new to us; null where it is known. */
export function unknownComponentStatus(status: string): string | null {
  return status === 'operational' || byComponentStatus.has(status) ? null : `unknown status "${status}"`;
}
