import { mistakesIn } from '../src/dot-env-mistakes.js';

const example = '# The API.\nPORT=3000\nDATABASE_URL=\nPAGERDUTY_ROUTING_KEY=\nAPI_KEYS=\n';

test.each([
  ['DATABSE_URL=postgres://x', ['.env: Signalbox does not know DATABSE_URL; did you mean DATABASE_URL?']],
  ['PAGERDUTY_KEY=x', ['.env: Signalbox does not know PAGERDUTY_KEY; did you mean PAGERDUTY_ROUTING_KEY?']],
  ['API_KEY = x', ['.env: Signalbox does not know API_KEY; did you mean API_KEYS?']],
  ['PORT: 3000', [expect.stringMatching(/^\.env: line 1 has no "=".+ write PORT=value\.$/)]],
  ['\n# x\nexport PORT 3000', [expect.stringMatching(/^\.env: line 3 has no "="/)]],
])('%j is told of', (text, mistakes) => {
  expect(mistakesIn(text, example)).toEqual(mistakes);
});

test.each([
  'PORT=1',
  'PORT = 1',
  'export PORT=1',
  'PORT="1" # mine',
  '# PORT 3000\n\n',
  'COMPOSE_PROJECT_NAME=x\nPOSTGRES_PASSWORD=y',
])('%j is fine', (text) => {
  expect(mistakesIn(text, example)).toEqual([]);
});
