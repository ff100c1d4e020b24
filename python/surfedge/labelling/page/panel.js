// The words beside the image: its name, the detector's verdict, what holds, how far the work is.

import { work } from './work.js';

const find = (id) => document.getElementById(id);

export function element(tag, text, kind = '') {
  const node = document.createElement(tag);
  node.textContent = text;
  if (kind) node.className = kind;
  return node;
}

export function said(text) { find('said').textContent = text; }

export function trouble(text) {
  find('trouble').textContent = text;
  find('trouble').hidden = !text;
}

const plural = (count, word) => `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`;

export function progress() {
  const state = work.state;
  if (!state) return;
  const marked = state.good + state.defect, all = state.images - state.unreadable;
  find('folder').textContent = state.folder.split(/[\\/]/).pop() || state.folder;
  find('folder').title = state.folder;
  document.title = `${marked} of ${all} marked · surfedge label`;
  const calls = state.false_calls ? `, ${plural(state.false_calls, 'false call')} among them` : '';
  find('counts').textContent =
    `${marked.toLocaleString('en')} of ${all.toLocaleString('en')} marked: ${state.good} good${calls}, ${state.defect} defective`;
  const bar = find('marked-bar');
  bar.setAttribute('aria-valuemax', String(all));
  bar.setAttribute('aria-valuenow', String(marked));
  bar.firstElementChild.style.width = `${100 * marked / Math.max(1, all)}%`;
  const notes = [];
  if (state.looked_at < state.images) notes.push(`detector: ${state.looked_at.toLocaleString('en')} of ${plural(state.images, 'image')} judged`);
  if (state.unreadable) notes.push(`${plural(state.unreadable, 'image')} cannot be read: see Images`);
  find('scored').textContent = notes.join(' · ');
  find('undo').disabled = !state.last;
  trouble(state.behind ? `Your marks are kept, but masks and table are not written yet: ${state.behind}` : '');
}

export function about(why = '') {
  const image = work.image;
  find('name').textContent = image.name;
  const line = find('verdict');
  line.replaceChildren();
  if (image.refused) line.append(element('span', 'detector: not judged', 'chip amber'));
  else line.append(image.is_defective
    ? element('span', `detector: defective${image.label ? `, ${image.label}` : ''}`, 'chip defect')
    : element('span', 'detector: good', 'chip good'));
  if (why) line.append(element('span', why, 'chip'));
  gauge(image);
  held();
  const notes = [`${image.width} × ${image.height} px`, ...(image.refused ? [image.refused] : []), ...image.notes];
  find('notes').replaceChildren(...notes.map((note) => element('li', note)));
}

// No image is shown.
export function nothing() {
  find('name').textContent = 'No image';
  find('verdict').replaceChildren();
  find('notes').replaceChildren();
  find('drawn').textContent = '';
  find('gauge').hidden = find('held').hidden = true;
}

// The limit stands in the middle; the scale ends at twice the limit.
function gauge(image) {
  const level = image.score === null ? null : image.score / image.threshold;
  const node = find('gauge');
  node.hidden = level === null || !Number.isFinite(level);
  if (node.hidden) return;
  node.classList.toggle('over', level > 1);
  node.querySelector('.fill').style.width = `${Math.min(100, Math.max(0, 50 * level))}%`;
  find('gauge-text').textContent = `score ${image.score.toPrecision(3)}, limit ${image.threshold.toPrecision(3)}`;
}

function held() {
  const mark = work.image.mark, node = find('held');
  node.hidden = !mark.verdict;
  if (node.hidden) return;
  const what = mark.verdict === 'good' ? 'good' : `defect, ${mark.label}`;
  node.replaceChildren('Marked as ', element('strong', what), '. Saying good or defect again replaces it.');
}

export function drawn() {
  const shapes = work.draft?.shapes ?? [];
  const found = work.image?.regions.length ?? 0;
  const offer = found ? ` R takes the detector’s ${plural(found, 'region')}.` : '';
  find('drawn').textContent = shapes.length
    ? `${plural(shapes.length, 'shape')} drawn${work.draft.isOwn ? ', not saved yet' : ''}. Defect saves them as the mask.`
    : `Nothing drawn: box or paint the defect, if it is one.${offer}`;
}
