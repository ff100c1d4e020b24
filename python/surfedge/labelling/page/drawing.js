// Pointers and keys on the image: boxes, strokes, moving, two fingers to zoom.

import * as stage from './stage.js';

const canvas = document.getElementById('marks'), brush = document.getElementById('brush');
const LEAST_PX = 3; // on the screen: a shorter drag is a click, no box

export const tools = { current: 'look', boxFrom: null };

let pointers = new Map(), running = null, cross = null, work = null;

// work: draft() gives what is being drawn on, changed() is called after each change.
export function listen(given) {
  work = given;
  canvas.addEventListener('pointerdown', begin);
  canvas.addEventListener('mousedown', (event) => event.preventDefault()); // no focus: arrow keys go on to turn images
  canvas.addEventListener('pointermove', move);
  for (const name of ['pointerup', 'pointercancel']) canvas.addEventListener(name, end);
  canvas.addEventListener('keydown', keys);
  canvas.addEventListener('blur', () => { cross = null; stage.cross(null); });
  document.getElementById('stage').addEventListener('wheel', (event) => {
    event.preventDefault();
    stage.zoomBy(Math.exp(-event.deltaY / 400), event.clientX, event.clientY);
  }, { passive: false });
  brush.addEventListener('input', sayRadius);
  sayRadius();
}

export function choose(tool) {
  tools.current = tool;
  running = tools.boxFrom = null;
  document.getElementById('stage').className = `stage ${tool}`;
  for (const button of document.querySelectorAll('[data-tool]')) {
    button.setAttribute('aria-pressed', String(button.dataset.tool === tool));
  }
}

export function resizeBrush(factor) {
  brush.value = String(Math.round(Number(brush.value) * factor + Math.sign(factor - 1)));
  sayRadius();
}

// The slider is in pixels of the screen, so that a brush feels alike at each zoom.
function radius() { return Math.max(0.5, Number(brush.value) / 2 * stage.pixelsPerScreenPixel()); }
function sayRadius() { document.getElementById('brush-px').textContent = `${brush.value} px`; }

function begin(event) {
  if (!work.draft() || event.button > 0) return;
  canvas.setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, event);
  if (pointers.size > 1) { running = null; work.changed(); return; }
  const at = stage.place(event), tool = tools.current;
  if (tool === 'box') running = { kind: 'box', points: [at, at], radius_px: 0, erases: false };
  else if (tool !== 'look') running = { kind: 'stroke', points: [at], radius_px: radius(), erases: tool === 'erase' };
  preview();
}

function move(event) {
  const before = pointers.get(event.pointerId);
  if (!before) return;
  if (pointers.size > 1) pinch(event, before);
  else if (!running && event.pointerType !== 'mouse') return; // the browser moves it
  else if (!running) stage.moveBy(event.clientX - before.clientX, event.clientY - before.clientY);
  else if (running.kind === 'box') running.points[1] = stage.place(event);
  else running.points.push(...(event.getCoalescedEvents?.() ?? [event]).map(stage.place));
  pointers.set(event.pointerId, event);
  preview();
}

function end(event) {
  if (!pointers.delete(event.pointerId) || !running) return;
  const shape = running;
  running = null;
  if (event.type === 'pointerup' && isLargeEnough(shape)) work.draft().add(thinned(shape));
  work.changed();
}

function preview() { if (running) stage.redraw([...work.draft().shapes, running]); }

function pinch(event, before) {
  const other = [...pointers.entries()].find(([id]) => id !== event.pointerId)[1];
  const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
  const middle = [(event.clientX + other.clientX) / 2, (event.clientY + other.clientY) / 2];
  stage.zoomBy(apart(event) / Math.max(1, apart(before)), ...middle);
  stage.moveBy((event.clientX - before.clientX) / 2, (event.clientY - before.clientY) / 2);
}

function isLargeEnough(shape) {
  if (shape.kind !== 'box') return true;
  const [[x0, y0], [x1, y1]] = shape.points, least = LEAST_PX * stage.pixelsPerScreenPixel();
  return Math.abs(x1 - x0) >= least || Math.abs(y1 - y0) >= least;
}

// A stroke without the points that lie closer together than a quarter of its radius.
function thinned(shape) {
  if (shape.kind !== 'stroke') return shape;
  const kept = [shape.points[0]];
  for (const point of shape.points) {
    const [x, y] = kept[kept.length - 1];
    if (Math.hypot(point[0] - x, point[1] - y) >= Math.max(0.5, shape.radius_px / 4)) kept.push(point);
  }
  return { ...shape, points: kept };
}

// Arrow keys move a cross over the image, space marks there: a box takes two corners.
function keys(event) {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const { width, height } = stage.view;
  if (tools.current === 'look' || !work.draft()) return;
  cross ??= [width / 2, height / 2];
  if (steps[event.key]) {
    const step = Math.max(1, Math.max(width, height) / (event.shiftKey ? 256 : 32));
    const [dx, dy] = steps[event.key];
    cross = [clamped(cross[0] + dx * step, width), clamped(cross[1] + dy * step, height)];
  } else if (event.key === ' ') dot();
  else return;
  event.preventDefault();
  event.stopPropagation();
  work.changed();
  stage.cross(cross);
  if (tools.boxFrom) stage.redraw([...work.draft().shapes, box(tools.boxFrom, cross)]);
}

function dot() {
  if (tools.current === 'box') {
    if (tools.boxFrom) work.draft().add(box(tools.boxFrom, cross));
    tools.boxFrom = tools.boxFrom ? null : cross;
  } else work.draft().add({ kind: 'stroke', points: [cross], radius_px: radius(), erases: tools.current === 'erase' });
}

function box(from, to) { return { kind: 'box', points: [from, to], radius_px: 0, erases: false }; }
function clamped(value, most) { return Math.min(most, Math.max(0, value)); }
