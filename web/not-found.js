// Where there is nothing: says so, in the person's language, and leads to the start page.

import { h } from './elements/dom.js';
import { mark } from './elements/icon.js';
import { text } from './messages/index.js';
import { show } from './pages/frame.js';

const { title, advice } = text.notFound;
const card = h('div', { class: 'ended' });
card.append(mark(), h('h1', {}, title), h('p', { class: 'lead' }, advice), h('a', { href: '/' }, text.ended.start));
show(card, title);
