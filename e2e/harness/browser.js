// Real browsers, driven over WebDriver BiDi: Chromium and Firefox ESR as the distribution ships them.
//
// One process per kind and set of devices, shared by all tests of a file; every participant is an isolated context in it.

import { existsSync } from 'node:fs';
import puppeteer from 'puppeteer-core';
import { installProbe } from './probe.js';

/** @typedef {import('./certificate.js').Issued} Issued */
/** @typedef {'chromium' | 'firefox'} Kind */
/** `fake`: a moving picture and a beep; `denied`: the person says no; `no-camera`: a beep alone; `untouched`: as `denied`,
 * and sound plays only after a touch, as browsers are set.
 * @typedef {'fake' | 'denied' | 'no-camera' | 'untouched'} Devices */

/** How long a browser, or a page of it, may take to come up: with five others on a small machine that is long. */
const PATIENCE = 120_000;

/** A name for this machine, under which browsers do not trust a plain http page as they do on 127.0.0.1. */
export const UNTRUSTED_HOST = 'visavis.test';

const PATHS = {
  chromium: [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
  firefox: [process.env['FIREFOX'], '/usr/bin/firefox-esr', '/usr/bin/firefox'],
};

const CHROMIUM_FLAGS = [
  '--no-sandbox', // root, and containers without user namespaces
  '--disable-dev-shm-usage',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--lang=en-US',
  `--host-resolver-rules=MAP ${UNTRUSTED_HOST} 127.0.0.1`,
];

/** A test clicks nothing before it joins. */
const PLAYS_AT_ONCE = '--autoplay-policy=no-user-gesture-required';

/** Of Chromium's fake cameras the second gives an RTCPeerConnection no pictures, on any page: three make a choice.
 * @type {Record<Devices, string[]>} */
const CHROMIUM_DEVICES = {
  fake: ['--use-fake-device-for-media-stream=device-count=3,fps=15', '--use-fake-ui-for-media-stream', PLAYS_AT_ONCE],
  denied: ['--use-fake-device-for-media-stream', '--deny-permission-prompts', PLAYS_AT_ONCE],
  'no-camera': ['--use-fake-device-for-media-stream=device-count=0', '--use-fake-ui-for-media-stream', PLAYS_AT_ONCE],
  untouched: ['--use-fake-device-for-media-stream', '--deny-permission-prompts', '--autoplay-policy=user-gesture-required'],
};

const FIREFOX_PREFS = {
  'media.navigator.streams.fake': true,
  'media.peerconnection.ice.loopback': true,
  'media.cubeb.force_mock_context': true, // without a sound card no AudioContext would ever run
  'media.gmp-manager.updateEnabled': false, // it would fetch codecs from the internet
  'network.dns.localDomains': UNTRUSTED_HOST,
  'intl.accept_languages': 'en-US',
};

const FIREFOX_DENIED = { 'permissions.default.camera': 2, 'permissions.default.microphone': 2 };

/** @type {Record<Exclude<Devices, 'no-camera'>, Record<string, unknown>>} */
const FIREFOX_DEVICES = {
  fake: { 'media.navigator.permission.disabled': true, 'media.autoplay.default': 0 },
  denied: { ...FIREFOX_DENIED, 'media.autoplay.default': 0 },
  untouched: { ...FIREFOX_DENIED, 'media.autoplay.default': 1 },
};

/** @type {Map<string, Promise<import('puppeteer-core').Browser>>} */
const running = new Map();

/**
 * Opens an empty page in a context of its own, as if on another computer.
 *
 * @param {Kind} kind
 * @param {{devices?: Devices, trusts?: Issued | null, at?: string[]}} [options] `devices`: `no-camera` exists for Chromium
 *   only. `trusts`: whose authority vouches for pages and for TURN, besides those that everybody trusts. `at`: what to put
 *   before a command for it to run at a place of the laboratory, Chromium only
 * @returns {Promise<import('puppeteer-core').Page>}
 */
export async function openPage(kind, { devices = 'fake', trusts = null, at = [] } = {}) {
  const key = [kind, devices, trusts?.authority, ...at].join(' ');
  let browser = running.get(key);
  if (!browser) running.set(key, (browser = launch(kind, devices, trusts, at)));
  const context = await (await browser).createBrowserContext();
  const page = await context.newPage();
  page.setDefaultNavigationTimeout(PATIENCE);
  await page.evaluateOnNewDocument(installProbe);
  return page;
}

/** Ends every browser that `openPage` started.
 * @returns {Promise<void>} */
export async function closeBrowsers() {
  const browsers = [...running.values()];
  running.clear();
  await Promise.allSettled(browsers.map(async (browser) => (await browser).close()));
}

/** @param {Kind} kind
 * @param {Devices} devices
 * @param {Issued | null} trusts
 * @param {string[]} at */
async function launch(kind, devices, trusts, at) {
  const executablePath = PATHS[kind].find((path) => path && existsSync(path));
  if (!executablePath) {
    throw new Error(`no ${kind} at ${PATHS[kind].filter(Boolean).join(', ')}: "make test" installs it, `
      + `or name one in the environment as ${kind.toUpperCase()}=/path`);
  }
  const common = { executablePath, protocol: /** @type {const} */ ('webDriverBiDi'), headless: true, timeout: PATIENCE };
  if (kind === 'firefox') {
    if (at.length > 0) throw new Error('Firefox is driven through a port, which is not to be reached there');
    if (devices === 'no-camera') throw new Error('Firefox has no fake microphone without a fake camera');
    const extraPrefsFirefox = { ...FIREFOX_PREFS, ...FIREFOX_DEVICES[devices] };
    const profile = trusts ? { userDataDir: await trusts.firefoxProfile() } : {};
    return puppeteer.launch({ ...common, ...profile, browser: 'firefox', extraPrefsFirefox });
  }
  const trust = trusts ? [`--ignore-certificate-errors-spki-list=${trusts.authority}`] : [];
  const args = [...CHROMIUM_FLAGS, ...CHROMIUM_DEVICES[devices], ...trust];
  if (at.length === 0) return puppeteer.launch({ ...common, browser: 'chrome', args });
  const command = [...at, executablePath, ...puppeteer.defaultArgs({ browser: 'chrome', headless: true, args })];
  // A pipe reaches into another network, as a port does not.
  const elsewhere = { executablePath: '/usr/bin/env', ignoreDefaultArgs: true, args: command, pipe: true };
  return puppeteer.launch({ ...common, browser: 'chrome', ...elsewhere });
}
