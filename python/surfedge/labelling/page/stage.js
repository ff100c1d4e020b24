// The image and its layers on the screen: size, zoom, what is shown of map and regions.

import { draw } from './shapes.js';
import { picture } from './server.js';
import { LARGEST_PX, lookCloser } from './closer.js';

const find = (id) => document.getElementById(id);
const stage = find('stage'), sheet = find('sheet'), canvas = find('marks'), outlines = find('regions');
const MOST_ZOOM = 32, COARSE = 3;
const SVG = 'http://www.w3.org/2000/svg';

export const view = { width: 1, height: 1, zoom: 1, showsMap: true, showsOutlines: true };

export function show(image) {
  Object.assign(view, { number: image.number, width: image.width, height: image.height, zoom: 1 });
  const scale = Math.min(1, LARGEST_PX / Math.max(image.width, image.height));
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  find('image').src = picture(image.number, 'image');
  find('image').alt = image.name;
  find('closer').hidden = true;
  if (image.has_map) find('map').src = picture(image.number, 'map');
  else find('map').removeAttribute('src');
  outlines.setAttribute('viewBox', `0 0 ${image.width} ${image.height}`);
  outlines.setAttribute('preserveAspectRatio', 'none');
  outlines.replaceChildren(...image.regions.filter((region) => region.polygon.length > 2).map(outlineOf));
  sheet.hidden = false;
  find('empty').hidden = true;
  layers();
  fit();
}

export function say(text) {
  sheet.hidden = true;
  find('empty').hidden = false;
  find('empty').textContent = text;
}

function outlineOf(region) {
  const node = document.createElementNS(SVG, 'polygon');
  node.setAttribute('points', region.polygon.map((point) => point.join(',')).join(' '));
  return node;
}

export function redraw(shapes) { draw(canvas, shapes, view.width, view.height); }

export function layers() {
  find('map').hidden = !view.showsMap || !find('map').hasAttribute('src');
  outlines.style.visibility = view.showsOutlines ? 'visible' : 'hidden';
}

// Where an event lies, in pixels of the image.
export function place(event) {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width * view.width, (event.clientY - box.top) / box.height * view.height];
}

export function pixelsPerScreenPixel() { return view.width / canvas.getBoundingClientRect().width; }

function fitted() {
  return Math.min((stage.clientWidth - 2) / view.width, (stage.clientHeight - 2) / view.height);
}

export function fit() { view.zoom = 1; resize(); }

// Zooms by a factor; the point of the image under (x, y) in the window stays there.
export function zoomBy(factor, x, y) {
  const frame = stage.getBoundingClientRect();
  const at = [x ?? frame.left + frame.width / 2, y ?? frame.top + frame.height / 2];
  const before = place({ clientX: at[0], clientY: at[1] });
  view.zoom = Math.min(MOST_ZOOM, Math.max(1, view.zoom * factor));
  resize();
  const box = canvas.getBoundingClientRect();
  stage.scrollLeft += box.left + before[0] / view.width * box.width - at[0];
  stage.scrollTop += box.top + before[1] / view.height * box.height - at[1];
}

export function moveBy(x, y) { stage.scrollBy(-x, -y); }

export function resize() {
  const scale = fitted() * view.zoom;
  sheet.style.width = `${Math.max(1, view.width * scale)}px`;
  sheet.style.height = `${Math.max(1, view.height * scale)}px`;
  sheet.classList.toggle('coarse', scale > COARSE);
  lookCloser(view);
}

// The cross that keys move: shown at a place in pixels of the image, or not at all.
export function cross(at) {
  outlines.querySelector('.cross')?.remove();
  if (!at) return;
  const node = document.createElementNS(SVG, 'path');
  const arm = 12 * pixelsPerScreenPixel();
  node.setAttribute('class', 'cross');
  node.setAttribute('d', `M${at[0] - arm},${at[1]}H${at[0] + arm}M${at[0]},${at[1] - arm}V${at[1] + arm}`);
  outlines.append(node);
}

export function listen() {
  new ResizeObserver(resize).observe(stage);
  stage.addEventListener('scroll', () => lookCloser(view));
}
