import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { command } from '../support/command.ts'

const config = resolve(import.meta.dirname, '../../examples/config.yaml')
const principal = 'arn:aws:iam::999990000000:role/pipeline'

it('permissions prints one fenced policy per account and purpose, ready to be attached', async () => {
  const { exit, stdout, stderr } = await command(['permissions', '--config', config, '--principal', principal])
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
  const headings = stdout.split('\n').filter((line) => line.startsWith('#'))
  expect(headings.filter((line) => line.startsWith('# '))).toEqual([
    '# gateway (842340000000): arn:aws:iam::842340000000:role/privlink',
    '# application (014770000000): arn:aws:iam::014770000000:role/privlink',
    '# consumer (555550000000): arn:aws:iam::555550000000:role/privlink',
    '# stranger (666660000000): arn:aws:iam::666660000000:role/privlink',
  ])
  expect(headings).toEqual(expect.arrayContaining(['## trust policy', '## setup', '## verify', '## teardown']))
  const fences = [...stdout.matchAll(/```json\n(.*?)```/gs)].map(([, text = '']) => JSON.parse(text))
  expect(fences.length).toBeGreaterThanOrEqual(15)
  for (const document of fences) expect(document).toMatchObject({ Version: '2012-10-17' })
})

it('permissions --json prints one document with what was asked for, and says on stderr what it could not know', async () => {
  const argv = ['permissions', '--config', config, '--purpose', 'verify', '--json']
  const { exit, stdout, stderr } = await command(argv)
  expect(exit).toBe(0)
  expect(stderr).toContain('REPLACE-WITH-THE-ARN-OF-WHO-RUNS-PRIVLINK')
  const printed = JSON.parse(stdout)
  expect(printed).toHaveLength(4)
  expect(printed[3]).toMatchObject({
    account: 'stranger',
    id: '666660000000',
    policies: {
      verify: [{ Statement: [{ Sid: 'Look', Action: ['ec2:DescribeVpcEndpoints'], Resource: ['*'] }] }],
    },
  })
  expect(Object.keys(printed[3].policies)).toEqual(['verify'])
})

it('permissions says what is wrong with a config as every command does', async () => {
  const { exit, stderr } = await command(['permissions', '--config', 'nowhere.yaml', '--json'])
  expect(exit).toBe(2)
  expect(stderr).toContain('error: There is no config file nowhere.yaml')
})
