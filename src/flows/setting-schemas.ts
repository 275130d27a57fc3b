// Schemas of settings that several flows have.
import * as z from 'zod'

export const portSchema = z.int().min(1).max(65_535)

export const stageSchema = z.string().regex(/^\w[\w-]{0,127}$/, 'expected letters, digits, hyphens and underscores')

export const testSchema = z.strictObject({
  method: z.enum(['GET', 'HEAD', 'OPTIONS', 'POST']).default('GET').describe('Method of the test call.'),
  path: z.string().startsWith('/').default('/').describe('Its path, without the stage.'),
  status: z.array(z.int().min(100).max(599)).default([]).describe('What counts as an answer. Default: any 2xx.'),
})
