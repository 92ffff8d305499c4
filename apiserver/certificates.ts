import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';

// Node reads certificates but cannot make them; this is as much DER as a test CA needs.

export interface Certificate {
  /** PEM */
  readonly cert: string;
  /** PEM */
  readonly key: string;
}

export interface Request {
  /** The common name: the user's name in a client certificate. */
  readonly name: string;
  /** The organizations: the user's groups in a client certificate. */
  readonly groups?: readonly string[];
  readonly usage: 'client' | 'server';
  /** Names and IPv4 addresses of a server. */
  readonly hosts?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

const HOUR = 3_600_000;

const OID = {
  commonName: '550403',
  organization: '55040a',
  ecdsaWithSha256: '2a8648ce3d040302',
  keyUsage: '551d0f',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
  extKeyUsage: '551d25',
  serverAuth: '2b06010505070301',
  clientAuth: '2b06010505070302',
} as const;

export class Authority {
  readonly cert: string;
  readonly #name: Buffer;
  readonly #key: KeyObject;

  constructor(name = 'test-ca') {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = privateKey;
    this.#name = distinguishedName(name);
    const extensions = [
      extension(OID.basicConstraints, sequence(tlv(0x01, Buffer.of(0xff))), true),
      // keyCertSign, cRLSign
      extension(OID.keyUsage, tlv(0x03, Buffer.of(1, 0x06)), true),
    ];
    this.cert = this.#certificate(this.#name, publicKey, validity(), extensions);
  }

  issue({ name, groups = [], usage, hosts = [], notBefore, notAfter }: Request): Certificate {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const extensions = [
      // digitalSignature
      extension(OID.keyUsage, tlv(0x03, Buffer.of(7, 0x80)), true),
      extension(OID.extKeyUsage, sequence(oid(usage === 'client' ? OID.clientAuth : OID.serverAuth))),
    ];
    if (hosts.length > 0) extensions.push(extension(OID.subjectAltName, sequence(...hosts.map(alternativeName))));
    return {
      cert: this.#certificate(distinguishedName(name, groups), publicKey, validity(notBefore, notAfter), extensions),
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  }

  #certificate(subject: Buffer, publicKey: KeyObject, valid: Buffer, extensions: readonly Buffer[]): string {
    const algorithm = sequence(oid(OID.ecdsaWithSha256));
    const serial = randomBytes(16);
    serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f); // a positive integer of fixed length
    const body = sequence(
      tlv(0xa0, tlv(0x02, Buffer.of(2))),
      tlv(0x02, serial),
      algorithm,
      this.#name,
      valid,
      subject,
      publicKey.export({ type: 'spki', format: 'der' }),
      tlv(0xa3, sequence(...extensions)),
    );
    const signature = tlv(0x03, Buffer.of(0), sign('sha256', body, this.#key));
    const base64 = sequence(body, algorithm, signature).toString('base64');
    return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
  }
}

function tlv(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

function sequence(...contents: readonly Buffer[]): Buffer {
  return tlv(0x30, ...contents);
}

function oid(hex: string): Buffer {
  return tlv(0x06, Buffer.from(hex, 'hex'));
}

function distinguishedName(commonName: string, organizations: readonly string[] = []): Buffer {
  const part = (type: string, value: string): Buffer => tlv(0x31, sequence(oid(type), tlv(0x0c, Buffer.from(value))));
  return sequence(...organizations.map((o) => part(OID.organization, o)), part(OID.commonName, commonName));
}

function extension(type: string, value: Buffer, critical = false): Buffer {
  const flag = critical ? [tlv(0x01, Buffer.of(0xff))] : [];
  return sequence(oid(type), ...flag, tlv(0x04, value));
}

function alternativeName(host: string): Buffer {
  return isIPv4(host) ? tlv(0x87, Buffer.from(host.split('.').map(Number))) : tlv(0x82, Buffer.from(host));
}

function validity(notBefore = new Date(Date.now() - HOUR), notAfter = new Date(Date.now() + 24 * HOUR)): Buffer {
  const time = (date: Date): Buffer => {
    const digits = date.toISOString().replace(/\.\d+|[-:T]/g, '');
    return tlv(0x17, Buffer.from(digits.slice(2))); // UTCTime has two digits for the year
  };
  return sequence(time(notBefore), time(notAfter));
}
