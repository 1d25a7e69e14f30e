import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { rootDir } from '../src/paths.js';

/** Who may import whom. A package that is not listed may import nothing of ours. */
const mayImport: Record<string, readonly string[]> = {
  'packages/domain': [],
  'packages/runtime': [],
  'packages/jsonata': [],
  'packages/sources': ['domain'],
  'packages/channels': ['domain'],
  'packages/postgres': ['domain'],
  'packages/redis': ['domain'],
  'apps/api': ['domain', 'sources', 'postgres', 'redis', 'runtime', 'jsonata', 'channels'],
  'apps/worker': ['domain', 'sources', 'channels', 'postgres', 'redis', 'runtime', 'jsonata'],
  'apps/console': ['domain'],
  'packages/harness': [
    'domain',
    'sources',
    'channels',
    'postgres',
    'redis',
    'runtime',
    'jsonata',
    'api',
    'worker',
  ],
  'packages/bench': [
    'domain',
    'sources',
    'channels',
    'postgres',
    'redis',
    'runtime',
    'jsonata',
    'api',
    'worker',
    'harness',
  ],
};

/** Allowed, but only for its types. */
const typesOnly = [['apps/console', 'domain']];

const topLevel = [
  'apps',
  'packages',
  'fixtures',
  'docker-compose.yml',
  'Dockerfile.api',
  'Dockerfile.worker',
  '.env.example',
  'package.json',
  'pnpm-workspace.yaml',
  'pnpm-lock.yaml',
  'README.md',
  'LICENSE',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  '.ci',
  '.gitignore',
  '.dockerignore',
  'biome.json',
  '.oxlintrc.json',
  'jest.config.js',
];

const bannedName = /^(utils?|common|shared|helpers?|core|lib|misc)$/i;

const files = listFiles('--cached', '--others');
const packages = [...new Set(files.filter(isManifest).map((file) => dirname(file)))];

describe('packages', () => {
  it.each(packages)('%s is in the import table', (folder) => {
    expect(Object.keys(mayImport)).toContain(folder);
  });

  it.each(packages)('%s depends only on what it may import', (folder) => {
    const { dependencies = {}, devDependencies = {} } = manifest(folder);
    const ours = Object.keys({ ...dependencies, ...devDependencies })
      .filter(isOurs)
      .map(shortName);
    expect(ours.filter((name) => !mayImport[folder]?.includes(name))).toEqual([]);
  });

  it.each(packages)('%s imports only what it may', (folder) => {
    const imports = sourcesOf(folder).flatMap((file) =>
      importsOf(file).map((specifier) => ({ file, specifier })),
    );
    const wrong = imports.filter(
      ({ specifier }) => isOurs(specifier) && !mayImport[folder]?.includes(shortName(specifier)),
    );
    expect(wrong).toEqual([]);
  });

  it.each(packages)('%s reaches into no other package by path', (folder) => {
    const outside = sourcesOf(folder).flatMap((file) =>
      importsOf(file).filter(
        (specifier) => specifier.startsWith('.') && !join(dirname(file), specifier).startsWith(`${folder}/`),
      ),
    );
    expect(outside).toEqual([]);
  });

  it.each(packages)('%s has a README of at most 60 lines', (folder) => {
    const readme = join(rootDir, folder, 'README.md');
    expect(existsSync(readme)).toBe(true);
    expect(readFileSync(readme, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(60);
  });

  it.each(typesOnly)('%s imports %s for its types only', (folder, name) => {
    const statements = sourcesOf(folder).flatMap((file) => importStatements(read(file)));
    const values = statements.filter(
      (statement) => statement.includes(`'@signalbox/${name}'`) && !/^\s*import type/.test(statement),
    );
    expect(values).toEqual([]);
  });
});

describe('the checkout', () => {
  it('has a root that depends on no package of ours', () => {
    const { dependencies = {}, devDependencies = {} } = manifest('.');
    expect(Object.keys({ ...dependencies, ...devDependencies }).filter(isOurs)).toEqual([]);
  });

  it('has nothing named after no purpose at all', () => {
    const parts = files.flatMap((file) => file.split('/').map((part) => ({ file, part })));
    expect(
      parts.filter(({ part }) => bannedName.test(part.replace(/\..*$/, ''))).map(({ file }) => file),
    ).toEqual([]);
  });

  it('has only the agreed names at its top', () => {
    // What somebody keeps there for himself is his own business.
    const tracked = listFiles('--cached');
    const names = [...new Set(tracked.map((file) => file.split('/')[0] ?? ''))];
    expect(names.filter((name) => !topLevel.includes(name) && !/^tsconfig.*\.json$/.test(name))).toEqual([]);
  });
});

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/** What git knows, or would take; in an unpacked archive everything but what is built and fetched. */
function listFiles(...kinds: string[]): string[] {
  if (!existsSync(join(rootDir, '.git'))) return walk('');
  const listed = execFileSync('git', ['ls-files', '--exclude-standard', ...kinds], {
    cwd: rootDir,
    encoding: 'utf8',
  });
  return listed.split('\n').filter((file) => file !== '' && existsSync(join(rootDir, file)));
}

function walk(folder: string): string[] {
  const made = ['node_modules', 'dist', 'coverage', '.cache', '.data', '.env'];
  const entries = readdirSync(join(rootDir, folder), { withFileTypes: true });
  const kept = entries.filter(({ name }) => !made.includes(name) && !name.endsWith('.tsbuildinfo'));
  return kept.flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });
}

function isManifest(file: string): boolean {
  return /^(apps|packages)\/[^/]+\/package\.json$/.test(file);
}

function manifest(folder: string): Manifest {
  return JSON.parse(read(join(folder, 'package.json'))) as Manifest;
}

function sourcesOf(folder: string): string[] {
  return files.filter((file) => file.startsWith(`${folder}/src/`) && /\.(ts|tsx)$/.test(file));
}

/** Static and dynamic imports, re-exports, and `require`. */
function importsOf(file: string): string[] {
  const patterns = [
    /\bfrom\s+['"]([^'"]+)['"]/g,
    /\bimport\s*\(?\s*['"]([^'"]+)['"]/g,
    /\brequire\(\s*['"]([^'"]+)['"]/g,
  ];
  const text = read(file);
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? ''));
}

function importStatements(text: string): string[] {
  return text.match(/^\s*(import|export)\b[^;]*\bfrom\s+['"][^'"]+['"]/gm) ?? [];
}

function read(file: string): string {
  return readFileSync(join(rootDir, file), 'utf8');
}

function isOurs(specifier: string): boolean {
  return specifier.startsWith('@signalbox/');
}

/** `@signalbox/redis/testing` → `redis` */
function shortName(specifier: string): string {
  return specifier.split('/')[1] ?? basename(specifier);
}
