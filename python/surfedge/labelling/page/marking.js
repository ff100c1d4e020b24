// Opening images, saying good or defect, undoing; what happens when another tab was there first.

import * as server from './server.js';
import * as stage from './stage.js';
import * as panel from './panel.js';
import { classes, chosenClass } from './classes.js';
import { Draft, keep } from './shapes.js';
import { propose, remember, work } from './work.js';
import { strip } from './list.js';

const find = (id) => document.getElementById(id);
let opening = 0, running = null; // what the server was asked to keep, until the next image is there

export async function open(number, why = '') {
  const turn = ++opening;
  try {
    const image = await server.details(number);
    if (turn !== opening) return;
    work.image = image;
    work.draft = new Draft(`${work.state.out}/${image.name}`, image.mark.shapes);
    remember(number);
    history.replaceState(null, '', `#${number}`);
    stage.show(image);
    classes(image.mark.label);
    panel.about(why);
    strip(open);
    changed();
  } catch (error) {
    if (turn !== opening) return;
    work.image = work.draft = null;
    work.later.add(number);
    panel.nothing();
    stage.say(error.message);
    panel.said('This image cannot be marked; go on with the next.');
  }
}

export function changed() {
  stage.redraw(work.draft.shapes);
  panel.drawn();
}

// The most useful image of those left, or what to do when none is.
export async function next() {
  if (!work.queue.length) await refresh();
  const row = work.queue.shift();
  if (!row) return finished();
  await open(row.number, row.why);
  refresh();
}

export async function refresh() {
  try {
    await propose();
    panel.progress();
    strip(open);
  } catch (error) {
    panel.trouble(error.message);
  }
}

function finished() {
  if (work.image && !work.image.mark.verdict) return panel.said('No other image is left.');
  const { out, good, images, looked_at: seen } = work.state;
  work.image = work.draft = null; // no key marks an image that nobody sees any more
  panel.nothing();
  if (seen < images) return stage.say('Every image known so far is marked; more come in as the detector reads them.');
  const more = good ? ` --also-good ${out}/test/good` : '';
  stage.say(`Every image is marked.\n\nsurfedge calibrate BUNDLE GOOD${more} --out better.surfedge\n\nsurfedge evaluate ${out} --model better.surfedge --out judged`);
}

export async function step(by) {
  const place = work.place + by;
  if (by > 0 && work.image && !work.image.mark.verdict) work.later.add(work.image.number);
  if (place < 0) return panel.said('This is the first image that you opened.');
  if (place < work.seen.length) {
    work.place = place;
    return open(work.seen[place]);
  }
  return next();
}

// While one mark is under way keys say nothing: nobody judges an image unseen.
export function say(verdict, version = work.image?.mark.version) {
  if (work.image && !running) running = save(verdict, version).finally(() => { running = null; });
}

async function save(verdict, version) {
  const { image, draft } = work, isDefect = verdict === 'defect';
  try {
    const answer = await server.mark(image.number, version, verdict, isDefect ? chosenClass() : '', isDefect ? draft.shapes : []);
    draft.saved();
    image.mark = answer.mark;
    work.state = answer.state;
    work.later.delete(image.number);
    const isFalseCall = !isDefect && answer.mark.was_called === 'defect';
    panel.said(`${image.name}: ${isDefect ? answer.mark.label : 'good'}${isFalseCall ? ', a false call' : ''}. U takes it back.`);
    panel.progress();
    await next();
  } catch (error) {
    if (error.status === 409) conflict(verdict, error.mark);
    else panel.trouble(`Not saved: ${error.message}`);
  }
}

// Another tab was first: a person decides, and nothing is lost either way.
function conflict(verdict, theirs) {
  const said = theirs.verdict ? `“${theirs.label || theirs.verdict}”` : 'not marked (the mark was undone)';
  find('conflict-text').textContent =
    `${work.image.name} is ${said} by now, changed in another tab or by another person. Yours is not saved yet.`;
  find('take-mine').onclick = () => { find('conflict').close(); say(verdict, theirs.version); };
  find('keep-theirs').onclick = () => {
    find('conflict').close();
    work.draft.saved();
    open(work.image.number);
    refresh();
  };
  find('conflict').showModal();
}

export async function undo() {
  while (running) await running;
  if (work.state?.last) running = takeBack(work.state.last).finally(() => { running = null; });
}

async function takeBack(last) {
  try {
    const answer = await server.undo(last.version);
    work.state = answer.state;
    if (last.shapes.length) keep(`${work.state.out}/${last.image}`, last.shapes);
    if (answer.number !== null) await open(answer.number);
    panel.said(`Taken back: ${last.image} is ${answer.mark.label || answer.mark.verdict || 'not marked'} again.`);
    refresh();
  } catch (error) {
    panel.trouble(error.status === 409 ? 'Another mark was made meanwhile; undo again takes that one back.' : error.message);
    work.state = await server.state();
  }
}
