import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A certificate with its key, as a TLS server takes them; PEM. */
export interface Certificate {
  cert: string;
  key: string;
}

/** Signs certificates for others. Its own is what has to be trusted. */
export interface Authority extends Certificate {
  issue(change?: Partial<Terms>): Certificate;
}

interface Terms {
  /** A name, or an IPv4 address. */
  host: string;
  /** Unit: days from now, which may be negative. */
  from: number;
  to: number;
}

const usual: Terms = { host: '127.0.0.1', from: -1, to: 1 };

/** A new authority. All it makes is made anew for each run, so that no private key is kept and no test runs out. */
export function authority(name: string): Authority {
  const { publicKey, privateKey } = newKeys();
  const issue = (change: Partial<Terms>) => {
    const terms = { ...usual, ...change };
    const keys = newKeys();
    const cert = certificate(terms, name, terms.host, keys.publicKey, hostName(terms.host), privateKey);
    return { cert, key: pem(keys.privateKey) };
  };
  const cert = certificate(usual, name, name, publicKey, isAuthority, privateKey);
  return { cert, key: pem(privateKey), issue: (change = {}) => issue(change) };
}

function newKeys() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

let serial = 0;

/** Source: RFC 5280 §4.1. */
function certificate(
  { from, to }: Terms,
  issuer: string,
  subject: string,
  publicKey: KeyObject,
  extension: Buffer,
  issuersKey: KeyObject,
): string {
  serial += 1;
  const content = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(serial)),
    ecdsaWithSha256,
    commonName(issuer),
    sequence(utcTime(from), utcTime(to)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension)),
  );
  const signature = sign('sha256', content, issuersKey);
  const whole = sequence(content, ecdsaWithSha256, der(0x03, Buffer.of(0), signature));
  return `-----BEGIN CERTIFICATE-----\n${whole.toString('base64')}\n-----END CERTIFICATE-----\n`;
}

function commonName(name: string): Buffer {
  return sequence(der(0x31, sequence(id('550403'), der(0x0c, Buffer.from(name)))));
}

function utcTime(days: number): Buffer {
  const digits = new Date(Date.now() + days * 86_400_000).toISOString().replace(/\D/g, '');
  return der(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
}

/** The extension for alternative names of the subject. */
function hostName(host: string): Buffer {
  const isAddress = /^[\d.]+$/.test(host);
  const name = isAddress ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host));
  return sequence(id('551d11'), der(0x04, sequence(name)));
}

function id(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, ...parts);
}

/** Tag, length and content; up to 64 KiB. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const long = length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...(length < 128 ? [length] : long)]), content]);
}

const ecdsaWithSha256 = sequence(id('2a8648ce3d040302'));
const yes = der(0x01, Buffer.of(0xff));
const isAuthority = sequence(id('551d13'), yes, der(0x04, sequence(yes)));
