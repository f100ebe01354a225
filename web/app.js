// The way in: the start page, or a room. Neither loads what is the other's.

import { parseLink } from './lib/links.js';

if (parseLink(location.href).room === null) await import('./start.js');
else await import('./room.js');
