import { ConfigError, readEnv } from '@signalbox/runtime';
import { z } from 'zod';
import { aiSettings, modelOf } from './settings.js';

function read(env: Record<string, string>) {
  return readEnv(z.object(aiSettings), env);
}

test('a model is asked only where there are both a URL and a key', () => {
  const url = 'https://api.example.com/v1/';
  expect(modelOf(read({}))).toBeNull();
  expect(modelOf(read({ AI_BASE_URL: url }))).toBeNull();
  expect(modelOf(read({ AI_API_KEY: 'k' }))).toBeNull();
  expect(modelOf(read({ AI_BASE_URL: url, AI_API_KEY: 'k' }))).toEqual({
    name: 'gpt-4o-mini',
    url: 'https://api.example.com/v1/chat/completions',
    key: 'k',
    timeoutMs: 5_000,
    dailyBudgetUsd: 1,
    usdPerMillionTokens: { input: 0.15, output: 0.6 },
  });
});

test.each([
  ['AI_BASE_URL', 'ftp://x'],
  ['AI_BASE_URL', 'https://user:word@api.example.com'],
  ['AI_BASE_URL', 'https://api.example.com/v1?version=1'],
  ['AI_API_KEY', 'two words'],
  ['AI_TIMEOUT', 'soon'],
  ['AI_TIMEOUT', '2m'],
  ['AI_DAILY_BUDGET', '-1'],
  ['AI_PRICE_INPUT', 'free'],
])('%s=%s is refused by name', (name, value) => {
  expect(() => read({ [name]: value })).toThrow(ConfigError);
  expect(() => read({ [name]: value })).toThrow(`${name}: `);
});
