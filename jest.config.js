// ESM under jest needs --experimental-vm-modules; packages/harness/src/test.ts passes it.
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/apps', '<rootDir>/packages'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  // FUZZ_RUNS makes the tests that try what is random try more of it.
  testTimeout: 30_000 * Number(process.env.FUZZ_RUNS ?? 1),
  // Many tests wait for what dies to be noticed; meanwhile others work.
  maxWorkers: 3,
};
