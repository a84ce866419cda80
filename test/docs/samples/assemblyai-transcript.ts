/** Typed by hand from the API reference's example of a transcript. */
const transcript = {
  id: '9ea68fd3-f953-42c1-9742-976c447fb463',
  audio_url: 'https://assembly.ai/wildfires.mp3',
  language_code: 'en_us',
  text: null,
  words: null,
  confidence: null,
  audio_duration: null,
};

export const queued = { ...transcript, status: 'queued' };
export const processing = { ...transcript, status: 'processing' };
export const completed = {
  ...transcript,
  status: 'completed',
  text: 'Smoke from hundreds of wildfires',
  words: [
    { text: 'Smoke', start: 250, end: 650, confidence: 0.97465, speaker: null },
    { text: 'from', start: 730, end: 1022, confidence: 0.99999, speaker: null },
  ],
  confidence: 0.9404,
  audio_duration: 281,
};
export const failed = {
  ...transcript,
  status: 'error',
  error: 'Download error, unable to access file at https://assembly.ai/wildfires.mp3',
};
