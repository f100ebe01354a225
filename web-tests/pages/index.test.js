import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const WEB = join(import.meta.dirname, '../../web');

/** The module that each document begins with. */
const DOCUMENTS = {
  'index.html': 'start.js',
  'room.html': 'room.js',
  'costs.html': 'costs.js',
  'watch.html': 'watch.js',
  'not-found.html': 'not-found.js',
};

/**
 * What a document names.
 * @param {string} html
 * @param {RegExp} pattern
 */
const named = (html, pattern) => [...html.matchAll(pattern)].map(([, path]) => path ?? '').sort();

/**
 * The module and everything that it imports.
 * @param {string} module
 * @param {Set<string>} [seen]
 */
function imported(module, seen = new Set()) {
  if (seen.has(module)) return seen;
  seen.add(module);
  const source = readFileSync(join(WEB, module), 'utf8');
  for (const [, path] of source.matchAll(/^(?:import|export) (?:[^';]*? from )?'(\.[^']+)';/gm)) {
    imported(normalize(join(dirname(module), path ?? '')), seen);
  }
  return seen;
}

for (const [document, module] of Object.entries(DOCUMENTS)) {
  const html = readFileSync(join(WEB, document), 'utf8');

  test(`${document} preloads exactly the modules that it is made of`, () => {
    const needed = imported(module);
    needed.delete(module);
    assert.ok(html.includes(`src="/assets/${module}"`));
    assert.deepEqual(named(html, /rel="modulepreload" href="\/assets\/([^"]+)"/g), [...needed].sort());
  });

  test(`everything that ${document} names is there`, () => {
    for (const path of named(html, /(?:href|src)="\/assets\/([^"]+)"/g)) assert.ok(existsSync(join(WEB, path)), path);
  });

  test(`nothing in ${document} is inline or from elsewhere`, () => {
    assert.doesNotMatch(html, /\sstyle=|\son[a-z]+=|<style|javascript:|https?:|<script(?![^>]* src=)/i);
  });
}

test('a room has all style sheets but those of other pages, and the one that comes with the costs when somebody looks at them', () => {
  const html = readFileSync(join(WEB, 'room.html'), 'utf8');
  const sheets = readdirSync(join(WEB, 'styles')).filter((file) => !['start.css', 'watch.css', 'costs.css'].includes(file));
  const wanted = sheets.map((file) => `styles/${file}`).sort();
  assert.deepEqual(named(html, /rel="stylesheet" href="\/assets\/([^"]+)"/g), wanted);
});

test('everything that an installed program needs is there', () => {
  const manifest = JSON.parse(readFileSync(join(WEB, 'manifest.webmanifest'), 'utf8'));
  assert.deepEqual([manifest.start_url, manifest.scope, manifest.display], ['/', '/', 'standalone']);
  for (const { src } of manifest.icons) assert.ok(existsSync(join(WEB, src.replace('/assets/', ''))), src);
});
