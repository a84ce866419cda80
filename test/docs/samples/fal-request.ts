/** The URL in the answer to the request: without the path of the model, here `/dev`. */
export const responseUrl =
  'https://queue.fal.run/fal-ai/flux/requests/80e732af-660e-45cd-bd63-580e4f2a94cc';

/** Typed by hand from the documentation of the queue. */
const request = {
  request_id: '80e732af-660e-45cd-bd63-580e4f2a94cc',
  response_url: responseUrl,
  status_url: `${responseUrl}/status`,
  cancel_url: `${responseUrl}/cancel`,
};

export const inQueue = { ...request, status: 'IN_QUEUE', queue_position: 2 };
export const inProgress = { ...request, status: 'IN_PROGRESS', logs: null };
export const completed = {
  ...request,
  status: 'COMPLETED',
  logs: null,
  metrics: { inference_time: 3.7 },
};

export const result = {
  images: [{ url: 'https://v3.fal.media/files/cat.jpeg', width: 1024, height: 768 }],
  seed: 6252023,
};
/** The result of a request whose input the model rejected: HTTP 422. */
export const rejected = {
  detail: [
    { loc: ['body', 'prompt'], msg: 'Field required', type: 'missing', url: 'https://docs.fal.ai' },
  ],
};
