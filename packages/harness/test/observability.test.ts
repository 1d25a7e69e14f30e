import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { metrics } from '@signalbox/runtime';
import { parse } from 'yaml';
import { harnessDir, rootDir } from '../src/paths.js';

/** A question to Prometheus, and the text its answer is shown with. */
interface Query {
  title: string;
  expr: string;
  text: string;
}

const fromDashboard = dashboardQueries();
const fromAlerts = alertQueries();
/** What Prometheus finds at API and worker: the labels of each name. */
const labelsOf = new Map<string, string[]>();
/** What Prometheus adds to everything. */
const added = ['job', 'instance'];

beforeAll(async () => {
  for (const app of ['api', 'worker']) await import(join(rootDir, 'apps', app, 'dist/metrics.js'));
  for (const { name, type, labelNames } of metrics.getMetricsAsArray() as unknown as Metric[]) {
    const isHistogram = String(type) === 'histogram';
    const series = isHistogram ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
    for (const one of series) labelsOf.set(one, [...labelNames, ...(isHistogram ? ['le'] : []), ...added]);
  }
  labelsOf.set('up', added);
});

test('dashboard and alerts ask something', () => {
  expect(fromDashboard.length).toBeGreaterThan(20);
  expect(fromAlerts.length).toBeGreaterThan(3);
});

test('they ask for metrics that exist', () => {
  const unknown = offences((query) => metricsIn(query.expr).filter((name) => !labelsOf.has(name)));
  const nothing = offences((query) => (metricsIn(query.expr).length === 0 ? [query.expr] : []));
  expect([...unknown, ...nothing]).toEqual([]);
});

test('they name labels these have', () => {
  const wrong = offences(({ expr }) => {
    const existing = metricsIn(expr).flatMap((name) => labelsOf.get(name) ?? []);
    return [...groupingsIn(expr), ...selectorsIn(expr)].filter((label) => !existing.includes(label));
  });
  expect(wrong).toEqual([]);
});

test('their texts show labels that are left', () => {
  const wrong = offences(({ expr, text }) => {
    const shown = [...text.matchAll(/\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}/g)].map((match) => match[1] ?? '');
    return shown.filter((label) => !groupingsIn(expr).includes(label));
  });
  expect(wrong).toEqual([]);
});

/** What is wrong, with where. */
function offences(wrongIn: (query: Query) => string[]): string[] {
  return [...fromDashboard, ...fromAlerts].flatMap((query) =>
    wrongIn(query).map((what) => `${query.title}: ${what}`),
  );
}

interface Metric {
  name: string;
  type: unknown;
  labelNames: string[];
}

/** What is no function, no keyword, no label and no duration. */
function metricsIn(expr: string): string[] {
  const bare = expr.replaceAll(/\{[^}]*\}|\[[^\]]*\]|\bby \([^)]*\)/g, ' ');
  return [...bare.matchAll(/\b[a-z_]\w*\b(?!\s*\()/g)].map(([name]) => name).filter((name) => name !== 'or');
}

function groupingsIn(expr: string): string[] {
  return [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap((match) => (match[1] ?? '').split(/,\s*/));
}

function selectorsIn(expr: string): string[] {
  const inside = [...expr.matchAll(/\{([^}]*)\}/g)].map((match) => match[1] ?? '');
  return inside.flatMap((text) => [...text.matchAll(/(\w+)\s*[=!]/g)].map((match) => match[1] ?? ''));
}

function dashboardQueries(): Query[] {
  const { panels } = JSON.parse(read('grafana/dashboards/signalbox.json')) as {
    panels: { title: string; targets?: { expr: string; legendFormat: string }[] }[];
  };
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({ title, expr, text: legendFormat })),
  );
}

function alertQueries(): Query[] {
  const { groups } = parse(read('prometheus/alerts.yml')) as {
    groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);
  return rules.map(({ alert, expr, annotations }) => ({
    title: alert,
    expr,
    text: Object.values(annotations).join(' '),
  }));
}

function read(file: string): string {
  return readFileSync(join(harnessDir, 'observability', file), 'utf8');
}
