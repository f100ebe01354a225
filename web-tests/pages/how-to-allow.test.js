import assert from 'node:assert/strict';
import { test } from 'node:test';
import { text } from '../../web/messages/index.js';
import { howToAllow } from '../../web/pages/how-to-allow.js';

test('every browser has its own way', () => {
  const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
  const chromium = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
  const safari = 'Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15';
  assert.equal(howToAllow(firefox), text.obstacles.firefox);
  assert.equal(howToAllow(chromium), text.obstacles.chromium);
  assert.equal(howToAllow(safari), text.obstacles.other);
});
