// Images larger than a screen, looked at closely: the part in view at its own resolution, over the scaled whole.

import { picture } from './server.js';

const stage = document.getElementById('stage'), sheet = document.getElementById('sheet'), part = document.getElementById('closer');
export const LARGEST_PX = 2048; // of the picture of a whole image, as the server scales it
const WAIT_MS = 150;
let wait = 0;

export function lookCloser(view) {
  clearTimeout(wait);
  const scale = sheet.clientWidth / view.width; // screen pixels of a pixel of the image
  const longest = Math.max(view.width, view.height);
  part.hidden ||= longest <= LARGEST_PX || longest * scale * devicePixelRatio <= LARGEST_PX;
  if (longest > LARGEST_PX && longest * scale * devicePixelRatio > LARGEST_PX) wait = setTimeout(() => fetchPart(view, scale), WAIT_MS);
}

function fetchPart(view, scale) {
  const frame = stage.getBoundingClientRect(), whole = sheet.getBoundingClientRect(), number = view.number;
  const x = Math.max(0, Math.floor((frame.left - whole.left) / scale)), y = Math.max(0, Math.floor((frame.top - whole.top) / scale));
  const width = Math.min(view.width - x, Math.ceil(frame.width / scale) + 1);
  const height = Math.min(view.height - y, Math.ceil(frame.height / scale) + 1);
  const image = new Image();
  image.onload = () => {
    if (number !== view.number) return;
    part.src = image.src;
    Object.assign(part.style, {
      left: `${100 * x / view.width}%`, top: `${100 * y / view.height}%`,
      width: `${100 * width / view.width}%`, height: `${100 * height / view.height}%`,
    });
    part.hidden = false;
  };
  image.src = `${picture(number, 'part')}?x=${x}&y=${y}&width=${width}&height=${height}`;
}
