import { availableParallelism } from 'node:os'
import * as z from 'zod'
import { commonVariables, portVariable, wholeNumber } from '../runtime/env-variable.ts'

const MAX_INT = Number.MAX_SAFE_INTEGER

/** The variables of the image function. A default and its bounds are inclusive. */
export const imageConfigSchema = z.object({
  PORT: portVariable(8080),
  SLOTS: wholeNumber('images worked on at once', {
    min: 1,
    max: 1024,
    byDefault: availableParallelism(),
  }),
  QUEUE_PIXELS: wholeNumber('pixels of all sources that may wait for a slot; more is overloaded', {
    min: 0,
    max: MAX_INT,
    byDefault: 200_000_000,
  }),
  QUEUE_BYTES: wholeNumber(
    'bytes of sources that all requests may hold at once; more is overloaded, as it would fill the memory, but one request alone always fits',
    { min: 0, max: MAX_INT, byDefault: 268_435_456 },
  ),
  MAX_SOURCE_BYTES: wholeNumber('bytes of a source; stops bodies that fill the memory', {
    min: 1,
    max: 2 ** 31,
    byDefault: 33_554_432,
  }),
  MAX_SOURCE_PIXELS: wholeNumber('pixels of a source, by its header; stops decompression bombs', {
    min: 1,
    max: MAX_INT,
    byDefault: 50_000_000,
  }),
  MAX_RESULT_PIXELS: wholeNumber('pixels of a result; stops enlargements that fill the memory', {
    min: 1,
    max: MAX_INT,
    byDefault: 16_000_000,
  }),
  PROCESS_TIMEOUT_MS: wholeNumber(
    'milliseconds for one image once it is there, its wait for a slot included; stops sources made to be slow',
    {
      min: 1,
      max: 3_600_000,
      byDefault: 30_000,
    },
  ),
  ...commonVariables,
})

export type ImageConfig = z.output<typeof imageConfigSchema>
