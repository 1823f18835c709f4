/*
 * The business settings, for administrators of the app: what it may do, whether its data can be trusted, what it is busy with.
 */

import { begin } from './frame.js';
import { makeAuthorisation } from './authorisation.js';
import { makeTrust } from './trust.js';
import { makeQueue } from './queue.js';
import { makeReading } from './reading.js';

begin([
	{ path: 'authorisation', group: 'menu.settings', title: 'settings.authorisation', make: makeAuthorisation },
	{ path: 'trust', group: 'menu.settings', title: 'settings.trust', ranged: true, make: makeTrust },
	{ path: 'queue', group: 'menu.settings', title: 'settings.queue', make: makeQueue },
	{ path: 'reading', group: 'menu.settings', title: 'settings.reading', make: makeReading },
]);
