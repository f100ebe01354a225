import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');

/** @param {string} path */
const read = (path) => readFileSync(join(root, path), 'utf8');

const docs = read('docs/client-library.md');

/** What is shown first in a language. @param {string} language */
const shown = (language) => new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(docs)?.[1] ?? '';

/** @param {string} code */
const lines = (code) => code.split('\n').filter((line) => /^\s*[^\s#]/.test(line)).length;

for (const [language, example, most] of /** @type {const} */ ([['js', 'intercom.html', 30], ['python', 'intercom.py', 60]])) {
  test(`what the documentation of the library shows of ${example} is in it, and no longer than it says`, () => {
    const code = shown(language);
    assert.ok(code && read(`examples/${example}`).includes(code));
    assert.ok(lines(code) <= most, `${lines(code)} lines`);
  });
}
