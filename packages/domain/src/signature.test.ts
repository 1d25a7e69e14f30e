import { signStandardWebhook, verifyHubSignature } from './signature.js';

test('Standard Webhooks: the vector of the specification', () => {
  const headers = signStandardWebhook(
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    1614265330,
    '{"test": 2432232314}',
  );
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('two secrets give two signatures, parted by a space', () => {
  const { 'webhook-signature': header } = signStandardWebhook(['whsec_QUFB', 'whsec_QkJC'], 'id', 1, 'x');
  expect(header).toMatch(/^v1,\S+ v1,\S+$/);
});

test('X-Hub-Signature-256: the vector of the documentation, and everything else refused', () => {
  const secret = "It's a Secret to Everybody";
  const body = Buffer.from('Hello, World!');
  const good = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  expect(verifyHubSignature(secret, body, good)).toBe(true);
  expect(verifyHubSignature(secret, Buffer.from('Hello, World?'), good)).toBe(false);
  expect(verifyHubSignature(secret, body, good.slice(0, -1))).toBe(false);
  expect(verifyHubSignature(secret, body, undefined)).toBe(false);
});
