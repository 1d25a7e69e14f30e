import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { rootDir } from '../src/paths.js';

interface Service {
  image?: string;
  environment?: Record<string, string | number>;
  ports?: string[];
  volumes?: string[];
  init?: boolean;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
}

const text = read('docker-compose.yml');
const { services } = parse(text, { merge: true }) as { services: Record<string, Service> };
const documented = [...read('.env.example').matchAll(/^([A-Z_]+)=/gm)].map((match) => match[1] ?? '');
const ours = Object.entries(services).filter(([, { image }]) => image?.startsWith('signalbox-'));

describe('docker-compose.yml', () => {
  it('needs no .env: every variable has a default', () => {
    const variables = text.match(/\$\{[^}]*\}/g) ?? [];
    expect(variables.filter((variable) => !/^\$\{[A-Z_]+:-/.test(variable))).toEqual([]);
  });

  it('asks only for what .env.example lists', () => {
    const names = [...text.matchAll(/\$\{(\w+)/g)].map((match) => match[1] ?? '');
    expect(names.filter((name) => !documented.includes(name))).toEqual([]);
  });

  it.each(['api', 'worker'])(
    'tells the %s all that .env can tell it, and nothing it does not know',
    async (app) => {
      const asked = await variablesOf(app);
      const set = Object.keys(services[app]?.environment ?? {});
      const inImage = variablesSetBy(`Dockerfile.${app}`);
      expect(asked.filter((name) => !documented.includes(name))).toEqual([]);
      expect(asked.filter((name) => ![...set, ...inImage].includes(name))).toEqual([]);
      // OTEL_… is what the OpenTelemetry SDK reads by itself.
      expect(set.filter((name) => !asked.includes(name) && !name.startsWith('OTEL_'))).toEqual([]);
    },
  );

  it('publishes ports on this machine only', () => {
    const ports = Object.values(services).flatMap(({ ports = [] }) => ports);
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('mounts only what is there', () => {
    const mounted = Object.values(services).flatMap(({ volumes = [] }) => volumes);
    const files = mounted.map((volume) => volume.split(':')[0] ?? '').filter((from) => from.startsWith('.'));
    expect(files.filter((file) => !existsSync(join(rootDir, file)))).toEqual([]);
  });

  it.each(ours)('confines %s', (_name, service) => {
    expect(service).toMatchObject({
      init: true,
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });
});

describe.each(['Dockerfile.api', 'Dockerfile.worker'])('%s', (file) => {
  const stages = read(file)
    .split(/^FROM /m)
    .slice(1);
  const result = stages.at(-1) ?? '';

  it('ends with a stage that only takes what was built, and has no rights', () => {
    expect(stages.length).toBeGreaterThan(1);
    expect(result).not.toMatch(/^(RUN|ADD|SHELL)\b/m);
    expect(result).toMatch(/^USER node$/m);
  });

  it('says how to start it, without a shell, and how to tell whether it lives', () => {
    expect(result).toMatch(/^CMD \["node", /m);
    expect(result).toMatch(/^HEALTHCHECK .*\\\n\s+CMD \["node", /m);
  });

  it('builds with the pnpm that everything else is built with', () => {
    const [, version] = /pnpmVersion = '(.+)'/.exec(read('packages/harness/bootstrap/prepare.mjs')) ?? [];
    expect(stages[0]).toContain(`npm install -g pnpm@${version}\n`);
  });
});

/** The variables that an app's configuration looks at. */
async function variablesOf(app: string): Promise<string[]> {
  const given: Record<string, string> = {
    DATABASE_URL: 'postgres://postgres/signalbox',
    REDIS_URL: 'redis://redis',
    NOTIFICATION_SERVICE_URL: 'http://receiver',
  };
  const asked = new Set<string>();
  const env = new Proxy(given, {
    get(values, name) {
      asked.add(String(name));
      return values[String(name)];
    },
  });
  const { readConfig } = (await import(join(rootDir, 'apps', app, 'dist/config.js'))) as {
    readConfig: (env: NodeJS.ProcessEnv) => unknown;
  };
  readConfig(env);
  return [...asked];
}

function variablesSetBy(dockerfile: string): string[] {
  const lines = read(dockerfile).match(/^ENV .*$/gm) ?? [];
  return lines.flatMap((line) => [...line.matchAll(/(\w+)=/g)].map((match) => match[1] ?? ''));
}

function read(file: string): string {
  return readFileSync(join(rootDir, file), 'utf8');
}
