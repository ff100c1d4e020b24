// The page's contents: what each button and key does, and the first image.

import * as drawing from './drawing.js';
import * as list from './list.js';
import * as marking from './marking.js';
import * as panel from './panel.js';
import * as server from './server.js';
import * as stage from './stage.js';
import * as classes from './classes.js';
import { listen as listenToKeys } from './keys.js';
import { work } from './work.js';

const find = (id) => document.getElementById(id);
const ASKED_AGAIN_MS = 4000;

function toggled(name, layer) {
  stage.view[layer] = !stage.view[layer];
  document.querySelector(`[data-do="${name}"]`).setAttribute('aria-pressed', String(stage.view[layer]));
  stage.layers();
}

function onDraft(change) {
  if (!work.draft) return;
  change(work.draft);
  marking.changed();
}

function takeRegions() {
  const found = work.image?.regions ?? [];
  if (!found.length) return panel.said('The detector found no region here.');
  onDraft((draft) => draft.add(...found.map(shapeOf)));
}

// A region of a pixel or two has no polygon: its box then.
function shapeOf({ polygon, box: [x, y, width, height] }) {
  const isArea = polygon.length > 2;
  const points = isArea ? polygon : [[x, y], [x + width, y + height]];
  return { kind: isArea ? 'polygon' : 'box', points, radius_px: 0, erases: false };
}

function openList() {
  find('list').showModal();
  list.fill(marking.open).catch((error) => panel.trouble(error.message));
}

const actions = {
  good: () => marking.say('good'),
  defect: () => marking.say('defect'),
  next: () => marking.step(1),
  previous: () => marking.step(-1),
  undo: marking.undo,
  take: takeRegions,
  'back-shape': () => onDraft((draft) => draft.back()),
  clear: () => onDraft((draft) => draft.clear()),
  map: () => toggled('map', 'showsMap'),
  outlines: () => toggled('outlines', 'showsOutlines'),
  closer: () => stage.zoomBy(1.5),
  farther: () => stage.zoomBy(1 / 1.5),
  fit: stage.fit,
  list: openList,
  help: () => find('help').showModal(),
};

const keys = [
  { keys: ['g'], says: 'good, and on to the next', does: actions.good },
  { keys: ['d', 'Enter'], says: 'defect, with what is drawn, and on to the next', does: actions.defect },
  { keys: ['c'], says: 'name the kind of defect', does: () => find('class').focus() },
  { keys: [...'123456789'], shown: ['1', '…', '9'], says: 'a kind used before', does: (key) => classes.choose(Number(key) - 1) },
  { keys: ['ArrowRight', 'n'], shown: ['→', 'N'], says: 'later: the next image', does: actions.next },
  { keys: ['ArrowLeft'], shown: ['←'], says: 'the image before', does: actions.previous },
  { keys: ['u'], says: 'take the last mark back', does: actions.undo },
  { keys: ['v'], says: 'move the image', does: () => drawing.choose('look') },
  { keys: ['b'], says: 'draw boxes', does: () => drawing.choose('box') },
  { keys: ['p'], says: 'paint', does: () => drawing.choose('stroke') },
  { keys: ['e'], says: 'erase', does: () => drawing.choose('erase') },
  { keys: ['[', ']'], says: 'smaller or larger brush', does: (key) => drawing.resizeBrush(key === '[' ? 0.8 : 1.25) },
  { keys: ['i'], says: 'into the image: arrows move a cross, Space marks there', does: () => find('marks').focus() },
  { keys: ['r'], says: 'take the detector’s regions as the mask', does: actions.take },
  { keys: ['z'], says: 'undo the last stroke', does: actions['back-shape'] },
  { keys: ['x'], says: 'clear what is drawn', does: actions.clear },
  { keys: ['m'], says: 'anomaly map on or off', does: actions.map },
  { keys: ['o'], says: 'the detector’s regions on or off', does: actions.outlines },
  { keys: ['+', '=', '-'], shown: ['+', '−'], says: 'zoom', does: (key) => (key === '-' ? actions.farther : actions.closer)() },
  { keys: ['0'], says: 'the whole image', does: actions.fit },
  { keys: ['l'], says: 'all images', does: actions.list },
  { keys: ['?'], says: 'this table', does: actions.help },
  { keys: ['Escape'], shown: ['Esc'], says: 'leave a field or a window' },
];

function listen() {
  for (const button of document.querySelectorAll('[data-do]')) button.addEventListener('click', () => actions[button.dataset.do]());
  for (const button of document.querySelectorAll('[data-tool]')) button.addEventListener('click', () => drawing.choose(button.dataset.tool));
  for (const button of document.querySelectorAll('[data-close]')) button.addEventListener('click', () => button.closest('dialog').close());
  stage.listen();
  drawing.listen({ draft: () => work.draft, changed: marking.changed });
  classes.listen();
  list.listen(marking.open);
  listenToKeys(keys);
}

// Counts grow while the detector looks at images, and in other tabs.
async function askAgain() {
  if (document.visibilityState === 'visible') {
    try {
      work.state = await server.state();
      panel.progress();
      classes.classes();
    } catch (error) {
      panel.trouble(error.message);
    }
  }
  setTimeout(askAgain, ASKED_AGAIN_MS);
}

async function start() {
  listen();
  drawing.choose('look');
  await marking.refresh();
  const asked = Number.parseInt(location.hash.slice(1), 10);
  if (Number.isInteger(asked) && asked >= 0 && asked < work.state?.images) await marking.open(asked);
  else await marking.next();
  document.body.dataset.ready = 'yes';
  setTimeout(askAgain, ASKED_AGAIN_MS);
}

start();
