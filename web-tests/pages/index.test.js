import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const WEB = join(import.meta.dirname, '../../web');
const html = readFileSync(join(WEB, 'index.html'), 'utf8');

/** @param {RegExp} pattern */
const named = (pattern) => [...html.matchAll(pattern)].map(([, path]) => path ?? '').sort();

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

test('the page preloads exactly the modules that it is made of', () => {
  const modules = imported('app.js');
  modules.delete('app.js');
  assert.deepEqual(named(/rel="modulepreload" href="\/assets\/([^"]+)"/g), [...modules].sort());
});

test('the page has all style sheets', () => {
  const sheets = readdirSync(join(WEB, 'styles')).map((file) => `styles/${file}`);
  assert.deepEqual(named(/rel="stylesheet" href="\/assets\/([^"]+)"/g), sheets.sort());
});

test('everything that the page names is there', () => {
  for (const path of named(/(?:href|src)="\/assets\/([^"]+)"/g)) assert.ok(existsSync(join(WEB, path)), path);
});

test('nothing in the page is inline or from elsewhere', () => {
  assert.doesNotMatch(html, /\sstyle=|\son[a-z]+=|<style|javascript:|https?:|<script(?![^>]* src=)/i);
});
