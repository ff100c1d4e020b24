// What was drawn on an image and is not said yet: kept by image until it is saved, over a reload as well.

const KEPT = 'surfedge-label-drafts:';

export class Draft {
  // shapes: as the server takes them, in pixels of the image. isOwn: drawn here, not only read from the server.
  constructor(name, held) {
    this.key = KEPT + name;
    const kept = sessionStorage.getItem(this.key);
    this.isOwn = kept !== null;
    this.shapes = kept === null ? held : JSON.parse(kept);
  }

  change(shapes) {
    this.shapes = shapes;
    this.isOwn = true;
    try {
      sessionStorage.setItem(this.key, JSON.stringify(shapes));
    } catch {
      // the browser's store is full: the draft lives as long as the page
    }
  }

  add(...shapes) { this.change([...this.shapes, ...shapes]); }
  back() { if (this.shapes.length) this.change(this.shapes.slice(0, -1)); }
  clear() { this.change([]); }
  saved() { sessionStorage.removeItem(this.key); this.isOwn = false; }
}

export function keep(name, shapes) {
  sessionStorage.setItem(KEPT + name, JSON.stringify(shapes));
}

// Draws shapes onto a canvas whose width stands for `width` pixels of the image.
export function draw(canvas, shapes, width, height) {
  const pen = canvas.getContext('2d');
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0);
  pen.lineCap = pen.lineJoin = 'round';
  pen.fillStyle = pen.strokeStyle = '#ff3df2';
  for (const shape of shapes) {
    pen.globalCompositeOperation = shape.erases ? 'destination-out' : 'source-over';
    if (shape.kind === 'box') drawBox(pen, shape.points);
    else drawLine(pen, shape);
  }
}

function drawBox(pen, [[x0, y0], [x1, y1]]) {
  pen.fillRect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
}

function drawLine(pen, { kind, points, radius_px: radius }) {
  pen.beginPath();
  points.forEach(([x, y], index) => (index ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  if (kind === 'polygon') {
    pen.closePath();
    pen.fill();
    return;
  }
  if (points.length === 1) pen.lineTo(points[0][0] + 0.01, points[0][1]);
  pen.lineWidth = Math.max(1, 2 * radius);
  pen.stroke();
}
