/** Stands for your own check of the session. Here nobody but a stranger is refused. */
export async function ownsTask(cookie, taskId) {
  return cookie !== 'session=stranger' && taskId !== '';
}
