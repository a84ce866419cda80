/** An example: replace it by your own check of the session. It refuses only the session `stranger`. */
export async function ownsTask(cookie, taskId) {
  return cookie !== 'session=stranger' && taskId !== '';
}
