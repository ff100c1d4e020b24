// The strip of images proposed next, and the list of all images.

import * as server from './server.js';
import { element } from './panel.js';
import { work } from './work.js';

const find = (id) => document.getElementById(id);
const A_PAGE = 40;
let first = 0, wait = 0;

function thumb(number) {
  const image = new Image();
  image.loading = 'lazy';
  image.alt = '';
  image.src = server.picture(number, 'thumb');
  return image;
}

export function strip(open) {
  find('strip').replaceChildren(...work.queue.map((row) => {
    const button = element('button', '');
    button.type = 'button';
    button.title = row.name;
    button.append(thumb(row.number), element('small', row.name), element('small', row.why));
    button.addEventListener('click', () => open(row.number, row.why));
    const item = document.createElement('li');
    item.append(button);
    return item;
  }));
}

export function listen(open) {
  find('list-show').addEventListener('change', () => fill(open, 0));
  find('list-text').addEventListener('input', () => {
    clearTimeout(wait);
    wait = setTimeout(() => fill(open, 0), 150);
  });
  find('list-before').addEventListener('click', () => fill(open, first - A_PAGE));
  find('list-after').addEventListener('click', () => fill(open, first + A_PAGE));
}

export async function fill(open, from = first) {
  first = Math.max(0, from);
  const found = await server.rows(find('list-show').value, find('list-text').value, first, A_PAGE);
  const last = Math.min(found.total, first + A_PAGE);
  find('list-total').textContent = found.total
    ? `${(first + 1).toLocaleString('en')} to ${last.toLocaleString('en')} of ${found.total.toLocaleString('en')}` : 'none';
  find('list-before').disabled = first === 0;
  find('list-after').disabled = last >= found.total;
  find('rows').replaceChildren(...found.rows.map((row) => item(row, open)));
}

function item(row, open) {
  const button = element('button', '');
  button.type = 'button';
  const path = element('span', row.name, 'path');
  const level = row.level === null ? '' : `score ${row.level.toFixed(2)} × the limit`;
  path.append(element('small', row.reason || level));
  const what = row.verdict === 'defect' ? row.label : row.verdict;
  if (!row.reason) button.append(thumb(row.number));
  button.append(path);
  if (what) button.append(element('span', what, `chip ${row.verdict}`));
  if (row.reason) button.append(element('span', 'unreadable', 'chip amber'));
  button.disabled = Boolean(row.reason);
  button.addEventListener('click', () => { find('list').close(); open(row.number); });
  const node = document.createElement('li');
  node.append(button);
  return node;
}
