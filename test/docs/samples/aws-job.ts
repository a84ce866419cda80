/** Typed by hand from the reference of GetTranscriptionJob. */
const job = {
  TranscriptionJobName: 'my-first-transcription-job',
  LanguageCode: 'en-US',
  Media: { MediaFileUri: 's3://amzn-s3-demo-bucket/my-input-files/my-media-file.flac' },
  CreationTime: 1_787_580_000.123,
};

export const queued = { TranscriptionJob: { ...job, TranscriptionJobStatus: 'QUEUED' } };
export const inProgress = { TranscriptionJob: { ...job, TranscriptionJobStatus: 'IN_PROGRESS' } };
export const completed = {
  TranscriptionJob: {
    ...job,
    TranscriptionJobStatus: 'COMPLETED',
    Transcript: {
      TranscriptFileUri:
        'https://s3.us-west-2.amazonaws.com/amzn-s3-demo-bucket/my-output-files/my-first-transcription-job.json',
    },
  },
};
export const failed = {
  TranscriptionJob: {
    ...job,
    TranscriptionJobStatus: 'FAILED',
    FailureReason: 'Unsupported media format.',
  },
};
/** AWS answers 400 to too many requests, and to a job that does not exist. */
export const throttled = { __type: 'ThrottlingException', message: 'Rate exceeded' };
export const notFound = {
  __type: 'NotFoundException',
  Message: "The requested job couldn't be found.",
};
