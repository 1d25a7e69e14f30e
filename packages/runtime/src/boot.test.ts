import { createServer } from 'node:net';
import { whyNotListening } from './boot.js';

test.each([
  ['EADDRINUSE', /^METRICS_PORT: port 80 of 1\.2\.3\.4 is taken .+ set METRICS_PORT to another number/],
  ['EACCES', /^METRICS_PORT: .+ may not listen on port 80\. Set METRICS_PORT to a number from 1024 up/],
  [
    'EADDRNOTAVAIL',
    /^METRICS_HOST: this machine has no address 1\.2\.3\.4\. Set METRICS_HOST to 127\.0\.0\.1/,
  ],
  ['ENOTFOUND', /^METRICS_HOST: this machine has no address/],
  ['EMFILE', /^METRICS_HOST, METRICS_PORT: cannot listen on 1\.2\.3\.4:80: so it is/],
])('who cannot listen for %s is told which variable to change', (code, said) => {
  const error = Object.assign(new Error('so it is'), { code });
  expect(whyNotListening(error, '1.2.3.4', 80, 'METRICS_')).toMatch(said);
});

test('a host that is not ours, as Node tells of it', async () => {
  // 192.0.2.0/24 is for documentation: RFC 5737.
  const error = await new Promise<Error>((resolve) => {
    createServer().on('error', resolve).listen(3000, '192.0.2.1');
  });
  expect(whyNotListening(error, '192.0.2.1', 3000)).toMatch(
    /^HOST: this machine has no address 192\.0\.2\.1/,
  );
});
