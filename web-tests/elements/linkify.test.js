import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { linkPieces } from '../../web/elements/linkify.js';

/** @param {string} text */
const links = (text) => linkPieces(text).flatMap(({ href }) => href ?? []);

test('the pieces of a text are the text', () => {
  for (const text of [
    '',
    'plain',
    'see https://a.example/x, and http://b.example.',
    '(https://a.example)',
    'https://',
  ]) {
    assert.equal(
      linkPieces(text)
        .map((piece) => piece.text)
        .join(''),
      text,
    );
  }
});

test('http and https addresses become links, in any case', () => {
  assert.deepEqual(links('HTTPS://A.example/B and http://c.example'), ['https://a.example/B', 'http://c.example/']);
});

test('nothing else becomes a link', () => {
  for (const text of [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)//https',
    'data:text/html,<script>alert(1)</script>',
    'file:///etc/passwd',
    'blob:null/1',
    'https://',
    'www.example.com',
  ]) {
    assert.deepEqual(links(text), [], text);
  }
});

test('an address ends before markup and quotes', () => {
  assert.deepEqual(links('<a href="https://a.example/x" onclick=alert(1)>'), ['https://a.example/x']);
});

test('punctuation after an address belongs to the sentence', () => {
  assert.deepEqual(links('Go to https://a.example/x?y=1. Or (https://b.example/z)!'), [
    'https://a.example/x?y=1',
    'https://b.example/z',
  ]);
});

test('a bracket that was opened within an address belongs to it', () => {
  assert.deepEqual(links('https://a.example/x_(y)'), ['https://a.example/x_(y)']);
});

test('of several brackets after an address, those that were opened within it belong to it', () => {
  assert.deepEqual(links('(see https://a.example/x_(y)), or (https://b.example/(z)).)'), [
    'https://a.example/x_(y)',
    'https://b.example/(z)',
  ]);
});

test('an address that ends in many brackets is copied as often as one that ends in few', () => {
  /** @param {number} brackets */
  const copies = (brackets) => {
    const made = [mock.method(String.prototype, 'slice'), mock.method(String.prototype, 'split')];
    linkPieces(`http://a${')'.repeat(brackets)}`);
    mock.restoreAll();
    return made.reduce((sum, { mock: { calls } }) => sum + calls.length, 0);
  };
  assert.equal(copies(4_000), copies(2));
});
