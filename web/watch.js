// What is seen and heard in a room, as a document of its own.

import { EndedPage } from './elements/ended-page.js';
import { listen } from './elements/dom.js';
import { parseLink } from './lib/links.js';
import { roomProblem } from './lib/names.js';
import { text } from './messages/index.js';
import { show } from './pages/frame.js';
import { watch } from './pages/watch.js';

const room = parseLink(location.href).room ?? '';
const problem = roomProblem(room);
if (problem === null || problem === 'noLink') show(watch(room), text.watch.title(room), { alone: true });
else {
  const page = new EndedPage();
  listen(page, 'start', () => location.assign('/'));
  show(page, text.title(room));
  page.show(problem === 'tooLong' ? 'room-too-long' : 'no-room', room);
}
