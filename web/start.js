// The start page, as a document of its own: it is there before anything of a call is.

import { text } from './messages/index.js';
import { show } from './pages/frame.js';
import { start } from './pages/start.js';

show(start(), text.product);
