// The image at hand, those that come next, those that were seen: what all parts of the page share.

import * as server from './server.js';

export const work = {
  image: null, // its details, as the server gives them
  draft: null, // what is drawn on it
  state: null, // counts, classes, what can be undone
  queue: [], // rows proposed next
  seen: [], // numbers in the order in which they were opened
  place: -1, // in `seen`
  later: new Set(), // numbers that were put off
};

const ASKED = 10;

// The queue anew: without the image at hand, and those put off as long as there are others.
export async function propose() {
  const at = work.image ? [work.image.number] : [];
  let answer = await server.proposals(ASKED, [...at, ...work.later]);
  if (!answer.rows.length && work.later.size) {
    work.later.clear();
    answer = await server.proposals(ASKED, at);
  }
  work.queue = answer.rows;
  work.state = answer.state;
  if (work.queue.length) prepare(work.queue[0].number);
}

// The server works on the next image while a person looks at this one.
function prepare(number) {
  server.details(number).then((image) => {
    for (const kind of image.has_map ? ['image', 'map'] : ['image']) new Image().src = server.picture(number, kind);
  }).catch(() => {});
}

export function remember(number) {
  work.queue = work.queue.filter((row) => row.number !== number);
  if (work.seen[work.place] === number) return;
  work.seen.splice(work.place + 1, Infinity, number);
  work.place = work.seen.length - 1;
}
