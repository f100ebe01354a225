import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LANGUAGES, OFFERED, chooseLanguage } from '../../web/messages/languages.js';

test('the language that was asked for comes before the remembered one, and both before those of the browser', () => {
  assert.equal(chooseLanguage(['ar', 'de'], ['en']), 'ar');
  assert.equal(chooseLanguage([null, 'de'], ['en']), 'de');
  assert.equal(chooseLanguage([null, null], ['ar-EG', 'de']), 'ar');
});

test('the first language of the browser that there is counts, of whatever country', () => {
  assert.equal(chooseLanguage([null], ['fr-CA', 'DE-at', 'en-US']), 'de');
});

test('whoever speaks none of the languages reads English', () => {
  assert.equal(chooseLanguage([null], ['fr', 'ja']), 'en');
  assert.equal(chooseLanguage(['constructor', ''], []), 'en');
});

test('nobody is offered the pseudo-locale', () => {
  assert.deepEqual(OFFERED, Object.keys(LANGUAGES).filter((language) => language !== 'pseudo'));
  assert.equal(chooseLanguage(['pseudo'], []), 'pseudo');
});
