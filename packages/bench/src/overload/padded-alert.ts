import { randomBytes, randomUUID } from 'node:crypto';

/** What Postgres cannot compress away. */
const noise = randomBytes(786_432).toString('base64');

/** An alert with a body of so many bytes, or as few as an alert takes. */
export function paddedAlert(location: string, bytes: number): { id: string; body: string } {
  const id = randomUUID();
  const alert = {
    url: 'https://clips.example.com/c.mp4',
    location,
    alert_uuid: id,
    label: 'theft',
    time_spotted: 1,
  };
  const text = JSON.stringify(alert);
  const padding = bytes - text.length - ',"padding":""'.length;
  if (padding <= 0) return { id, body: text };
  return { id, body: `${text.slice(0, -1)},"padding":"${noise.slice(0, padding)}"}` };
}
