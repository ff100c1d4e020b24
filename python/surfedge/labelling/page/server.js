// What the server is asked for. A refusal becomes an Error with its text, its status, and the mark that holds.

async function ask(path, body) {
  const options = body === undefined ? {} : {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  };
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw Object.assign(new Error('The server does not answer; is surfedge label still running? Nothing drawn is lost.'), { status: 0 });
  }
  const values = await answer.json().catch(() => ({ error: `answer ${answer.status}` }));
  if (!answer.ok) throw Object.assign(new Error(values.error), { status: answer.status, mark: values.mark });
  return values;
}

export const state = () => ask('api/state');
export const proposals = (count, without) => ask(`api/next?count=${count}&without=${without.join(',')}`);
export const details = (number) => ask(`api/image/${number}`);
export const rows = (show, text, first, count) =>
  ask(`api/images?show=${show}&text=${encodeURIComponent(text)}&first=${first}&count=${count}`);
export const mark = (number, version, verdict, label, shapes) =>
  ask(`api/image/${number}`, { version, verdict, label, shapes });
export const undo = (version) => ask('api/undo', { version });
export const picture = (number, kind) => `picture/${number}/${kind}`;
