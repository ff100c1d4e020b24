'use strict';
const views = [];                  // of both sides of a strip: they show the same metres
function view(section) {
const data = JSON.parse(section.querySelector('.data').textContent);
const bytes = (text) => {
  const held = atob(text), found = new Uint8Array(held.length);
  for (let i = 0; i < held.length; i++) found[i] = held.charCodeAt(i);
  return found.buffer;
};
const x = new Float32Array(bytes(data.x)), y = new Float32Array(bytes(data.y));
const severity = new Float32Array(bytes(data.severity)), label = new Uint8Array(bytes(data.label));
const part = (name) => section.querySelector('.' + name);
const canvas = section.querySelector('canvas'), pen = canvas.getContext('2d');
const left = 64, top = 14, right = 24, bottom = 44;
let from = 0, to = data.length, least = 1, scale = 1;

function first(value) {            // place of the first defect at or after `value` metres
  let low = 0, high = x.length;
  while (low < high) { const middle = (low + high) >> 1; if (x[middle] < value) low = middle + 1; else high = middle; }
  return low;
}
const wide = () => canvas.width / scale - left - right;
const tall = () => canvas.height / scale - top - bottom;
const atX = (metres) => left + (metres - from) / (to - from) * wide();
const atY = (mm) => top + Math.min(Math.max(mm / data.width, 0), 1) * tall();
const level = (value) => value >= data.severe[1] ? 2 : value >= data.severe[0] ? 1 : 0;

function ticks(low, high, about) {
  const rough = (high - low) / about, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high * (1 + 1e-9); i++) found.push([i * step || 0, step]);
  return found;
}
function symbol(shape, px, py, a) {
  pen.beginPath();
  if (shape === 0) pen.arc(px, py, a, 0, 7);
  else if (shape === 1) pen.rect(px - a, py - a, 2 * a, 2 * a);
  else if (shape === 2) { pen.moveTo(px, py - 1.3 * a); pen.lineTo(px + 1.2 * a, py + a); pen.lineTo(px - 1.2 * a, py + a); }
  else if (shape === 3) { pen.moveTo(px, py - 1.4 * a); pen.lineTo(px + 1.4 * a, py); pen.lineTo(px, py + 1.4 * a); pen.lineTo(px - 1.4 * a, py); }
  else { pen.moveTo(px - a, py - a); pen.lineTo(px + a, py - a); pen.lineTo(px, py + 1.3 * a); }
  pen.closePath(); pen.fill(); pen.stroke();
}
function frame() {
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.fillStyle = 'white'; pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = '#f2f4f6'; pen.fillRect(left, top, wide(), tall());
  pen.fillStyle = '#8a94a0';
  for (const [begin, end] of data.gaps) {
    const a = Math.max(atX(begin), left), b = Math.min(atX(end), left + wide());
    if (b >= left && a <= left + wide()) pen.fillRect(a, top, Math.max(b - a, 1), tall());
  }
  pen.font = '13px system-ui, sans-serif'; pen.fillStyle = '#55616e'; pen.strokeStyle = '#b9c2cb'; pen.lineWidth = 1;
  pen.textAlign = 'center';
  for (const [value, step] of ticks(from, to, Math.max(2, Math.min(10, wide() / 85)))) {
    const at = atX(value), digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    pen.beginPath(); pen.moveTo(at, top + tall()); pen.lineTo(at, top + tall() + 5); pen.stroke();
    pen.fillText(value.toLocaleString('en', {minimumFractionDigits: digits, maximumFractionDigits: digits}), at, top + tall() + 20);
  }
  pen.fillText('metres from the head', left + wide() / 2, top + tall() + 39);
  pen.textAlign = 'right';
  for (const [value] of ticks(0, data.width, 4)) pen.fillText(String(Math.round(value)), left - 9, atY(value) + 4);
  pen.strokeRect(left, top, wide(), tall());
}
function dots(begin, end, dot) {   // pixels rather than shapes: the worst grade of each
  const columns = Math.max(1, Math.round(wide() * scale)), rows = Math.max(1, Math.round(tall() * scale));
  const worst = new Uint8Array(columns * rows), kx = columns / (to - from), ky = rows / data.width;
  for (let i = begin; i < end; i++) {
    if (severity[i] < least) continue;
    const grade = level(severity[i]) + 1, size = Math.round(dot * scale) + (grade > 1 && dot > 1 ? 1 : 0);
    const column = Math.floor((x[i] - from) * kx), row = Math.min(Math.max(Math.floor(y[i] * ky), 0), rows - 1);
    for (let r = row; r < Math.min(row + size, rows); r++)
      for (let c = Math.max(column, 0); c < Math.min(column + size, columns); c++)
        if (worst[r * columns + c] < grade) worst[r * columns + c] = grade;
  }
  const sheet = document.createElement('canvas'), image = new ImageData(columns, rows);
  const rgb = data.colours.map((text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16)));
  const colours = new Uint32Array(image.data.buffer), abgr = rgb.map(([r, g, b]) => (255 << 24 | b << 16 | g << 8 | r) >>> 0);
  for (let p = 0; p < worst.length; p++) if (worst[p]) colours[p] = abgr[worst[p] - 1];
  sheet.width = columns; sheet.height = rows;
  sheet.getContext('2d').putImageData(image, 0, 0);
  pen.drawImage(sheet, left, top, wide(), tall());
}
function draw() {
  frame();
  pen.save(); pen.beginPath(); pen.rect(left, top, wide(), tall()); pen.clip();
  const begin = first(from), end = first(to + 1e-6);
  let shown = 0;
  for (let i = begin; i < end; i++) if (severity[i] >= least) shown++;
  pen.lineWidth = 3;
  for (const [start, stop, at, grade] of data.long) {   // along the strip: its mark in the middle does not tell
    if (grade < least || stop < from || start > to) continue;
    pen.strokeStyle = data.colours[level(grade)];
    pen.beginPath(); pen.moveTo(atX(start), atY(at)); pen.lineTo(atX(stop), atY(at)); pen.stroke();
  }
  pen.strokeStyle = 'white'; pen.lineWidth = shown > 600 ? 0.2 : 0.8;
  if (shown > 6000) dots(begin, end, shown > 40000 ? 1 : 2);
  else for (let grade = 0; grade < 3; grade++) {
    pen.fillStyle = data.colours[grade];
    for (let i = begin; i < end; i++) {
      if (severity[i] < least || level(severity[i]) !== grade) continue;
      symbol(label[i] % 5, atX(x[i]), atY(y[i]), (shown > 600 ? 2 : 3) + 1.3 * grade);
    }
  }
  pen.strokeStyle = '#1f5f99'; pen.fillStyle = '#1f5f99'; pen.lineWidth = 1.4; pen.textAlign = 'left';
  data.periodic.forEach((each, number) => {
    const half = each.drift * (each.to - each.from) / 200;
    pen.setLineDash(each.faint ? [7, 5] : []);
    pen.beginPath(); pen.moveTo(atX(each.from), atY(each.y - half)); pen.lineTo(atX(each.to), atY(each.y + half)); pen.stroke();
    pen.setLineDash([]);
    if (each.to < from || each.from > to) return;
    const begin = Math.max(each.from, from);   // the name stands where the line comes into view
    const lane = each.y + each.drift * (begin - (each.from + each.to) / 2) / 100;
    const text = 'P' + (number + 1) + ': ' + each.pitch.toFixed(3) + ' m', at = [Math.max(atX(begin), left) + 5, Math.max(atY(lane) - 7, top + 12)];
    pen.save(); pen.font = '600 13px system-ui, sans-serif'; pen.strokeStyle = 'white'; pen.lineWidth = 4; pen.lineJoin = 'round';
    pen.strokeText(text, ...at); pen.fillText(text, ...at); pen.restore();
  });
  pen.restore();
  part('shown').textContent = shown.toLocaleString('en') + ' defects shown';
}
function show(begin, end) { for (const each of views) each(begin, end); }
function move(begin, end) {
  const span = Math.min(Math.max(end - begin, Math.min(0.5, data.length)), data.length);
  from = Math.min(Math.max(begin, 0), data.length - span); to = from + span;
  requestAnimationFrame(draw);
}
function zoom(factor, at) { show(at - (at - from) * factor, at + (to - at) * factor); }
const metresAt = (event) => {
  const box = canvas.getBoundingClientRect();
  return from + ((event.clientX - box.left) * canvas.width / scale / box.width - left) / wide() * (to - from);
};
function tell(event) {
  const box = canvas.getBoundingClientRect(), unit = canvas.width / scale / box.width;
  const px = (event.clientX - box.left) * unit, py = (event.clientY - box.top) * unit;
  let best = -1, near = 144;
  for (let i = first(from), end = first(to + 1e-6); i < end; i++) {
    if (severity[i] < least) continue;
    const d = (atX(x[i]) - px) ** 2 + (atY(y[i]) - py) ** 2;
    if (d < near) { near = d; best = i; }
  }
  part('told').textContent = best < 0 ? 'no defect there' : 'no. ' + (data.number ? data.number[best] : best + 1) + ': ' +
    (data.labels[label[best]] || 'defect') + ' at ' + x[best].toFixed(3) + ' m, ' + y[best].toFixed(1) + ' mm, severity ' + severity[best].toFixed(2);
}
function fit() {
  scale = window.devicePixelRatio || 1;
  const box = canvas.getBoundingClientRect();
  canvas.width = Math.round(box.width * scale); canvas.height = Math.round(340 * scale); canvas.style.height = '340px';
  draw();
}
let drag = null;
canvas.addEventListener('pointerdown', (e) => { drag = {x: e.clientX, from, to, moved: false}; canvas.setPointerCapture(e.pointerId); });
canvas.addEventListener('pointermove', (e) => {
  if (!drag) return;
  const box = canvas.getBoundingClientRect(), by = (drag.x - e.clientX) * canvas.width / scale / box.width / wide() * (drag.to - drag.from);
  if (Math.abs(e.clientX - drag.x) > 3) drag.moved = true;
  if (drag.moved) show(drag.from + by, drag.to + by);
});
canvas.addEventListener('pointerup', (e) => { if (drag && !drag.moved) tell(e); drag = null; });
canvas.addEventListener('wheel', (e) => { e.preventDefault(); zoom(e.deltaY > 0 ? 1.3 : 1 / 1.3, metresAt(e)); }, {passive: false});
const step = (share) => show(from + share * (to - from), to + share * (to - from));
const middle = () => (from + to) / 2;
canvas.addEventListener('keydown', (e) => {
  const act = {ArrowLeft: () => step(-0.2), ArrowRight: () => step(0.2), '+': () => zoom(0.7, middle()), '-': () => zoom(1.4, middle())}[e.key];
  if (act) { e.preventDefault(); act(); }
});
part('in').addEventListener('click', () => zoom(0.5, middle()));
part('out').addEventListener('click', () => zoom(2, middle()));
part('back').addEventListener('click', () => step(-0.5));
part('on').addEventListener('click', () => step(0.5));
part('whole').addEventListener('click', () => show(0, data.length));
part('least').addEventListener('input', (e) => { least = Number(e.target.value); draw(); });
window.addEventListener('resize', fit);
part('close').hidden = false;
const asked = /^#m=([\d.]+),([\d.]+)$/.exec(location.hash);
if (asked) { from = Number(asked[1]); to = Number(asked[2]); }
views.push(move);
fit();
}
document.querySelectorAll('section.side').forEach(view);
