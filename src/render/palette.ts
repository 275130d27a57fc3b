import { styleText } from 'node:util'

type Format = Parameters<typeof styleText>[0]
type Paint = (text: string) => string

/** Colours by meaning; without colours, each returns its text as it is. */
export type Palette = Record<'good' | 'bad' | 'careful' | 'change' | 'dim' | 'strong', Paint>

export function paletteFor(coloured: boolean): Palette {
  // The caller decides per stream whether there are colours; Node must not decide again by its own streams.
  const paint =
    (format: Format): Paint =>
    (text) =>
      coloured && text !== '' ? styleText(format, text, { validateStream: false }) : text
  return {
    good: paint('green'),
    bad: paint('red'),
    careful: paint('yellow'),
    change: paint('cyan'),
    dim: paint('dim'),
    strong: paint('bold'),
  }
}

/** See https://no-color.org: set and not empty means none. */
export const wantsColour = (stream: { isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean =>
  stream.isTTY === true && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb'
