// A certificate authority of the tests' own, and what it issues for a server.

import { execFile } from 'node:child_process';
import { X509Certificate, createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const DAYS = '2';

/** Says who may issue: without it the defaults of the system decide, which make every certificate an authority.
 * @param {string[]} hosts */
const config = (hosts) => `[req]
distinguished_name = name
prompt = no
[name]
CN = visavis tests
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[server]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = ${hosts.map((host) => `${isIP(host) ? 'IP' : 'DNS'}:${host}`).join(', ')}
`;

/**
 * @typedef {object} Issued
 * @property {string[]} options of the server that uses it
 * @property {string} authority the SHA-256 of the authority's public key, in base64, by which Chromium is told to trust it
 * @property {() => Promise<string>} firefoxProfile a new profile of Firefox that trusts it
 * @property {() => Promise<void>} remove
 */

/** A certificate for these names and addresses, from an authority that nobody knows.
 * @param {...string} hosts
 * @returns {Promise<Issued>} */
export async function issue(...hosts) {
  const folder = await mkdtemp(join(tmpdir(), 'visavis-tls-'));
  const file = (/** @type {string} */ name) => join(folder, name);
  await writeFile(file('config'), config(hosts));
  const make = (/** @type {string} */ kind, /** @type {string[]} */ ...more) => run('openssl', [
    'req', '-x509', '-config', file('config'), '-extensions', kind, '-days', DAYS,
    '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file(`${kind}.key`), '-out', file(`${kind}.pem`), ...more,
  ]);
  await make('authority');
  await make('server', '-CA', file('authority.pem'), '-CAkey', file('authority.key'));
  const [authority, server] = await Promise.all(['authority.pem', 'server.pem'].map((name) => readFile(file(name), 'utf8')));
  await writeFile(file('chain.pem'), `${server}${authority}`);
  return {
    options: ['--tls', 'files', '--tls-cert', file('chain.pem'), '--tls-key', file('server.key')],
    authority: fingerprint(authority ?? ''),
    firefoxProfile: () => profile(folder),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** @param {string} certificate PEM */
function fingerprint(certificate) {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}

/** @param {string} folder of the authority
 * @returns {Promise<string>} */
async function profile(folder) {
  const path = await mkdtemp(join(folder, 'profile-'));
  const certutil = (/** @type {string[]} */ ...args) => run('certutil', ['-d', `sql:${path}`, ...args]);
  await certutil('-N', '--empty-password');
  await certutil('-A', '-n', 'visavis tests', '-t', 'C,,', '-i', join(folder, 'authority.pem'));
  return path;
}
